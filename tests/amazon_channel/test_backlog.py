"""What is left of earlier searches never delays what is new, and what is new never starves it."""

from datetime import timedelta

import pytest

from amazon_channel.models import RateBudget, ReadingWindow
from amazon_channel.services import backlog, budgets, pull
from amazon_channel.services.accounts import change_account
from amazon_channel.services.backlog import MOST_HOLDING_CURSOR
from tests.amazon_channel.pulling import DONE, FAILED, WAITING, place_many, searches, state, stored
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = 86_400
POLL = 240  # seconds: the sweep comes every minute, and a pull is due three minutes after the last one


def windows():
    return list(ReadingWindow.objects.order_by("updated_before").values_list("pages", "holds_cursor"))


def clock_of(shop):
    """Ours goes by Amazon's."""
    return shop.amazon.now


def poll(shop):
    shop.amazon.set_clock(advance_seconds=POLL)
    return shop.pull(clock=clock_of(shop))


def test_a_backlog_does_not_delay_what_is_new(shop):
    """Row 24: sixty pages to catch up with at Amazon's own rate, and an order arrives before each poll."""
    shop.amazon.set_options(rate_scale=1)
    place_many(shop, 6000, age_seconds=3 * DAY)
    lags, waiting = [], {}

    first = shop.pull(clock=clock_of(shop))
    assert (first.outcome, first.pages, first.cursor) == (WAITING, 20, None)
    for number in range(40):
        waiting[shop.place()] = number
        poll(shop)
        for order_id in set(waiting) & stored(shop):
            lags.append(number - waiting.pop(order_id) + 1)

    assert max(lags) <= 2
    assert len(waiting) <= 1
    assert state(shop).cursor is None
    assert ReadingWindow.objects.get().pages >= 20 + 40 * (POLL * 0.0056 * 0.98 - 0.55)
    refused = [entry for entry in shop.amazon.log(operation="searchOrders") if entry["status"] == 429]
    assert refused == []


def test_without_taking_turns_the_backlog_would_starve_or_delay_what_is_new(shop, monkeypatch):
    """The control: read strictly first, what is new takes every call there is at this rate of polls."""
    monkeypatch.setattr(pull, "OUT_OF_CALLS", frozenset())
    shop.amazon.set_options(rate_scale=1)
    place_many(shop, 3000, age_seconds=3 * DAY)
    shop.pull(clock=clock_of(shop))
    (before, _), *_ = windows()

    for _ in range(8):
        poll(shop)

    assert windows()[0][0] == before


def test_a_backlog_ends_and_the_cursor_jumps_to_where_live_reading_is(shop):
    shop.amazon.set_options(rate_scale=1)
    ids = place_many(shop, 2500, age_seconds=3 * DAY)
    shop.pull(clock=clock_of(shop))
    for _ in range(3):
        poll(shop)
    assert (state(shop).cursor, len(stored(shop)) < 2500) == (None, True)
    live = state(shop).read_to
    shop.amazon.set_clock(advance_seconds=3600)

    done = shop.pull(clock=clock_of(shop))

    assert (done.outcome, stored(shop)) == (DONE, set(ids))
    assert live < state(shop).cursor == shop.amazon.now()
    assert (state(shop).read_to, windows()) == (None, [])


def test_a_reserve_is_left_to_what_is_new(shop):
    shop.amazon.set_options(rate_scale=1)
    place_many(shop, 4500, age_seconds=3 * DAY)
    shop.pull(clock=clock_of(shop))
    shop.amazon.set_clock(advance_seconds=1500)
    assert shop.pull(clock=clock_of(shop)).pages == 8  # the backlog's turn
    shop.amazon.set_clock(advance_seconds=1500)

    run = shop.pull(clock=clock_of(shop))

    assert (run.outcome, run.error_code, run.pages) == (WAITING, "budget_empty", 5)
    assert RateBudget.objects.get(operation="searchOrders").tokens >= budgets.LIVE_RESERVE
    assert run.goes_on_at > shop.amazon.now()
    assert state(shop).not_before <= state(shop).succeeded_at == shop.amazon.now()


def test_live_reading_that_the_budget_interrupts_is_gone_on_with_first(shop):
    """A shop with more than a page of changes in each overlap must not read the first page for ever."""
    shop.amazon.set_options(rate_scale=1)
    shop.pull(clock=clock_of(shop))
    RateBudget.objects.update(tokens=0.0)
    newest = place_many(shop, 150)

    first, second = poll(shop), poll(shop)

    assert (first.outcome, first.pages) == (WAITING, 1)
    assert second.pages == 1
    assert set(newest) <= stored(shop)


