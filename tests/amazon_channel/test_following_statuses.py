"""What Amazon says about an order that is ours, in words we do not know, or know of other orders only."""

from decimal import Decimal

import pytest

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order, OrderLine
from tests.amazon_channel.following import item_ids, lines, problem, status, timeline, to_ship
from tests.amazon_channel.shipping import only_confirmation, push, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db

STAYS = "The Commerce order stays as it is and is watched."


@pytest.fixture
def order_id(shop):
    order_id = shop.place()
    shop.pull()
    return order_id


def say(shop, order_id, **fulfillment):
    shop.amazon.act(order_id, "merge", json={"fulfillment": fulfillment})
    shop.pull()


@pytest.mark.parametrize(
    ("fulfillment", "words"),
    [
        ({"fulfillmentStatus": "TELEPORTED"}, "Amazon says “TELEPORTED”, fulfilled by “Merchant”."),
        ({"fulfillmentStatus": "UNFULFILLABLE"}, "Amazon says “Unfulfillable”, fulfilled by “Merchant”."),
        ({"fulfillmentStatus": "PENDING"}, "Amazon says “Pending”, fulfilled by “Merchant”."),
        ({"fulfillmentStatus": "PENDING_AVAILABILITY"}, "Amazon says “Pending availability”, fulfilled by “Merchant”."),
        ({"fulfilledBy": "ROBOT"}, "Amazon says “Unshipped”, fulfilled by “ROBOT”."),
        ({"fulfilledBy": None}, "Amazon says “Unshipped”, fulfilled by “–”."),
        ({"fulfilledBy": "AMAZON"}, "Amazon says “Unshipped”, fulfilled by “Amazon (FBA)”."),
    ],
)
def test_a_word_that_says_nothing_is_kept_and_flagged_until_the_next_known_one(shop, order_id, fulfillment, words):
    say(shop, order_id, **fulfillment)

    row = AmazonOrder.objects.get()
    assert {"fulfillmentStatus": row.status, "fulfilledBy": row.fulfilled_by}.items() >= {
        name: value or "" for name, value in fulfillment.items()
    }.items()
    code = "unfulfillable" if row.status == "UNFULFILLABLE" else "status_unknown"
    assert problem() == (code, f"{words} {STAYS}")
    held = f"Held by the sales channel · {words}"
    assert (status(), timeline()) == ("processing", [held])
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert timeline() == [held]

    say(shop, order_id, fulfillmentStatus="UNSHIPPED", fulfilledBy="MERCHANT")
    assert (problem(), to_ship()) == (("", ""), 3)
    assert timeline() == [held, "Order changed · The sales channel no longer holds the order"]
    ship(order_id)
    assert push(shop).sent == 1


def test_an_unfulfillable_order_is_shipped_only_after_a_confirmation_until_it_recovers(shop, sign_in):
    shop.amazon.set_clock(now=NOW)  # the pages' own
    order_id = shop.place()
    shop.pull()
    clerk = sign_in("commerce_orders.view_order", "commerce_orders.ship_order")
    address = f"/admin/commerce_orders/order/{Order.objects.get().pk}/"
    package = {"carrier_code": "UPS", "tracking_number": "1Z1", "shipments_seen": 0}
    package |= {f"quantity_{line.pk}": line.quantity for line in OrderLine.objects.all()}
    package["shipped_at"] = NOW.date().isoformat()
    say(shop, order_id, fulfillmentStatus="UNFULFILLABLE")

    page = clerk.get(f"{address}change/").content.decode()
    assert "Amazon holds this order." in page
    assert (
        "Amazon says “Unfulfillable”, fulfilled by “Merchant”. Do not ship this order. Check in Seller Central" in page
    )
    assert page.count("Ship although the sales channel holds the order") == 1
    refused = clerk.post(f"{address}ship/", package).content.decode()
    assert "The sales channel holds this order. Confirm that it is to be shipped all the same." in refused
    assert (status(), OrderLine.objects.filter(quantity_shipped__gt=0).exists()) == ("processing", False)

    say(shop, order_id, fulfillmentStatus="UNSHIPPED")
    page = clerk.get(f"{address}change/").content.decode()
    assert "holds this order" not in page
    assert "Ship although the sales channel" not in page
    say(shop, order_id, fulfillmentStatus="UNFULFILLABLE")
    assert clerk.post(f"{address}ship/", package | {"despite_hold": "on"}).status_code == 302
    assert status() == "complete"


def test_nothing_is_canceled_added_or_taken_over_by_a_status_that_is_unknown(shop, order_id):
    ship(order_id, quantities={"SKU-1": 1})
    push(shop)
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_ids(shop, order_id)[1], quantity=1)
    say(shop, order_id, fulfillmentStatus="TELEPORTED")

    assert lines() == [("SKU-1", 1, 1, 0, 0), ("SKU-2", 2, 0, 0, 0)]
    assert (problem()[0], only_confirmation().state) == ("status_unknown", "confirmed")
    say(shop, order_id, fulfillmentStatus="PARTIALLY_SHIPPED")
    assert (lines()[1], problem()) == (("SKU-2", 2, 0, 1, 0), ("", ""))


