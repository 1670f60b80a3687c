"""Correcting a package from the order's page."""

from typing import Any

import pytest
from django.test import Client

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.models import Order, Shipment
from commerce_orders.services.fulfilment import Package, adopt_shipment, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in("commerce_orders.view_order", "commerce_orders.ship_order")


@pytest.fixture
def shipment(db: None) -> Shipment:
    order = make_amazon_order().commerce_order
    assert order
    return record_shipment(
        order_id=order.pk,
        package=Package(carrier_code="Other", carrier_name="Bike", shipping_method="Ground", tracking_number="1Z1"),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )


def page(client: Client, order: Order) -> Any:
    return client.get(f"{ORDERS}{order.pk}/change/")


def correct(client: Client, shipment: Shipment, **fields: str) -> Any:
    label = {"carrier_code": "Other", "carrier_name": "Bike", "shipping_method": "Ground", "tracking_number": "1Z1"}
    return client.post(
        f"{ORDERS}{shipment.order_id}/shipments/{shipment.pk}/",
        {f"shipment-{shipment.pk}-{name}": value for name, value in (label | fields).items()},
        follow=True,
    )


def test_the_form_begins_with_what_was_recorded(packer: Client, shipment: Shipment) -> None:
    (row,) = page(packer, shipment.order).context["shipments"]

    assert [row.correction[name].value() for name in row.correction.fields] == ["Other", "Bike", "1Z1", "Ground"]


@pytest.mark.parametrize("state", ["waiting", "sent", "rejected"])
def test_a_correction_is_recorded_and_sent_again(packer: Client, shipment: Shipment, state: str) -> None:
    ShipmentConfirmation.objects.update(state=state, sent_at=NOW, error_detail="No." if state == "rejected" else "")

    response = correct(packer, shipment, carrier_code="UPS", tracking_number="1Z2")

    text = response.content.decode()
    assert "Shipment corrected. Its status is shown under Shipments." in text
    assert "Waiting to be sent to Amazon" in text
    assert "<bdi>Bike 1Z1 → UPS 1Z2</bdi>" in text
    shipment.refresh_from_db()
    assert (shipment.carrier_code, shipment.carrier_name, shipment.tracking_number) == ("UPS", "", "1Z2")
    assert shipment.order.events.last().actor == "dana"  # type: ignore[union-attr]
    assert ShipmentConfirmation.objects.get().state == "waiting"


def test_a_correction_that_changes_nothing_says_so(packer: Client, shipment: Shipment) -> None:
    events = shipment.order.events.count()

    assert "Nothing was changed." in correct(packer, shipment).content.decode()
    assert shipment.order.events.count() == events


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"tracking_number": ""}, "tracking_number", "Enter the tracking number."),
        ({"carrier_name": " "}, "carrier_name", "Enter the name of the carrier."),
        ({"carrier_code": "Owl"}, "carrier_code", "Select a valid choice. Owl is not one of the available choices."),
    ],
)
def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(
    packer: Client, shipment: Shipment, fields: dict[str, str], field: str, words: str
) -> None:
    response = correct(packer, shipment, **{"shipping_method": "Air"} | fields)

    (row,) = response.context["shipments"]
    assert row.correction.errors[field] == [words]
    assert row.correction["shipping_method"].value() == "Air"
    assert '<details class="bo-details" open>' in response.content.decode()
    shipment.refresh_from_db()
    assert (shipment.shipping_method, shipment.tracking_number) == ("Ground", "1Z1")


def test_what_was_shipped_at_the_channel_is_not_corrected_here(packer: Client) -> None:
    order = make_amazon_order().commerce_order
    assert order
    quantities = {line.pk: line.quantity for line in order.lines.all()}
    shipment = adopt_shipment(
        order_id=order.pk, package=Package("UPS", "1Z1", quantities=quantities), actor="Amazon", now=NOW
    )
    assert shipment

    (row,) = page(packer, order).context["shipments"]
    assert row.correction is None
    response = correct(packer, shipment, carrier_code="UPS", tracking_number="1Z2")
    assert "This package was recorded at the sales channel. Correct it there." in response.content.decode()
    assert Shipment.objects.get().tracking_number == "1Z1"


def test_a_shipment_of_another_order_is_not_found(packer: Client, shipment: Shipment) -> None:
    other = make_amazon_order().commerce_order
    assert other

    assert packer.post(f"{ORDERS}{other.pk}/shipments/{shipment.pk}/", {}).status_code == 404


def test_correcting_needs_the_permission_to_ship_and_a_post(sign_in: SignIn, shipment: Shipment) -> None:
    client = sign_in("commerce_orders.view_order", "commerce_orders.cancel_order")

    (row,) = page(client, shipment.order).context["shipments"]
    assert row.correction is None
    assert correct(client, shipment, tracking_number="1Z2").status_code == 403
    assert client.get(f"{ORDERS}{shipment.order_id}/shipments/{shipment.pk}/").status_code == 405
    assert Shipment.objects.get().tracking_number == "1Z1"
