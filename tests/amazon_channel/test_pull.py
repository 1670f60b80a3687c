"""The way in: what a pull asks, stores and remembers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder
from amazon_channel.services.accounts import change_account
from commerce_orders.models import Order
from commerce_orders.states import OrderStatus
from tests.amazon_channel.pulling import DONE, FAILED, place_many, searches, since, state, stored, whole_second
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_pending_order_is_mirrored_and_hidden(shop):
    order_id = shop.place(status="PENDING")

    run = shop.pull()

    row = AmazonOrder.objects.get()
    assert (run.outcome, run.error_detail) == (DONE, "")
    assert (row.amazon_order_id, row.status, row.commerce_order) == (order_id, "PENDING", None)
    assert not AmazonOrder.objects.listed().exists()


def test_verified_order_makes_a_commerce_order_of_a_guest(shop):
    order_id = shop.place(quantities=(1, 2))

    run = shop.pull()

    order = Order.objects.get()
    assert (run.seen, run.created, run.commerce_orders_created) == (1, 1, 1)
    assert (order.channel_order_id, order.status, order.is_guest) == (order_id, OrderStatus.PROCESSING, True)
    assert [(line.sku, line.quantity) for line in order.lines.all()] == [("SKU-1", 1), ("SKU-2", 2)]
    assert AmazonOrder.objects.get().commerce_order == order


def test_a_page_is_one_call_and_complete_orders_need_no_other(shop):
    place_many(shop)

    run = shop.pull()

    assert (run.pages, run.api_calls, run.seen, run.created, run.commerce_orders_created) == (3, 3, 250, 250, 250)
    assert [entry["operation"] for entry in shop.amazon.log()] == ["token", *["searchOrders"] * 3]
    assert not any("lastUpdatedBefore" in query for query in searches(shop))
    assert Order.objects.count() == 250


def test_the_first_pull_looks_some_days_back(shop, settings):
    settings.AMAZON_FIRST_PULL_DAYS = 3
    now = timezone.now()

    shop.pull(clock=lambda: now)

    assert since(searches(shop)[0]) == whole_second(now - timedelta(days=3))


def test_the_cursor_is_amazons_bound_of_the_first_page_and_the_next_pull_overlaps(shop, settings):
    settings.AMAZON_OVERLAP_SECONDS = 600
    place_many(shop, 150)
    first_bound = shop.amazon.now()
    shop.amazon.add_fault("searchOrders", "delay", nth=2, args={"seconds": 0})

    run = shop.pull()

    assert state(shop).cursor == run.cursor == first_bound
    shop.amazon.clear_log()
    shop.amazon.set_clock(advance_seconds=60)
    again = shop.pull()
    assert since(searches(shop)[0]) == whole_second(first_bound - timedelta(seconds=600))
    assert (again.seen, again.unchanged, again.created, again.updated) == (150, 150, 0, 0)
    assert again.cursor == first_bound + timedelta(seconds=60)


def test_an_order_that_appears_late_with_an_old_time_is_found_in_the_overlap(shop):
    shop.pull()
    shop.amazon.set_clock(advance_seconds=900)
    late = shop.place(age_seconds=1000)

    assert shop.pull().created == 1
    assert stored(shop) == {late}


def test_a_failing_page_leaves_the_cursor_and_the_next_run_loses_nothing(shop):
    shop.pull()
    before = state(shop).cursor
    shop.amazon.set_clock(advance_seconds=60)
    ids = place_many(shop)
    shop.amazon.add_fault("searchOrders", "html", nth=2)

    failed = shop.pull()

    assert (failed.outcome, failed.error_code, failed.pages, failed.seen) == (FAILED, "unavailable", 1, 100)
    assert state(shop).cursor == failed.cursor == before
    shop.account.refresh_from_db()
    assert (shop.account.error_code, shop.account.error_detail) == ("unavailable", "Amazon replied 503")
    done = shop.pull()
    assert (done.outcome, stored(shop)) == (DONE, set(ids))
    assert state(shop).cursor == shop.amazon.now()
    shop.account.refresh_from_db()
    assert (shop.account.error_code, shop.account.error_since) == ("", None)


def test_the_time_of_an_error_stays_while_it_lasts(shop):
    shop.amazon.add_fault("searchOrders", "html")
    shop.pull()
    shop.account.refresh_from_db()
    since_when = shop.account.error_since

    shop.pull(clock=shop.later(hours=1))

    shop.account.refresh_from_db()
    assert shop.account.error_since == since_when


def test_a_search_that_is_refused_without_a_token_fails(shop):
    shop.amazon.add_fault("searchOrders", "status", args={"status": 400, "code": "InvalidInput", "message": "No."})

    run = shop.pull()

    assert (run.outcome, run.error_code, run.error_detail, run.api_calls) == (FAILED, "InvalidInput", "No.", 1)
    assert state(shop).cursor is None


def test_since_reads_from_there_and_does_not_leave_a_gap(shop):
    shop.pull()
    cursor = state(shop).cursor
    shop.amazon.set_clock(advance_seconds=7200)
    shop.place(age_seconds=7100)
    newest = shop.place()
    shop.amazon.clear_log()

    run = shop.pull(since=cursor + timedelta(hours=1, minutes=50))

    assert since(searches(shop)[0]) == whole_second(cursor + timedelta(hours=1, minutes=50))
    assert (stored(shop), state(shop).cursor, run.cursor) == ({newest}, cursor, cursor)
    shop.pull()
    assert len(stored(shop)) == 2


def test_since_before_the_cursor_moves_it(shop):
    shop.pull()
    cursor = state(shop).cursor
    shop.amazon.set_clock(advance_seconds=60)

    run = shop.pull(since=cursor - timedelta(days=60))

    assert run.cursor == cursor + timedelta(seconds=60)


def test_a_marketplace_that_is_added_is_read_from_the_beginning(shop, settings):
    canadian = shop.place(marketplace_id="A2EUQ1WTGCTBG2", age_seconds=10 * 86400)
    shop.pull()
    assert stored(shop) == set()

    change_account(account=shop.account, marketplaces=["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"], now=NOW)
    shop.pull()

    assert stored(shop) == {canadian}


def test_a_marketplace_that_is_taken_away_leaves_the_cursor_but_not_the_walk(shop):
    change_account(account=shop.account, marketplaces=["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"], now=NOW)
    shop.pull()
    cursor = state(shop).cursor
    place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    change_account(account=shop.account, marketplaces=["ATVPDKIKX0DER"], now=NOW)
    assert state(shop).cursor == cursor
    shop.amazon.clear_log()

    assert shop.pull().outcome == DONE
    assert "paginationToken" not in searches(shop)[0]
    assert len(stored(shop)) == 150


@pytest.mark.parametrize("fault", [("revoke", {}), ("message", {})])
def test_an_account_without_access_pauses_for_two_polls(shop, fault):
    kind, args = fault
    shop.amazon.add_fault("searchOrders", kind, args=args)
    now = timezone.now()

    run = shop.pull(clock=lambda: now)

    assert (run.outcome, run.error_code) == (FAILED, "access_denied")
    assert state(shop).not_before == now + timedelta(minutes=6)
    assert not type(shop.account).objects.due_for_pull(now + timedelta(minutes=5), every=timedelta(0)).exists()
    assert type(shop.account).objects.due_for_pull(now + timedelta(minutes=6), every=timedelta(0)).exists()
