"""What Amazon shows of packages, and what it proves of ours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.states import ConfirmationState
from commerce_orders.models import Order, OrderEvent, OrderLine
from commerce_orders.services.fulfilment import ShipmentRefused
from commerce_orders.states import EventKind
from tests.amazon_channel.shipping import push, ship

pytestmark = pytest.mark.django_db


def test_a_package_confirms_only_its_own_shipment_though_two_bear_one_tracking_number(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    first = ship(order_id, quantities={"SKU-1": 1})
    push(shop)
    second = ship(order_id, quantities={"SKU-2": 2})

    shop.pull()

    states = dict(ShipmentConfirmation.objects.values_list("shipment", "state"))
    assert states == {first.pk: ConfirmationState.CONFIRMED, second.pk: ConfirmationState.WAITING}
    assert push(shop).sent == 1


def test_nothing_more_leaves_an_order_that_amazon_canceled_after_a_part_was_shipped(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ship(order_id, quantities={"SKU-1": 1})
    push(shop)
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "CANCELLED"}})

    shop.pull()

    order = Order.objects.get()
    assert order.status == "complete"
    assert list(OrderLine.objects.values_list("quantity_shipped", "quantity_canceled")) == [(1, 0), (0, 2)]
    assert AmazonOrder.objects.get().problem_code == "canceled_after_shipment"
    assert OrderEvent.objects.get(kind=EventKind.CONFLICT).reason == "canceled_at_channel"
    with pytest.raises(ShipmentRefused):
        ship(order_id, tracking_number="ANOTHER")


def test_a_shipment_that_amazon_does_not_show_for_a_day_is_a_problem_until_it_does(shop):
    order_id = shop.place()
    shop.pull()
    shipment = ship(order_id)
    shop.amazon.set_options(confirmation_delay_seconds=10**7)
    push(shop)
    push(shop, hours=23)
    assert AmazonOrder.objects.get().problem_code == ""

    push(shop, hours=30)
    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.problem_detail) == ("shipment_not_shown", str(shipment))
    shop.amazon.act(order_id, "touch")
    shop.pull(clock=lambda: timezone.now() + timedelta(hours=31))
    assert AmazonOrder.objects.get().problem_code == "shipment_not_shown"

    shop.amazon.set_clock(advance_seconds=10**7 + 1)
    shop.pull(since=timezone.now() - timedelta(days=1))
    assert (AmazonOrder.objects.get().problem_code, AmazonOrder.objects.get().status) == ("", "SHIPPED")
