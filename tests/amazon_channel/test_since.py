"""Reading back to a moment of one's choice: in windows that survive refusals, crashes and empty budgets."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import ReadingWindow
from amazon_channel.services.backlog import MOST_RESTARTS
from tests.amazon_channel.pulling import DONE, FAILED, WAITING, place_many, searches, state, stored

pytestmark = pytest.mark.django_db

DAY = 86_400


def days_ago(shop, days):
    return (shop.amazon.now() - timedelta(days=days)).replace(microsecond=0)


def places(shop, *ages, count=60):
    """Orders that changed so many days ago."""
    return {order_id for age in ages for order_id in place_many(shop, count, age_seconds=age * DAY)}


def window_bounds(query):
    return query["lastUpdatedAfter"], query.get("lastUpdatedBefore")


def test_what_the_budget_does_not_allow_now_later_pulls_read(shop):
    shop.amazon.set_options(rate_scale=1)
    shop.pull(clock=shop.amazon.now)
    cursor = state(shop).cursor
    ids = places(shop, *range(31, 71, 2), count=100)

    run = shop.pull(since=days_ago(shop, 80), clock=shop.amazon.now)

    assert (run.outcome, run.error_code, run.pages, run.cursor) == (WAITING, "budget_empty", 16, cursor)
    assert run.goes_on_at > shop.amazon.now()
    assert state(shop).not_before is None  # what is new does not wait
    newest = shop.place()
    while ReadingWindow.objects.exists():
        shop.amazon.set_clock(advance_seconds=240)
        run = shop.pull(clock=shop.amazon.now)
        assert len(searches(shop)) < 60
    assert (run.outcome, stored(shop)) == (DONE, ids | {newest})
    assert state(shop).cursor == shop.amazon.now()


def test_asking_again_goes_on_instead_of_beginning_anew(shop):
    shop.pull()
    places(shop, 40, 50, 60)
    since = days_ago(shop, 80)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    assert shop.pull(since=since).outcome == FAILED
    token = ReadingWindow.objects.get().token
    shop.amazon.clear_log()

    assert shop.pull(since=since).outcome == DONE

    (query,) = searches(shop)
    assert query["paginationToken"] == token


def test_a_refused_token_halves_the_window_until_it_fits_a_page(shop):
    """Row 16 at its worst: Amazon takes no token at all, whatever is asked."""
    ids = places(shop, 35, 40, 45, 50, 55)
    shop.pull()
    shop.amazon.clear_log()
    shop.amazon.set_options(page_token_lifetime_seconds=0)

    run = shop.pull(since=days_ago(shop, 60))

    assert (run.outcome, stored(shop)) == (DONE, ids)
    assert ReadingWindow.objects.count() == 0
    assert len(searches(shop)) <= 25
    whole = {}
    for query in searches(shop):
        whole[window_bounds(query)] = "paginationToken" not in query
    leaves = sorted(bounds for bounds, is_whole in whole.items() if is_whole)
    assert leaves[0][0] == searches(shop)[0]["lastUpdatedAfter"]
    assert all(earlier[1] >= later[0] for earlier, later in itertools.pairwise(leaves))


def test_a_token_that_is_a_day_old_is_not_tried(shop):
    shop.pull()
    ids = places(shop, 40, 50, 60)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull(since=days_ago(shop, 80))
    old = ReadingWindow.objects.get().token
    shop.amazon.clear_log()

    run = shop.pull(clock=shop.later(hours=24))

    assert (run.outcome, stored(shop)) == (DONE, ids)
    assert old not in [query.get("paginationToken") for query in searches(shop)]


def test_orders_of_one_second_that_fit_no_page_end_in_words(shop):
    """A window cannot be halved for ever: it is begun anew a few times, and then said to be stuck."""
    place_many(shop, 250, age_seconds=40 * DAY)
    shop.pull()
    shop.amazon.clear_log()
    shop.amazon.set_options(page_token_lifetime_seconds=0)

    run = shop.pull(since=days_ago(shop, 41))

    assert (run.outcome, run.error_code) == (FAILED, "window_stuck")
    assert run.error_detail.startswith("Amazon does not let the changes be read to their end: 20")
    # 41 days are halved 22 times: a page and its refused token, and the empty half.
    assert len(searches(shop)) <= 3 * 22 + 2 * (MOST_RESTARTS + 1)
    assert ReadingWindow.objects.get().not_before > timezone.now() + timedelta(minutes=50)
    shop.amazon.clear_log()
    assert shop.pull().error_code == "window_waits"
    assert len(searches(shop)) == 1  # what is new
    shop.amazon.set_options(page_token_lifetime_seconds=DAY)
    done = shop.pull(clock=shop.later(minutes=61))
    assert (done.outcome, len(stored(shop)), ReadingWindow.objects.count()) == (DONE, 250, 0)


def test_bounds_are_amazons_own_whatever_our_clock_says(shop):
    """Row 11: our clock is five minutes ahead, and Amazon refuses bounds later than its own now less two minutes."""
    shop.amazon.set_options(search_delay_seconds=120)
    ids = place_many(shop, 250, age_seconds=3600)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull(clock=shop.later(minutes=5), since=days_ago(shop, 2))
    ReadingWindow.objects.update(token="v2+/refused")

    run = shop.pull(clock=shop.later(minutes=5))

    assert (run.outcome, stored(shop)) == (DONE, set(ids))
    assert [entry["status"] for entry in shop.amazon.log(operation="searchOrders")].count(400) == 1


def test_an_access_token_that_runs_out_between_two_pages_repeats_and_skips_none(shop):
    """Row 14."""
    ids = place_many(shop, 450)
    shop.amazon.add_fault("searchOrders", "expire_token", nth=4)

    run = shop.pull()

    tokens = [query.get("paginationToken") for query in searches(shop)]
    assert (run.outcome, run.pages, run.seen, stored(shop)) == (DONE, 5, 450, set(ids))
    assert tokens[3] == tokens[4]  # the refused call and its repetition
    assert len(set(tokens)) == 5
    assert len(shop.amazon.log(operation="token")) == 2


def test_a_first_pull_back_to_a_moment_sets_the_cursor(shop):
    ids = places(shop, 40, 50)

    run = shop.pull(since=days_ago(shop, 60))

    assert (run.outcome, run.api_calls, stored(shop)) == (DONE, 2, ids)
    assert run.cursor == shop.amazon.now()


def test_a_first_pull_that_is_interrupted_holds_the_cursor_until_it_is_done(shop):
    ids = places(shop, 40, 50)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    failed = shop.pull(since=days_ago(shop, 60))
    assert (failed.outcome, failed.cursor) == (FAILED, None)

    done = shop.pull()

    assert (done.cursor, stored(shop)) == (shop.amazon.now(), ids)
