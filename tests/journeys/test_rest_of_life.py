"""Cancellations, changes of mind, and what Amazon invents tomorrow."""

import pytest

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order, OrderEvent
from commerce_orders.services.fulfilment import ShipmentRefused
from tests.amazon_channel.shipping import push, ship

pytestmark = pytest.mark.django_db


def events():
    return list(OrderEvent.objects.order_by("id").values_list("kind", "to_status", "reason"))


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED"])
def test_an_order_canceled_before_it_is_ours_never_becomes_one(shop, status):
    order_id = shop.place(status=status, details_in_seconds=10**6)
    shop.pull()
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    row = AmazonOrder.objects.get()
    assert (row.status, row.commerce_order, row.problem_code, row.units_to_ship) == ("CANCELLED", None, "", 0)
    assert not Order.objects.exists()


@pytest.mark.parametrize("by", ["BUYER", "AMAZON", "MERCHANT"])
def test_an_order_canceled_before_it_left_is_canceled_here(shop, by):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    total = Order.objects.get().grand_total
    shop.amazon.act(order_id, "cancel", by=by)
    shop.pull()

    order = Order.objects.get()
    assert (order.status, order.closed_at is not None, order.grand_total) == ("canceled", True, total)
    assert [(line.quantity, line.quantity_canceled) for line in order.lines.all()] == [(1, 1), (2, 2)]
    assert events()[1:] == [("status_changed", "canceled", "canceled_at_channel")]
    assert AmazonOrder.objects.get().problem_code == ""
    with pytest.raises(ShipmentRefused) as refused:
        ship(order_id)
    assert refused.value.code == "order_canceled"

    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert len(events()) == 2


def test_an_order_canceled_after_it_left_is_a_conflict_for_staff(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ship(order_id)
    push(shop)
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    row = AmazonOrder.objects.get()
    assert (Order.objects.get().status, row.problem_code) == ("complete", "canceled_after_shipment")
    assert row.problem_detail == (
        "Amazon canceled the order, but 3 items have already shipped. Stop the package or ask for a return."
    )
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert AmazonOrder.objects.get().problem_since == row.problem_since


def test_units_that_are_canceled_cannot_be_shipped(shop):
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    item_id = shop.amazon.order(order_id)["orderItems"][1]["orderItemId"]
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_id, quantity=2)
    shop.pull()

    lines = Order.objects.get().lines.all()
    assert [(line.quantity, line.quantity_canceled, line.quantity_to_ship) for line in lines] == [(1, 0, 1), (3, 2, 1)]
    assert events()[1:] == [
        ("changed", "", "items_canceled_at_channel"),
        ("changed", "", "totals_changed_at_channel"),
    ]
    ship(order_id)
    push(shop)
    shop.pull()
    assert (Order.objects.get().status, AmazonOrder.objects.get().status) == ("complete", "SHIPPED")


def test_an_order_whose_rest_is_canceled_is_complete(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ship(order_id, quantities={"SKU-1": 1})
    push(shop)
    item_id = shop.amazon.order(order_id)["orderItems"][1]["orderItemId"]
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_id, quantity=2)
    shop.pull()

    order = Order.objects.get()
    assert (order.status, order.closed_at is not None) == ("complete", True)
    assert [(line.quantity_shipped, line.quantity_canceled) for line in order.lines.all()] == [(1, 0), (0, 2)]
    assert ("status_changed", "complete", "items_canceled_at_channel") in events()


def test_units_canceled_and_the_rest_shipped_by_hand_at_once(shop):
    order_id = shop.place(quantities=(3,))
    shop.pull()
    shop.amazon.act(order_id, "cancel_units", quantity=1)
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "SHIPPED"}})
    shop.pull()

    (line,) = Order.objects.get().lines.all()
    assert (line.quantity, line.quantity_canceled, line.quantity_shipped) == (3, 1, 2)
    assert Order.objects.get().status == "complete"


def test_a_buyer_who_asks_to_cancel_warns_whoever_ships(shop):
    order_id = shop.place()
    shop.pull()
    shop.amazon.act(order_id, "request_cancellation")
    shop.pull()

    order = Order.objects.get()
    assert (order.status, AmazonOrder.objects.get().status) == ("processing", "UNSHIPPED")
    assert order.buyer_wants_to_cancel
    assert events()[1:] == [("changed", "", "buyer_asks_to_cancel")]
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert len(events()) == 2
    with pytest.raises(ShipmentRefused) as refused:
        ship(order_id, despite_request=False)
    assert refused.value.code == "buyer_wants_to_cancel"
    ship(order_id, despite_request=True)  # a person may decide so
    assert Order.objects.get().status == "complete"


def test_a_buyer_who_asks_before_the_order_is_ours_or_asks_no_more_is_heard_too(shop):
    order_id = shop.place()
    shop.amazon.act(order_id, "request_cancellation")
    shop.pull()
    assert Order.objects.get().buyer_wants_to_cancel
    assert [kind for kind, _to, _reason in events()] == ["created"]

    shop.amazon.act(order_id, "withdraw_request")
    shop.pull()

    order = Order.objects.get()
    assert (order.buyer_wants_to_cancel, order.version) == (False, 2)
    assert events()[1:] == [("changed", "", "buyer_asks_no_more")]
    ship(order_id, despite_request=False)


def test_a_replacement_is_an_order_that_costs_nothing(shop):
    shop.place(features=["replacement"])
    shop.pull()

    order = Order.objects.get()
    assert (order.grand_total, order.currency, order.status) == (0, "USD", "processing")
    assert AmazonOrder.objects.get().is_replacement


def test_a_status_that_amazon_invents_is_kept_and_watched(shop):
    order_id = shop.place()
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "TELEPORTED"}, "novelty": [1]})
    shop.pull()

    row = AmazonOrder.objects.get()
    assert (row.status, row.problem_code, row.commerce_order) == ("TELEPORTED", "status_unknown", None)
    assert row.payload["novelty"] == [1]
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}})
    shop.pull()
    assert (AmazonOrder.objects.get().problem_code, Order.objects.count()) == ("", 1)


def test_amounts_that_do_not_add_up_hold_the_order_until_they_do(shop):
    order_id = shop.place(quantities=(1,), order={"proceeds": {"grandTotal": {"amount": "99.99"}}})
    shop.pull()
    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.commerce_order) == ("does_not_add_up", None)
    assert row.problem_detail.startswith("Amazon states $99.99; its parts add up to $1")

    shop.amazon.act(order_id, "reprice", unit_price="10.00")
    shop.pull()
    assert (AmazonOrder.objects.get().problem_code, Order.objects.count()) == ("", 1)
