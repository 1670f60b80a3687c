"""What was recorded wrongly of a package is corrected under the same checks as when it was recorded."""

from datetime import timedelta
from typing import Any

import pytest

from commerce_orders.models import Order, OrderEvent, Shipment
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, adopt_shipment, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.commerce_orders.bazaar import Bazaar, bazaar, make_bazaar_order
from tests.factories import NOW

__all__ = ["bazaar"]
pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
RECORDED = ("UPS", "", "Ground", "1Z1")


def ship(order: Order, **package: Any) -> Shipment:
    return record_shipment(
        order_id=order.pk,
        package=Package(**{"carrier_code": "UPS", "shipping_method": "Ground", "tracking_number": "1Z1"} | package),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )


def correct(shipment: Shipment, **label: str) -> bool:
    return correct_shipment(shipment_id=shipment.pk, actor="bea", now=LATER, **label)


def label_of(shipment: Shipment) -> tuple[str, ...]:
    shipment.refresh_from_db()
    return shipment.carrier_code, shipment.carrier_name, shipment.shipping_method, shipment.tracking_number


def assert_refused(shipment: Shipment, code: str, field: str = "", **label: str) -> None:
    before = label_of(shipment), OrderEvent.objects.count(), Order.objects.get().version

    with pytest.raises(ShipmentRefused) as refused:
        correct(shipment, **label)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert (label_of(shipment), OrderEvent.objects.count(), Order.objects.get().version) == before


def test_a_correction_changes_what_is_given_and_tells_the_channel(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    shipment = ship(order)

    assert correct(shipment, tracking_number=" 1Z2 ", shipping_method="") is True

    assert label_of(shipment) == ("UPS", "", "", "1Z2")
    assert (shipment.recorded_by, shipment.recorded_at, shipment.shipped_at) == ("ada", NOW, NOW)
    event = order.events.last()
    assert (event.kind, event.actor, event.at, event.to_status) == ("corrected", "bea", LATER, "")
    assert event.data == {
        "shipment": shipment.pk,
        "carrier": "UPS",
        "tracking_number": "1Z2",
        "old_carrier": "UPS",
        "old_tracking_number": "1Z1",
    }
    stored = Order.objects.get()
    assert (stored.status, stored.updated_at) == ("complete", LATER)
    assert bazaar.corrections == [shipment.pk]


def test_another_carrier_starts_without_the_name_of_the_old_one(bazaar: Bazaar) -> None:
    shipment = ship(make_bazaar_order(), carrier_code="Other", carrier_name="Bike courier")

    correct(shipment, tracking_number="B-2")
    assert label_of(shipment) == ("Other", "Bike courier", "Ground", "B-2")
    correct(shipment, carrier_code="GLS")
    assert label_of(shipment) == ("GLS", "General Logistics", "Ground", "B-2")
    assert_refused(shipment, "carrier_name_missing", "carrier_name", carrier_code="Other")
    correct(shipment, carrier_code="Other", carrier_name="Van")
    assert label_of(shipment) == ("Other", "Van", "Ground", "B-2")


@pytest.mark.parametrize(
    "label", [{}, {"tracking_number": "1Z1 "}, dict(zip(("carrier_code", "carrier_name"), RECORDED, strict=False))]
)
def test_a_correction_that_changes_nothing_tells_nobody(bazaar: Bazaar, label: dict[str, str]) -> None:
    order = make_bazaar_order()
    shipment = ship(order)
    version, events = Order.objects.get().version, OrderEvent.objects.count()

    assert correct(shipment, **label) is False

    assert (Order.objects.get().version, OrderEvent.objects.count(), bazaar.corrections) == (version, events, [])


@pytest.mark.parametrize(
    ("label", "code", "field"),
    [
        ({"tracking_number": " "}, "tracking_number_missing", "tracking_number"),
        ({"carrier_code": "Pigeon"}, "carrier_unknown", "carrier_code"),
        ({"carrier_code": ""}, "carrier_unknown", "carrier_code"),
        ({"carrier_code": "Other", "carrier_name": " "}, "carrier_name_missing", "carrier_name"),
    ],
)
def test_a_correction_is_checked_like_a_new_package(
    bazaar: Bazaar, label: dict[str, str], code: str, field: str
) -> None:
    assert_refused(ship(make_bazaar_order()), code, field, **label)
    assert bazaar.corrections == []


def test_a_package_of_the_channels_own_is_corrected_there(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    quantities = {line.pk: line.quantity for line in order.lines.all()}
    shipment = adopt_shipment(
        order_id=order.pk, package=Package("UPS", "1Z1", quantities=quantities), actor="Bazaar", now=NOW
    )
    assert shipment

    assert_refused(shipment, "shipped_at_channel", tracking_number="1Z2")
