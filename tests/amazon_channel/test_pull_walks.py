"""A walk over many pages that is interrupted: it goes on where it stopped, or starts anew, and loses nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order
from tests.amazon_channel.pulling import DONE, FAILED, WAITING, place_many, searches, since, state, stored, whole_second

pytestmark = pytest.mark.django_db


def test_a_throttled_run_waits_and_goes_on_at_the_same_page(shop):
    shop.amazon.set_options(rate_scale=1)
    ids = place_many(shop, age_seconds=86_400)
    shop.amazon.add_fault("searchOrders", "throttle", nth=2)
    now = timezone.now()

    waiting = shop.pull(clock=lambda: now)

    assert (waiting.outcome, waiting.error_code, waiting.pages) == (WAITING, "throttled", 1)
    assert state(shop).cursor is None
    wait = (state(shop).not_before - now) / timedelta(seconds=1 / 0.0056)
    assert 1 <= wait <= 1.25
    assert waiting.goes_on_at == state(shop).not_before
    shop.account.refresh_from_db()
    assert shop.account.error_code == ""
    token = searches(shop)[1]["paginationToken"]
    shop.amazon.clear_log()
    later = state(shop).not_before + timedelta(seconds=4)

    budget_is_empty = shop.pull(clock=lambda: later)

    # One call had come back to the budget: it brought the second page; the third waits again.
    assert (budget_is_empty.outcome, budget_is_empty.error_code, budget_is_empty.pages) == (WAITING, "budget_empty", 1)
    assert [query.get("paginationToken") for query in searches(shop)] == [token]
    done = shop.pull(clock=lambda: later + timedelta(hours=1))
    assert (done.outcome, stored(shop)) == (DONE, set(ids))
    assert state(shop).not_before is None


def test_a_walk_that_was_interrupted_goes_on_behind_what_is_new(shop):
    place_many(shop, 150, age_seconds=86_400)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    bound, token = state(shop).read_to, searches(shop)[1]["paginationToken"]
    shop.amazon.set_clock(advance_seconds=2000)
    newest = shop.place()
    shop.amazon.clear_log()

    shop.pull()

    live, kept = searches(shop)
    assert since(live) == whole_second(bound - timedelta(seconds=1800))
    assert "paginationToken" not in live
    assert kept["paginationToken"] == token
    assert newest in stored(shop)
    assert (state(shop).cursor, state(shop).read_to) == (shop.amazon.now(), None)


def test_a_token_older_than_a_day_is_not_used(shop):
    ids = place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    token = searches(shop)[1]["paginationToken"]
    shop.amazon.clear_log()

    run = shop.pull(clock=shop.later(hours=23, seconds=1))

    assert not any(query.get("paginationToken") == token for query in searches(shop))
    assert (run.outcome, stored(shop)) == (DONE, set(ids))


def test_a_token_that_amazon_refuses_halves_the_window(shop):
    ids = place_many(shop, 150, age_seconds=86_400)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    shop.amazon.set_options(page_token_lifetime_seconds=1)
    shop.amazon.set_clock(advance_seconds=2)
    shop.amazon.clear_log()

    run = shop.pull()

    _live, refused, *rest = searches(shop)
    assert (run.outcome, stored(shop)) == (DONE, set(ids))
    assert refused["paginationToken"] and "paginationToken" not in rest[0]
    later_half, earlier_half = rest[0], rest[-1]
    assert later_half["lastUpdatedAfter"] == earlier_half["lastUpdatedBefore"]
    assert earlier_half["lastUpdatedAfter"] == refused["lastUpdatedAfter"]


def test_a_page_that_gives_its_own_token_is_detected(shop):
    place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "same_token")

    run = shop.pull()

    assert (run.outcome, run.error_code) == (FAILED, "page_loop")
    assert run.api_calls == 2
    assert state(shop).cursor is None
    shop.amazon.clear_faults()
    assert shop.pull().outcome == DONE
    assert len(stored(shop)) == 150


@pytest.mark.parametrize("fault", ["duplicate_page", "empty_page_with_token"])
def test_a_page_that_brings_nothing_new_is_walked_over(shop, fault):
    ids = place_many(shop)
    shop.amazon.add_fault("searchOrders", fault, nth=2)

    run = shop.pull()

    assert (run.outcome, run.api_calls, stored(shop)) == (DONE, 4, set(ids))
    assert Order.objects.count() == 250


def test_an_order_that_changes_between_two_pages_is_stored_at_its_newest(shop):
    ids = place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    assert ids[0] in stored(shop)

    shop.amazon.act(ids[0], "request_cancellation")
    shop.pull()

    assert AmazonOrder.objects.get(amazon_order_id=ids[0]).buyer_wants_to_cancel
    assert len(stored(shop)) == 150
