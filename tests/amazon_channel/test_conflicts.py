"""What Amazon changes after the fact is shown to a person, and stays until that person has settled it."""

import pytest
from django.utils import timezone

from amazon_channel.advice import ADVICE
from amazon_channel.models import AmazonOrder
from amazon_channel.services.settling import settle_conflict
from amazon_channel.states import CONFLICTS
from commerce_orders.channels import NothingToSettle
from commerce_orders.models import Order, OrderEvent
from commerce_orders.services.fulfilment import ShipmentRefused
from tests.amazon_channel.following import item_ids, lines, problem, status, timeline, to_ship
from tests.amazon_channel.shipping import only_confirmation, packages_at_amazon, push, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    """Two lines, of 1 and 3 units, taken over."""
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    return order_id


def settle():
    settle_conflict(amazon_order=AmazonOrder.objects.get(), actor="ada", now=timezone.now())


def cancel_one(shop, order_id):
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_ids(shop, order_id)[1], quantity=1)


def test_a_unit_that_is_canceled_between_shipping_and_sending_is_not_sent(shop, order_id):
    ship(order_id)
    reference = only_confirmation().package_reference_id
    cancel_one(shop, order_id)

    report = push(shop)

    assert (report.sent, report.rejected, report.retry_later) == (1, 0, 0)
    assert lines() == [("SKU-1", 1, 1, 0, 0), ("SKU-2", 3, 3, 0, 1)]
    assert problem() == (
        "items_canceled_late",
        "1 item was canceled at Amazon after it shipped. Stop the package or ask for a return.",
    )
    (package,) = shop.amazon.order(order_id)["packages"]
    assert package["packageReferenceId"] == reference
    assert [row["quantity"] for row in package["packageItems"]] == [1, 2]
    assert only_confirmation().units_sent == dict(zip(item_ids(shop, order_id), (1, 2), strict=True))
    shop.pull()
    assert (only_confirmation().state, AmazonOrder.objects.get().status, status()) == (
        "confirmed",
        "SHIPPED",
        "complete",
    )
    assert timeline() == [
        "Shipment recorded · Complete",
        "Conflict · Items were canceled at the sales channel after they had shipped",
        "Order changed · The amounts were changed at the sales channel",
        "Tracking number sent · Sent for the items that the sales channel still expects",
        "Shipment confirmed",
    ]
    assert Order.objects.get().subtotal == 30
    assert problem()[0] == "items_canceled_late"


def test_a_unit_that_a_pull_shows_canceled_before_sending_costs_no_refusal(shop, order_id):
    ship(order_id)
    cancel_one(shop, order_id)
    shop.pull()

    assert push(shop).sent == 1
    assert [entry["status"] for entry in shop.amazon.log(operation="confirmShipment")] == [204]


def test_all_units_of_a_package_that_are_canceled_withdraw_it(shop, order_id):
    ship(order_id, quantities={"SKU-1": 1})
    shop.amazon.act(order_id, "cancel_units", quantity=1)

    report = push(shop)

    assert (report.sent, report.rejected, report.withdrawn) == (0, 0, 1)
    assert (only_confirmation().state, packages_at_amazon(shop, order_id)) == ("withdrawn", [])
    assert (problem()[0], status()) == ("items_canceled_late", "partially_shipped")
    assert timeline()[-1] == "Tracking number not sent · Items were canceled at the sales channel"
    ship(order_id, tracking_number="SECOND")  # the rest goes on
    assert push(shop).sent == 1


def test_an_order_canceled_before_its_package_is_sent_withdraws_it(shop, order_id):
    ship(order_id)
    shop.amazon.act(order_id, "cancel")

    report = push(shop)

    assert (report.sent, report.rejected, report.withdrawn) == (0, 0, 1)
    assert problem() == (
        "canceled_after_shipment",
        "Amazon canceled the order, but 4 items have already shipped. Stop the package or ask for a return.",
    )
    assert timeline() == [
        "Shipment recorded · Complete",
        "Conflict · Canceled at the sales channel",
        "Tracking number not sent · Canceled at the sales channel",
    ]
    assert (status(), lines()[1]) == ("complete", ("SKU-2", 3, 3, 0, 3))


def test_an_order_that_a_pull_shows_canceled_is_never_sent(shop, order_id):
    ship(order_id)
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    assert only_confirmation().state == "withdrawn"
    report = push(shop)
    assert (report.sent, report.withdrawn, shop.amazon.log(operation="confirmShipment")) == (0, 0, [])
    assert problem()[0] == "canceled_after_shipment"


def test_a_cancellation_after_a_part_has_left_closes_the_order(shop, order_id):
    ship(order_id, quantities={"SKU-2": 2})
    push(shop)
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    assert (status(), lines()) == ("complete", [("SKU-1", 1, 0, 1, 0), ("SKU-2", 3, 2, 1, 2)])
    assert (
        problem()[1]
        == "Amazon canceled the order, but 2 items have already shipped. Stop the package or ask for a return."
    )
    assert "Conflict · Complete · Canceled at the sales channel" in timeline()
    with pytest.raises(ShipmentRefused):
        ship(order_id, tracking_number="ANOTHER")


