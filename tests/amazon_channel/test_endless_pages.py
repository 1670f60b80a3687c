"""Pages that lead nowhere cost a bounded number of calls, are named, and keep nothing else from being read."""

import pytest

from amazon_channel.models import ReadingWindow
from amazon_channel.services.walks import MOST_IDLE_PAGES
from tests.amazon_channel.pulling import DONE, FAILED, place_many, searches, state, stored

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fault", ["empty_page_with_token", "duplicate_page"])
def test_pages_without_end_are_given_up(shop, fault):
    """Rows 18 and 19: each page has a token of its own, and brings nothing."""
    ids = place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", fault)

    run = shop.pull()

    assert (run.outcome, run.error_code) == (FAILED, "page_loop")
    assert run.api_calls <= MOST_IDLE_PAGES + 1
    assert run.error_detail == "Amazon gave 10 pages in a row with nothing new"
    assert state(shop).cursor is None
    shop.amazon.clear_faults()
    done = shop.pull()
    assert (done.outcome, stored(shop)) == (DONE, set(ids))
    assert state(shop).cursor == shop.amazon.now()


def test_while_it_lasts_what_is_new_is_read_and_calls_stay_few(shop):
    place_many(shop, 150, age_seconds=86_400)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    newest = shop.place()
    shop.amazon.clear_log()
    shop.amazon.add_fault("searchOrders", "empty_page_with_token", nth=2, times=1000)

    assert shop.pull().error_code == "page_loop"
    assert newest in stored(shop)
    assert len(searches(shop)) <= MOST_IDLE_PAGES + 2
    shop.amazon.clear_faults()
    shop.amazon.clear_log()
    assert shop.pull().error_code == "window_waits"
    assert len(searches(shop)) == 1  # the window waits a quarter of an hour


def test_a_token_that_returns_itself_in_a_window_begins_it_anew(shop):
    ids = place_many(shop, 150, age_seconds=86_400)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    shop.pull()
    shop.amazon.add_fault("searchOrders", "same_token", nth=2)

    assert shop.pull().error_code == "page_loop"

    window = ReadingWindow.objects.get()
    assert (window.token, window.is_bounded) == ("", True)
    assert shop.pull(clock=shop.later(minutes=16)).outcome == DONE
    assert stored(shop) == set(ids)


def test_some_empty_pages_are_walked_over(shop):
    ids = place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "empty_page_with_token", nth=1, times=MOST_IDLE_PAGES - 1)

    run = shop.pull()

    assert (run.outcome, stored(shop)) == (DONE, set(ids))
