"""An order that Amazon ships: it is ours to know once it is done."""

import pytest

from amazon_channel.models import AmazonOrder, OrderSettings, ShipmentConfirmation
from commerce_orders.models import Order, Shipment
from commerce_orders.services.fulfilment import ShipmentRefused
from tests.amazon_channel.shipping import confirmations_at_amazon, push, ship

pytestmark = pytest.mark.django_db


def listed():
    return list(AmazonOrder.objects.listed().values_list("status", flat=True))


@pytest.mark.parametrize("customer_creation", ["guest", "create"])
def test_it_becomes_a_complete_order_once_amazon_has_shipped(shop, customer_creation):
    OrderSettings.objects.update(customer_creation=customer_creation)
    order_id = shop.place(status="PENDING", fulfilled_by="AMAZON", quantities=(1, 2))
    shop.pull()
    assert (AmazonOrder.objects.count(), listed(), Order.objects.count()) == (1, [], 0)

    shop.amazon.act(order_id, "verify")
    shop.pull()
    assert (AmazonOrder.objects.get().status, listed(), Order.objects.count()) == ("UNSHIPPED", [], 0)

    shop.amazon.act(order_id, "fulfil_fba")
    shop.pull()
    order = Order.objects.get()
    assert listed() == ["SHIPPED"]
    assert (order.status, order.is_fulfilled_by_channel, order.is_guest) == ("complete", True, True)
    assert order.closed_at is not None
    assert [(line.quantity, line.quantity_shipped) for line in order.lines.all()] == [(1, 1), (2, 2)]
    assert (Shipment.objects.count(), ShipmentConfirmation.objects.count()) == (0, 0)
    assert (AmazonOrder.objects.get().problem_code, AmazonOrder.objects.get().read_again_at) == ("", None)


def test_it_can_be_ignored(shop):
    OrderSettings.objects.update(fba_orders="ignore")
    shop.place(status="SHIPPED", fulfilled_by="AMAZON")

    shop.pull()

    assert (listed(), Order.objects.count()) == (["SHIPPED"], 0)


def test_it_cannot_be_shipped_by_us(shop):
    order_id = shop.place(status="SHIPPED", fulfilled_by="AMAZON")
    shop.pull()

    with pytest.raises(ShipmentRefused) as refused:
        ship(order_id)

    assert refused.value.code == "fulfilled_by_channel"
    push(shop)
    assert confirmations_at_amazon(shop) == []


@pytest.mark.parametrize("status", ["CANCELLED", "UNFULFILLABLE"])
def test_one_that_never_leaves_is_never_shown(shop, status):
    order_id = shop.place(status="UNSHIPPED", fulfilled_by="AMAZON")
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": status}})
    shop.pull()

    assert (listed(), Order.objects.count(), AmazonOrder.objects.get().problem_code) == ([], 0, "")
