from typing import Any

import pytest
from django.test import Client

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Shipment
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in("amazon_channel.view_amazonorder", "commerce_orders.ship_order")


def ship_row(client: Client, order: AmazonOrder, number: str, **fields: str) -> Any:
    shared = {"carrier_code": "UPS", "shipping_method": "", "carrier_name": "", "shipped_at": "2026-11-20"}
    row = {"order": str(order.pk), f"tracking_number_{order.pk}": number}
    return client.post(f"{ORDERS}ship/row/", shared | row | fields)


def test_a_row_is_saved_alone(packer: Client) -> None:
    account = make_account()
    order, other = make_amazon_order(account=account), make_amazon_order(account=account)

    response = ship_row(packer, order, " 1Z1 ", **{f"tracking_number_{other.pk}": "1Z2"})

    assert response.json()["done"] is True
    assert "UPS 1Z1" in response.json()["html"]
    assert [(row.order_id, row.tracking_number) for row in Shipment.objects.all()] == [(order.commerce_order_id, "1Z1")]


def test_a_row_whose_answer_was_lost_is_done_when_it_is_sent_again(packer: Client) -> None:
    order = make_amazon_order()
    ship_row(packer, order, "1Z1")

    assert ship_row(packer, order, "1Z1").json()["done"] is True
    other = ship_row(packer, order, "1Z2").json()
    assert (other["done"], "Everything in this order is shipped already." in other["html"]) == (False, True)
    assert Shipment.objects.count() == 1


def test_what_is_left_of_an_order_is_not_called_shipped_by_an_earlier_package(packer: Client) -> None:
    order = make_amazon_order(buyer_wants_to_cancel=True)
    assert order.commerce_order
    line = order.commerce_order.lines.first()
    record_shipment(
        order_id=order.commerce_order.pk,
        package=Package("UPS", "1Z1", quantities={line.pk: 1}),
        actor="dana",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )

    answer = ship_row(packer, order, "1Z1").json()

    assert (answer["done"], "The buyer asks to cancel this order." in answer["html"]) == (False, True)
    assert Shipment.objects.count() == 1


def test_a_carrier_that_the_marketplace_does_not_take_is_refused_in_its_row(packer: Client) -> None:
    order = make_amazon_order()

    unknown, none = (
        ship_row(packer, order, "1Z1", **{f"carrier_{order.pk}": "Hermes"}),
        ship_row(packer, order, "1Z1", carrier_code=""),
    )

    assert "Amazon does not know the carrier “Hermes” here." in unknown.json()["html"]
    assert "Choose a carrier, for all rows or for this one." in none.json()["html"]
    assert not Shipment.objects.exists()


def test_the_same_tracking_number_on_two_orders_is_recorded_and_pointed_out(packer: Client) -> None:
    account = make_account()
    first, second = make_amazon_order(account=account), make_amazon_order(account=account)
    assert first.commerce_order

    alone, shared = ship_row(packer, first, "1Z1"), ship_row(packer, second, "1Z1")

    assert "The same tracking number" not in alone.json()["html"]
    assert f"The same tracking number is on {first.commerce_order.number} too." in shared.json()["html"]
    assert Shipment.objects.filter(tracking_number="1Z1").count() == 2


@pytest.mark.parametrize("kind", ["amazon", "commerce"])
def test_an_order_number_is_no_tracking_number(packer: Client, kind: str) -> None:
    order = make_amazon_order()
    assert order.commerce_order
    number = order.amazon_order_id if kind == "amazon" else order.commerce_order.number

    html = ship_row(packer, order, number).json()["html"]

    assert f"{number} is an order number, not a tracking number." in html
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("order", ["", "0", "nonsense", "9" * 30])
def test_a_row_of_no_order_is_not_found(packer: Client, order: str) -> None:
    assert packer.post(f"{ORDERS}ship/row/", {"order": order}).status_code == 404


def test_a_row_that_cannot_be_read_says_what_is_wrong(packer: Client) -> None:
    order = make_amazon_order()

    answer = ship_row(packer, order, "x" * 101, shipped_at="yesterday").json()

    assert answer["done"] is False
    assert "Enter a valid date." in answer["html"]
    assert "at most 100 characters" in answer["html"]


def test_saving_a_row_needs_the_permission_to_ship(sign_in: SignIn) -> None:
    client = sign_in("amazon_channel.view_amazonorder")

    assert ship_row(client, make_amazon_order(), "1Z1").status_code == 403
    assert not Shipment.objects.exists()
