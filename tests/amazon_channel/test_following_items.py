"""Lines follow Amazon's items while the order is open: canceled, added, split, merged, renumbered."""

import pytest

from amazon_channel.models import AmazonOrder, AmazonOrderItem
from commerce_orders.models import Order, OrderLine, ShipmentLine
from tests.amazon_channel.following import (
    change_items,
    item_ids,
    lines,
    new_item,
    problem,
    status,
    timeline,
    to_ship,
)
from tests.amazon_channel.shipping import packages_at_amazon, push, ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    """Two lines, of 1 and 3 units, taken over."""
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    return order_id


def amounts():
    order = Order.objects.get()
    parts = order.subtotal + order.shipping + order.gift_wrap + order.tax + order.other - order.discount
    assert parts == order.grand_total
    assert sum(OrderLine.objects.values_list("total", flat=True)) == order.subtotal
    return order.subtotal


def test_units_that_amazon_adds_are_shipped_too(shop, order_id):
    shop.amazon.act(order_id, "add_units", quantity=2)
    shop.pull()

    assert lines() == [("SKU-1", 3, 0, 0, 0), ("SKU-2", 3, 0, 0, 0)]
    assert timeline() == [
        "Order changed · Items were added at the sales channel",
        "Order changed · The amounts were changed at the sales channel",
    ]
    assert (amounts(), to_ship(), problem()) == (60, 6, ("", ""))
    ship(order_id)
    push(shop)
    shop.pull()
    assert (status(), AmazonOrder.objects.get().status) == ("complete", "SHIPPED")


def test_units_that_were_canceled_and_come_back_are_the_same_units(shop, order_id):
    item_id = item_ids(shop, order_id)[1]
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_id, quantity=2)
    shop.pull()
    assert (lines()[1], amounts()) == (("SKU-2", 3, 0, 2, 0), 20)

    shop.amazon.act(order_id, "add_units", order_item_id=item_id, quantity=2)
    shop.pull()

    assert (lines()[1], amounts(), to_ship()) == (("SKU-2", 3, 0, 0, 0), 40, 4)


def test_an_item_that_amazon_adds_becomes_a_line(shop, order_id):
    items = shop.amazon.order(order_id)["orderItems"]
    product = {**items[0]["product"], "sellerSku": "SKU-3", "title": "Lamp"}
    shop.amazon.act(order_id, "merge", json={"orderItems": [*items, new_item(shop, order_id, product=product)]})
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 3, 0, 0, 0), ("SKU-3", 1, 0, 0, 0)]
    assert OrderLine.objects.get(sku="SKU-3").name == "Lamp"
    ship(order_id)
    push(shop)
    assert len(shop.amazon.order(order_id)["packages"][0]["packageItems"]) == 3


def test_an_item_that_amazon_takes_out_is_canceled(shop, order_id):
    change_items(shop, order_id, {})
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 3, 0, 3, 0)]
    assert timeline()[0] == "Order changed · Items were canceled at the sales channel"
    assert (AmazonOrderItem.objects.count(), status()) == (1, "processing")


def test_a_line_follows_its_item_to_another_number(shop, order_id):
    change_items(shop, order_id, {"orderItemId": "555"}, {})
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 3, 0, 0, 0)]
    assert OrderLine.objects.get(sku="SKU-1").channel_line_id == "555"
    assert timeline() == ["Order changed · Items were split or merged at the sales channel"]
    ship(order_id)
    assert push(shop).sent == 1


def test_an_item_that_is_split_is_split_here(shop, order_id):
    item_id = item_ids(shop, order_id)[1]
    shop.amazon.act(order_id, "split_item", order_item_id=item_id, quantity=2, new_order_item_id="77")
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 1, 0, 0, 0), ("SKU-2", 2, 0, 0, 0)]
    assert list(OrderLine.objects.order_by("id").values_list("channel_line_id", flat=True))[1:] == [item_id, "77"]
    assert timeline() == ["Order changed · Items were split or merged at the sales channel"]
    assert (amounts(), to_ship()) == (40, 4)
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert len(timeline()) == 1


def test_items_that_are_merged_are_merged_here(shop, order_id):
    item_id = item_ids(shop, order_id)[1]
    before = shop.amazon.order(order_id)["orderItems"]
    shop.amazon.act(order_id, "split_item", order_item_id=item_id, quantity=2, new_order_item_id="77")
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"orderItems": before})
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 3, 0, 0, 0), ("SKU-2", 0, 0, 0, 0)]
    ship(order_id)
    push(shop)
    shop.pull()
    assert (status(), AmazonOrder.objects.get().status) == ("complete", "SHIPPED")


def test_a_split_after_a_part_has_left_keeps_what_left(shop, order_id):
    ship(order_id, quantities={"SKU-2": 2})
    push(shop)
    shop.pull()
    item_id = item_ids(shop, order_id)[1]
    shop.amazon.act(order_id, "split_item", order_item_id=item_id, quantity=1, new_order_item_id="77")
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 2, 2, 0, 0), ("SKU-2", 1, 0, 0, 0)]
    ship(order_id, tracking_number="SECOND")
    push(shop)
    shop.pull()
    assert (status(), AmazonOrder.objects.get().status, problem()) == ("complete", "SHIPPED", ("", ""))


def test_a_split_in_which_shipped_units_get_another_number_moves_them_with_their_package(shop, order_id):
    first = ship(order_id, quantities={"SKU-2": 2})
    push(shop)
    shop.pull()
    three = item_ids(shop, order_id)[1]
    shop.amazon.act(order_id, "split_item", order_item_id=three, quantity=1, new_order_item_id="77")
    # Two units of three had left, one of them under each number now.
    counts = [{"quantityFulfilled": 1, "quantityUnfulfilled": 0}, {"quantityFulfilled": 1, "quantityUnfulfilled": 1}]
    one, first_part, second_part = shop.amazon.order(order_id)["orderItems"]
    first_part |= {"quantityOrdered": 1, "fulfillment": counts[0]}
    second_part |= {"quantityOrdered": 2, "fulfillment": counts[1]}
    shop.amazon.act(order_id, "merge", json={"orderItems": [one, first_part, second_part]})
    shop.pull()

    assert lines() == [("SKU-1", 1, 0, 0, 0), ("SKU-2", 1, 1, 0, 0), ("SKU-2", 2, 1, 0, 0)]
    packed = ShipmentLine.objects.filter(shipment=first).order_by("id")
    assert [(part.line.channel_line_id, part.quantity) for part in packed] == [(three, 1), ("77", 1)]
    assert (status(), to_ship(), problem()) == ("partially_shipped", 2, ("", ""))


def test_an_item_that_gets_another_number_before_its_package_is_sent_is_sent_by_the_new_one(shop, order_id):
    ship(order_id)
    change_items(shop, order_id, {"orderItemId": "555"}, {})

    push(shop)
    shop.pull()
    push(shop, hours=1)

    assert len(packages_at_amazon(shop, order_id)) == 1
    shop.pull()
    assert (status(), AmazonOrder.objects.get().status, problem()) == ("complete", "SHIPPED", ("", ""))