def test_pulls_that_are_interrupted_again_and_again_leave_few_windows(shop):
    """An outage in which only first pages come."""
    shop.amazon.add_fault("searchOrders", "html", nth=2, times=1)
    ids = set(place_many(shop, 150))
    for _ in range(MOST_HOLDING_CURSOR + 5):
        shop.amazon.clear_faults()
        ids |= set(place_many(shop, 150))
        shop.amazon.set_clock(advance_seconds=POLL)
        for nth in range(2, 5):
            shop.amazon.add_fault("searchOrders", "html", nth=nth)
        assert shop.pull().outcome == FAILED
    assert ReadingWindow.objects.count() <= MOST_HOLDING_CURSOR
    assert state(shop).cursor is None

    shop.amazon.clear_faults()
    done = shop.pull()

    assert (done.outcome, stored(shop)) == (DONE, ids)
    assert (state(shop).cursor, windows()) == (shop.amazon.now(), [])


def test_a_window_that_cannot_be_read_does_not_stop_the_others(shop):
    ids = place_many(shop, 150, age_seconds=3 * DAY)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    shop.amazon.set_clock(advance_seconds=POLL)
    newest = shop.place()
    shop.amazon.add_fault("searchOrders", "truncate", nth=2, args={"at": 20})

    failed = shop.pull()

    assert (failed.outcome, failed.error_code) == (FAILED, "unreadable_reply")
    assert newest in stored(shop)
    assert ReadingWindow.objects.get().not_before is not None
    waiting = shop.pull()  # what is new
    assert (waiting.outcome, waiting.error_code, waiting.pages) == (WAITING, "window_waits", 1)
    assert abs(waiting.goes_on_at - ReadingWindow.objects.get().not_before) < timedelta(seconds=1)
    assert state(shop).not_before is None
    shop.account.refresh_from_db()
    assert shop.account.error_code == "unreadable_reply"
    assert (state(shop).cursor, ReadingWindow.objects.count()) == (None, 1)
    done = shop.pull(clock=shop.later(minutes=16))
    assert (done.outcome, stored(shop)) == (DONE, {*ids, newest})


def test_filters_stay_those_of_the_first_page(shop):
    """Row 17: the account's marketplaces change while a token is in use."""
    ids = place_many(shop, 150, age_seconds=3 * DAY)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    ReadingWindow.objects.update(holds_cursor=False)  # as of a backfill, which an added marketplace leaves alone
    change_account(account=shop.account, marketplaces=["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"], now=NOW)
    shop.amazon.clear_log()

    done = shop.pull()

    kept = [query for query in searches(shop) if "paginationToken" in query][-1]
    assert kept["marketplaceIds"] == "ATVPDKIKX0DER"
    assert (done.outcome, stored(shop)) == (DONE, set(ids))


def test_a_pull_without_a_backlog_costs_a_call_a_page(shop):
    place_many(shop)

    assert shop.pull().api_calls == 3
    for calls in (3, 1):  # once more with the overlap, then without
        shop.amazon.set_clock(advance_seconds=3600)
        assert shop.pull().api_calls == calls
    assert windows() == []


def test_a_job_that_takes_too_long_ends_at_a_page_and_goes_on(shop):
    ids = place_many(shop)
    start, steps = shop.amazon.now(), iter(range(10_000))

    def slow():
        return start + timedelta(seconds=next(steps))

    run = shop.pull(clock=slow, time_limit=timedelta(seconds=12))

    assert (run.outcome, run.error_code) == (WAITING, "time_up")
    assert 1 <= run.pages < 3
    assert shop.pull().outcome == DONE
    assert stored(shop) == set(ids)


def test_a_window_is_read_even_if_the_run_dies_between_two_pages(shop, monkeypatch):
    """The place stands after each page, because at Amazon's rate a page costs three minutes."""
    place_many(shop, 350, age_seconds=3 * DAY)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    saved = []
    monkeypatch.setattr(backlog, "_save", lambda window, *, lease: saved.append((window.pages, window.token)))

    shop.pull()

    assert [pages for pages, _token in saved] == [2, 3]
    assert len({token for _pages, token in saved}) == 2
