"""An order that kills its workers is set aside; one that was only near when a worker died is not.

A killed worker runs nothing more: here its end is cut off. ``tests/crashes`` kills real processes.
"""

import pytest

from amazon_channel.models import AmazonOrder, PullState
from amazon_channel.services.batch import Batch
from amazon_channel.services.page_reader import PageReader
from amazon_channel.services.pull import Pull
from amazon_channel.services.reading_again import have_order_read
from commerce_orders.models import Order
from tests.amazon_channel.pulling import DONE, place_many, state

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Nothing of the worker is left."""


@pytest.fixture
def deadly(monkeypatch):
    """Orders whose storing kills; the worker's last words are not written."""
    numbers = set()
    store, finish, keep = Batch.store, Pull.finish, PageReader.read
    dead = []

    def store_or_die(self, readings, **options):
        if numbers & {reading.amazon_order_id for reading in readings if hasattr(reading, "items")}:
            dead.append(True)
            raise Killed
        return store(self, readings, **options)

    def finish_if_alive(self, *arguments, **options):
        if dead:
            raise Killed
        return finish(self, *arguments, **options)

    def read_if_alive(self, *arguments, **options):
        dead.clear()
        return keep(self, *arguments, **options)

    monkeypatch.setattr(Batch, "store", store_or_die)
    monkeypatch.setattr(Pull, "finish", finish_if_alive)
    monkeypatch.setattr(PageReader, "read", read_if_alive)
    return numbers


def die(shop, **options):
    with pytest.raises(Killed):
        shop.pull(**options)
    PullState.objects.update(leased_until=None)  # it runs out


def test_the_order_that_kills_is_set_aside_and_the_others_go_on(shop, deadly):
    """Rows 28 and 41: two runs that take whole pages, two careful ones that name the order, then it is known."""
    ids = place_many(shop, 20)
    deadly.add(ids[7])
    for suspects in ({}, {}, {ids[7]: 1}, {ids[7]: 2}):
        die(shop)
        assert state(shop).suspects == suspects

    run = shop.pull()

    assert (run.outcome, run.problems) == (DONE, 1)
    assert AmazonOrder.objects.count() == 20
    assert Order.objects.count() == 19
    problem = AmazonOrder.objects.with_problem().get()
    assert (problem.amazon_order_id, problem.problem_code) == (ids[7], "killed_worker")
    assert problem.payload["orderId"] == ids[7]
    assert "buyer" not in problem.payload
    assert (state(shop).unended_runs, state(shop).suspects) == (0, {})
    assert state(shop).cursor == shop.amazon.now()


def test_without_the_counter_it_would_kill_for_ever(shop, deadly, monkeypatch):
    """The control."""
    monkeypatch.setattr("amazon_channel.services.quarantine.DEAD_RUNS_BEFORE_CARE", 1000)
    deadly.add(place_many(shop, 20)[7])

    for _ in range(6):
        die(shop)

    assert not AmazonOrder.objects.exists()


def test_the_same_version_is_not_tried_again_but_the_next_one_is(shop, deadly):
    order_id = shop.place()
    deadly.add(order_id)
    for _ in range(4):
        die(shop)
    shop.pull()
    assert shop.pull().outcome == DONE
    deadly.clear()
    assert shop.pull().updated == 0

    shop.amazon.act(order_id, "touch")

    assert (shop.pull().updated, AmazonOrder.objects.get().problem_code) == (1, "")
    assert Order.objects.get().channel_order_id == order_id


def test_staff_can_have_it_read_again(shop, deadly):
    order_id = shop.place()
    deadly.add(order_id)
    for _ in range(4):
        die(shop)
    shop.pull()
    shop.amazon.set_clock(advance_seconds=7200)
    deadly.clear()

    order = AmazonOrder.objects.get()
    have_order_read(order=order, now=shop.amazon.now())
    shop.pull(clock=shop.later(hours=3))

    order.refresh_from_db()
    assert (order.problem_code, order.commerce_order is None) == ("", False)


def test_what_kills_after_staff_retried_is_set_aside_again(shop, deadly):
    order_id = shop.place()
    deadly.add(order_id)
    for _ in range(4):
        die(shop)
    shop.pull()

    AmazonOrder.objects.update(content_hash="")
    for _ in range(4):
        die(shop)

    assert shop.pull().outcome == DONE
    assert AmazonOrder.objects.get().problem_code == "killed_worker"


def test_a_run_that_ends_in_failure_is_no_death(shop, deadly):
    deadly.add(shop.place())
    die(shop)
    shop.amazon.add_fault("searchOrders", "html", nth=1)
    shop.pull()
    assert state(shop).unended_runs == 0

    die(shop)
    die(shop)

    assert state(shop).suspects == {}


def test_a_worker_that_dies_while_it_fetches_is_held_against_no_order(shop, monkeypatch):
    place_many(shop, 150)
    fetch = PageReader._next_page
    calls = []

    def fetch_or_die(self, window, **options):
        calls.append(window.token)
        if window.token:
            monkeypatch.setattr(Pull, "finish", lambda *_, **__: None)
            raise Killed
        return fetch(self, window, **options)

    monkeypatch.setattr(PageReader, "_next_page", fetch_or_die)
    finish = Pull.finish
    for _ in range(5):
        die(shop)
        monkeypatch.setattr(Pull, "finish", finish)
        assert state(shop).suspects == {}
    monkeypatch.setattr(PageReader, "_next_page", fetch)

    assert shop.pull().outcome == DONE
    assert not AmazonOrder.objects.with_problem().exists()
    assert AmazonOrder.objects.count() == 150
