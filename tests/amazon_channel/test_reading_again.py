"""Orders that lack details are asked for one by one, at growing intervals, and none blocks the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, PullState, SyncRun
from amazon_channel.services.reading_again import MOST_AT_ONCE
from commerce_orders.models import Order

pytestmark = pytest.mark.django_db


def asked(shop):
    return [entry["path"].rpartition("/")[2] for entry in shop.amazon.log(operation="getOrder")]


def pull_after(shop, **period):
    """A pull at that time from now, at which Amazon finds nothing changed in the search."""
    shop.amazon.clear_log()
    return shop.pull(clock=shop.later(**period))


def test_an_order_without_details_waits_and_is_made_when_they_come_with_a_new_time(shop):
    shop.place(details_in_seconds=600)
    run = shop.pull()
    row = AmazonOrder.objects.get()
    assert (run.created, run.commerce_orders_created, run.problems, run.api_calls) == (1, 0, 0, 1)
    assert (row.status, row.problem_code, row.commerce_order) == ("UNSHIPPED", "", None)
    assert row.read_again_at is not None

    shop.amazon.set_clock(advance_seconds=601)
    assert shop.pull().commerce_orders_created == 1
    assert AmazonOrder.objects.get().read_again_at is None


def test_details_that_come_without_a_new_time_are_found_by_asking(shop):
    order_id = shop.place(details_in_seconds=100_000, details_bump=False)
    shop.pull()
    shop.amazon.act(order_id, "reveal_details", bump=False)
    shop.amazon.set_clock(advance_seconds=7200)  # out of the overlap of searches
    shop.amazon.add_fault("searchOrders", "wrong_shape", args={"json": {"orders": []}})

    run = pull_after(shop, minutes=3)

    assert (asked(shop), run.commerce_orders_created, run.updated) == ([order_id], 1, 1)
    assert Order.objects.get().channel_order_id == order_id
    assert pull_after(shop, minutes=30).api_calls == 1


def test_asking_grows_rarer_and_after_an_hour_is_a_problem_that_names_what_is_missing(shop):
    order_id = shop.place(details_in_seconds=10**6)
    start = timezone.now()
    shop.pull(clock=lambda: start)
    waits = []
    for _ in range(5):
        due = AmazonOrder.objects.get().read_again_at
        waits.append(round((due - start) / timedelta(minutes=1)))
        assert AmazonOrder.objects.get().problem_code == ""
        start = due
        shop.pull(clock=lambda due=due: due)

    row = AmazonOrder.objects.get()
    assert (waits, row.readings) == ([2, 4, 8, 16, 32], 5)
    assert asked(shop) == [order_id] * 5
    assert row.problem_code == "details_missing"
    assert row.problem_detail == (
        "Amazon has not sent: prices, buyer, address. It is asked again; if it never comes, check the application's "
        "roles."
    )

    shop.amazon.act(order_id, "reveal_details", bump=False)
    shop.pull(clock=lambda: row.read_again_at)
    assert (AmazonOrder.objects.get().problem_code, Order.objects.count()) == ("", 1)


def test_asking_ends_after_a_month(shop):
    shop.place(details_in_seconds=10**8)
    shop.pull()

    pull_after(shop, days=31)

    assert AmazonOrder.objects.get().read_again_at is None


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("status", {"status": 404, "code": "NotFound"}),
        ("status", {"status": 403, "code": "Unauthorized"}),
        ("wrong_shape", {"json": {"order": []}}),
        ("truncate", {"at": 5}),
    ],
)
def test_an_order_that_cannot_be_read_alone_stops_neither_the_pull_nor_the_others(shop, fault, args):
    first = shop.place(details_in_seconds=10**6)
    shop.pull()
    second = shop.place(details_in_seconds=10**6)
    shop.pull(clock=shop.later(seconds=1))
    AmazonOrder.objects.filter(amazon_order_id=second).update(read_again_at=timezone.now() + timedelta(minutes=3))
    shop.amazon.act(second, "reveal_details", bump=False)
    shop.amazon.set_clock(advance_seconds=7200)
    shop.amazon.add_fault("getOrder", fault, nth=1, args=args)
    shop.amazon.add_fault("searchOrders", "wrong_shape", args={"json": {"orders": []}})

    run = pull_after(shop, minutes=4)

    assert (run.outcome, asked(shop)) == (SyncRun.Outcome.DONE, [first, second])
    assert Order.objects.get().channel_order_id == second
    shop.account.refresh_from_db()
    assert (shop.account.error_code, PullState.objects.get().not_before) == ("", None)
    unread = AmazonOrder.objects.get(amazon_order_id=first)
    assert (unread.readings, unread.problem_code) == (1, "")
    assert unread.read_again_at > timezone.now() + timedelta(minutes=7)


def test_a_throttled_reading_waits_with_the_pages_stored(shop):
    shop.place(details_in_seconds=10**6)
    shop.pull()
    newest = shop.place()
    shop.amazon.add_fault("getOrder", "throttle")

    run = pull_after(shop, minutes=3)

    assert (run.outcome, run.error_code, run.created) == (SyncRun.Outcome.WAITING, "throttled", 1)
    assert run.cursor == shop.amazon.now()
    assert Order.objects.get().channel_order_id == newest


def test_no_more_than_twenty_are_asked_for_at_once(shop):
    shop.amazon.create_orders(count=25, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", details_in_seconds=10**6)
    shop.pull()

    pull_after(shop, minutes=3)

    assert (len(asked(shop)), len(set(asked(shop)))) == (MOST_AT_ONCE, MOST_AT_ONCE) == (20, 20)


def test_an_order_canceled_while_it_waits_is_not_asked_for(shop):
    order_id = shop.place(details_in_seconds=10**6)
    shop.pull()
    shop.amazon.act(order_id, "cancel")
    shop.pull()

    pull_after(shop, minutes=30)

    assert (asked(shop), AmazonOrder.objects.get().read_again_at) == ([], None)


def test_an_account_without_the_role_sees_what_is_missing(shop):
    shop.amazon.set_options(roles=["inventory_and_order_tracking"])
    shop.place()
    shop.pull()
    AmazonOrder.objects.update(readings=4)

    pull_after(shop, minutes=3)

    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.commerce_order) == ("details_missing", None)
    assert row.problem_detail.startswith("Amazon has not sent: buyer, address. ")


def test_an_order_that_amazon_fails_on_does_not_come_first_again(shop):
    for _ in range(2):
        shop.place(details_in_seconds=10**6)
    shop.pull()
    shop.amazon.add_fault("getOrder", "status", nth=1, args={"status": 500, "code": "InternalFailure"})

    assert pull_after(shop, minutes=3).error_code == "unavailable"
    (failed,) = asked(shop)
    assert pull_after(shop, minutes=4).outcome == SyncRun.Outcome.DONE
    assert failed not in asked(shop)