def test_a_conflict_is_settled_by_a_person_and_does_not_come_back(shop, order_id):
    ship(order_id)
    push(shop)
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert problem()[0] == "canceled_after_shipment"

    settle()

    assert problem() == ("", "")
    event = OrderEvent.objects.order_by("id").last()
    assert (event.kind, event.actor, event.data) == ("settled", "ada", {"problem": "canceled_after_shipment"})
    shop.pull()  # reads it again
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert problem() == ("", "")
    with pytest.raises(NothingToSettle):
        settle()


def test_the_commerce_orders_page_shows_the_conflict_and_settles_it(shop, sign_in):
    shop.amazon.set_clock(now=NOW)  # the pages' own
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    ship(order_id)
    push(shop)
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    address = f"/admin/commerce_orders/order/{Order.objects.get().pk}/"
    reader = sign_in("commerce_orders.view_order")
    words = ("Canceled at Amazon after we shipped", "4 items have already shipped.", "Then press “Mark as resolved”.")
    page = reader.get(f"{address}change/").content.decode()
    assert [page.count(each) for each in words] == [1, 1, 1]
    assert "settle/" not in page
    assert reader.post(f"{address}settle/").status_code == 403
    assert problem()[0] == "canceled_after_shipment"

    clerk = sign_in("commerce_orders.view_order", "amazon_channel.change_amazonorder", username="ada")
    assert f"{address}settle/" in clerk.get(f"{address}change/").content.decode()
    page = clerk.post(f"{address}settle/", follow=True).content.decode()

    assert "Done. The timeline shows who resolved it." in page
    assert not [each for each in words if each in page]
    assert (problem(), OrderEvent.objects.order_by("id").last().kind) == (("", ""), "settled")
    assert "There is nothing left to resolve." in clerk.post(f"{address}settle/", follow=True).content.decode()


def test_behind_a_conflict_that_is_settled_the_next_problem_shows(shop, order_id):
    ship(order_id)
    shop.amazon.act(order_id, "cancel_units", quantity=1)
    shop.pull()
    shop.amazon.add_fault("confirmShipment", "status", args={"status": 400, "code": "InvalidInput", "message": "No."})
    assert push(shop).rejected == 1
    assert problem()[0] == "items_canceled_late"

    settle()
    shop.pull()

    assert problem() == ("shipment_refused", "No.")


def test_a_cancellation_that_amazon_takes_back_heals_the_conflict_and_sends_the_package(shop, order_id):
    ship(order_id)
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    assert only_confirmation().state == "withdrawn"

    shop.amazon.act(order_id, "uncancel")
    shop.pull()

    assert (problem(), lines()[1]) == (("", ""), ("SKU-2", 3, 3, 0, 0))
    assert only_confirmation().state == "waiting"
    assert push(shop).sent == 1


def test_an_order_that_is_open_again_at_amazon_stays_canceled_here_and_is_shown(shop, order_id):
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    shop.amazon.act(order_id, "uncancel")
    shop.pull()

    assert (status(), to_ship()) == ("canceled", 4)
    assert problem() == (
        "reopened_at_amazon",
        "Amazon shows the order as “Unshipped”. Here it is canceled, which is final.",
    )
    assert timeline()[-1] == "Conflict · Open again at the sales channel"
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert len(timeline()) == 2
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    assert problem() == ("", "")


def test_an_order_canceled_here_and_shipped_at_amazon_is_shown(shop, order_id):
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    shop.amazon.act(order_id, "uncancel")
    shop.pull()
    settle()
    shop.amazon.act(order_id, "ship")
    shop.pull()

    assert (status(), to_ship(), problem()[0]) == ("canceled", 0, "reopened_at_amazon")


def test_units_added_to_a_complete_order_are_shown_and_never_lost(shop, order_id):
    ship(order_id)
    push(shop)
    shop.pull()
    shop.amazon.act(order_id, "add_units", quantity=2)
    shop.pull()

    assert (status(), lines()[0], to_ship()) == ("complete", ("SKU-1", 1, 1, 0, 0), 2)
    assert problem() == ("items_added_late", "Amazon added 2 items to an order that is complete here.")
    assert timeline()[-2] == "Conflict · Items were added at the sales channel"
    settle()
    shop.pull()
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert (problem(), to_ship()) == (("", ""), 2)
    shop.amazon.act(order_id, "ship", tracking_number="BY-HAND")
    shop.pull()
    assert to_ship() == 0


def test_an_order_that_amazon_shipped_itself_and_cancels_needs_no_parcel_stopped(shop):
    order_id = shop.place(fulfilled_by="AMAZON", quantities=(2,))
    shop.amazon.act(order_id, "fulfil_fba")
    shop.pull()
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    assert status() == "complete"
    assert problem() == (
        "canceled_after_shipment",
        "Amazon canceled 2 items that it had shipped itself. Only your books need correcting.",
    )
    assert Order.objects.get().subtotal == 20


def test_an_unreadable_version_does_not_hide_a_conflict(shop, order_id):
    ship(order_id)
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"orderItems": "none"})
    shop.pull()
    assert problem()[0] == "canceled_after_shipment"

    settle()
    shop.pull()

    assert problem()[0] == "unreadable"


def test_each_conflict_comes_with_advice():
    assert set(ADVICE) >= CONFLICTS
