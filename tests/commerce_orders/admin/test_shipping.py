from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from commerce_orders.models import Order, Shipment
from commerce_orders.states import EventKind
from tests.commerce_orders.bazaar import make_bazaar_order
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in("commerce_orders.view_order", "commerce_orders.ship_order")


@pytest.fixture
def order(db: None) -> Order:
    """One unit of SKU-1 and two of SKU-2."""
    order = make_amazon_order().commerce_order
    assert order
    return order


def package(order: Order, quantities: tuple[int | str, ...] = (1, 2), **fields: Any) -> dict[str, Any]:
    """What the page posts."""
    return {
        "carrier_code": "UPS",
        "carrier_name": "",
        "shipping_method": "Ground",
        "tracking_number": "1Z999",
        "shipped_at": "2026-11-20",
        "shipments_seen": order.shipments.count(),
        **{f"quantity_{line.pk}": quantity for line, quantity in zip(order.lines.all(), quantities, strict=True)},
        **fields,
    }


def test_shipping_everything_records_one_shipment_and_completes_the_order(packer: Client, order: Order) -> None:
    response = packer.post(f"{ORDERS}{order.pk}/ship/", package(order), follow=True)

    assert response.redirect_chain == [(f"{ORDERS}{order.pk}/change/", 302)]
    assert "Waiting to be sent to Amazon" in response.content.decode()
    shipment = Shipment.objects.get()
    assert (shipment.carrier_code, shipment.tracking_number, shipment.shipping_method) == ("UPS", "1Z999", "Ground")
    assert (shipment.recorded_by, shipment.origin, shipment.shipped_at) == ("dana", "staff", NOW)
    order.refresh_from_db()
    assert order.status == "complete"
    assert order.events.get(kind=EventKind.SHIPPED).actor == "dana"


def test_shipping_in_several_packages_leaves_the_rest_to_ship(packer: Client, order: Order) -> None:
    packer.post(f"{ORDERS}{order.pk}/ship/", package(order, (1, "")))

    form = packer.get(f"{ORDERS}{order.pk}/change/").context["ship_form"]
    assert [(line.sku, field.value()) for line, field in form.rows()] == [("SKU-2", 2)]
    (left,) = order.lines.filter(sku="SKU-2")
    fields = package(order) | {"tracking_number": "1Z998", f"quantity_{left.pk}": 2}
    packer.post(f"{ORDERS}{order.pk}/ship/", fields)

    order.refresh_from_db()
    assert order.status == "complete"
    assert list(order.shipments.values_list("tracking_number", flat=True)) == ["1Z999", "1Z998"]


def test_an_order_whose_channel_is_no_longer_installed_ships_with_any_carrier(packer: Client, db: None) -> None:
    order = make_bazaar_order(channel="gone")
    ship = f"{ORDERS}{order.pk}/ship/"

    assert packer.post(ship, package(order, carrier_code="")).context["ship_form"].errors == {
        "carrier_code": ["This field is required."]
    }
    assert packer.post(ship, package(order, carrier_code="Courier")).status_code == 302

    shipment = Shipment.objects.get()
    assert (shipment.carrier_code, shipment.tracking_number) == ("Courier", "1Z999")
    order.refresh_from_db()
    assert order.status == "complete"


def test_a_form_sent_twice_ships_once(packer: Client, order: Order) -> None:
    form = package(order, (0, 1))

    packer.post(f"{ORDERS}{order.pk}/ship/", form)
    response = packer.post(f"{ORDERS}{order.pk}/ship/", form)

    assert "A shipment was recorded after this page was opened." in response.content.decode()
    assert '<input type="hidden" name="shipments_seen" value="1">' in response.content.decode()
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"tracking_number": " "}, "tracking_number", "Enter the tracking number."),
        ({"carrier_code": "Other"}, "carrier_name", "Enter the name of the carrier."),
        ({"shipped_at": "2026-11-22"}, "shipped_at", "The ship date cannot be in the future."),
        ({"carrier_code": ""}, "carrier_code", "This field is required."),
        ({"carrier_code": "Owl"}, "carrier_code", "Select a valid choice. Owl is not one of the available choices."),
    ],
)
def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(
    packer: Client, order: Order, fields: dict[str, str], field: str, words: str
) -> None:
    response = packer.post(f"{ORDERS}{order.pk}/ship/", package(order) | fields)

    form = response.context["ship_form"]
    assert form.errors[field] == [words]
    assert form["shipping_method"].value() == "Ground"
    assert not Shipment.objects.exists()
    order.refresh_from_db()
    assert order.status == "processing"


@pytest.mark.parametrize(
    ("quantities", "words"),
    [((2, 0), "SKU-1: 2 cannot be shipped, 1 left."), ((0, 0), "Choose at least one item to ship.")],
)
def test_a_refusal_of_quantities_stands_at_the_lines(
    packer: Client, order: Order, quantities: tuple[int, int], words: str
) -> None:
    response = packer.post(f"{ORDERS}{order.pk}/ship/", package(order, quantities))

    assert response.context["ship_form"].lines_error == words
    assert not Shipment.objects.exists()


def test_an_order_that_is_complete_is_not_shipped_again(packer: Client, order: Order) -> None:
    packer.post(f"{ORDERS}{order.pk}/ship/", package(order))
    response = packer.post(f"{ORDERS}{order.pk}/ship/", package(order) | {"shipments_seen": 1})

    assert response.context["ship_form"] is None
    assert Shipment.objects.count() == 1


def test_a_day_is_a_day_on_the_accounts_clock(packer: Client) -> None:
    account = make_account()
    account.time_zone = "Asia/Tokyo"
    account.save()
    order = make_amazon_order(account=account, purchased_at=NOW - timedelta(days=3)).commerce_order
    assert order

    packer.post(f"{ORDERS}{order.pk}/ship/", package(order, shipped_at="2026-11-19"))

    assert Shipment.objects.get().shipped_at.isoformat() == "2026-11-19T03:00:00+00:00"


def test_shipping_needs_its_own_permission(sign_in: SignIn, order: Order) -> None:
    client = sign_in("commerce_orders.view_order", "commerce_orders.change_order")

    assert client.post(f"{ORDERS}{order.pk}/ship/", package(order)).status_code == 403
    assert not Shipment.objects.exists()