def test_a_cancellation_is_understood_whoever_fulfils(shop, order_id):
    shop.amazon.act(order_id, "cancel")
    say(shop, order_id, fulfilledBy="ROBOT")

    assert (status(), problem()) == ("canceled", ("", ""))


def test_fields_programs_and_amounts_that_are_new_break_nothing(shop, order_id):
    order = shop.amazon.order(order_id)
    total = Decimal(order["proceeds"]["grandTotal"]["amount"])
    new = {"type": "STARDUST_FEE", "subtotal": {"amount": "1.50", "currencyCode": "USD"}}
    proceeds = {
        "grandTotal": {"amount": str(total + Decimal("1.50")), "currencyCode": "USD"},
        "breakdowns": [*order["proceeds"]["breakdowns"], new],
    }
    json = {"proceeds": proceeds, "programs": ["HYPERLOOP"], "novelty": {"deep": [1]}}
    shop.amazon.act(order_id, "merge", json=json)
    shop.pull()

    row, ours = AmazonOrder.objects.get(), Order.objects.get()
    assert (row.programs, row.payload["novelty"], row.problem_code) == (["HYPERLOOP"], {"deep": [1]}, "")
    assert (ours.other, ours.grand_total) == (Decimal("1.50"), total + Decimal("1.50"))
    assert timeline() == ["Order changed · The amounts were changed at the sales channel"]


def test_amounts_that_stop_adding_up_leave_the_totals_as_they_were(shop, order_id):
    before = Order.objects.get().grand_total
    shop.amazon.act(order_id, "merge", json={"proceeds": {"grandTotal": {"amount": "99.99"}}})
    shop.pull()

    code, detail = problem()
    assert (code, Order.objects.get().grand_total, timeline()) == ("does_not_add_up", before, [])
    assert detail.startswith("Amazon states $99.99; its parts add up to $")
    shop.amazon.act(order_id, "reprice", unit_price="11.00")
    shop.pull()
    assert (problem(), OrderLine.objects.get(sku="SKU-1").total, Order.objects.get().subtotal) == (("", ""), 11, 31)


def test_amounts_that_turn_into_another_currency_are_not_mixed_in(shop, order_id):
    before = Order.objects.get().grand_total
    text = AmazonOrder.objects.get().payload
    euros = {"proceeds": _in_euros(text["proceeds"]), "orderItems": _in_euros(text["orderItems"])}
    shop.amazon.act(order_id, "merge", json=euros)
    shop.pull()

    assert problem() == ("does_not_add_up", "The order is in USD, and Amazon states amounts in EUR.")
    assert (Order.objects.get().grand_total, Order.objects.get().currency) == (before, "USD")


def _in_euros(node):
    if isinstance(node, dict):
        return {key: "EUR" if key == "currencyCode" else _in_euros(value) for key, value in node.items()}
    return [_in_euros(part) for part in node] if isinstance(node, list) else node


def test_totals_follow_after_everything_has_left(shop, order_id):
    ship(order_id)
    push(shop)
    shop.pull()
    shop.amazon.act(order_id, "reprice", unit_price="7.00")
    shop.pull()

    assert (status(), Order.objects.get().subtotal, problem()) == ("complete", 27, ("", ""))
    assert timeline()[-1] == "Order changed · The amounts were changed at the sales channel"


def test_a_replacement_without_amounts_costs_nothing_and_follows_a_price_that_comes(shop):
    order_id = shop.place(features=["replacement"], quantities=(2,))
    items = shop.amazon.order(order_id)["orderItems"]
    for item in items:
        item.pop("proceeds", None)
    shop.amazon.act(order_id, "merge", json={"proceeds": None, "orderItems": items})
    shop.pull()
    assert (Order.objects.get().grand_total, AmazonOrder.objects.get().is_replacement) == (0, True)

    shop.amazon.act(order_id, "reprice", unit_price="3.00")
    shop.pull()

    order = Order.objects.get()
    assert (order.subtotal, order.grand_total, order.currency, problem()) == (6, 6, "USD", ("", ""))


def test_an_order_that_amazon_ships_is_left_alone_once_it_is_complete(shop):
    order_id = shop.place(fulfilled_by="AMAZON", quantities=(2,))
    shop.amazon.act(order_id, "fulfil_fba")
    shop.pull()
    package = {"packageReferenceId": "1", "packageStatus": {"status": "RETURNED"}, "packageItems": []}
    shop.amazon.act(order_id, "merge", json={"packages": [package]})
    shop.pull()

    assert (status(), lines(), timeline(), problem()) == ("complete", [("SKU-1", 2, 2, 0, 0)], [], ("", ""))
    say(shop, order_id, fulfillmentStatus="UNFULFILLABLE")
    assert (status(), problem()[0]) == ("complete", "unfulfillable")
    say(shop, order_id, fulfillmentStatus="SHIPPED")
    assert problem() == ("", "")
