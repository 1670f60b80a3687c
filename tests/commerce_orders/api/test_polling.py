"""Other systems keep up by asking again: each change exactly once, whoever writes meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from commerce_orders.api import orders as orders_api
from commerce_orders.models import Order
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.api.test_orders import make_order
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

START = "/api/v1/orders/?updated_after=2020-01-01T00:00:00Z"
Change = tuple[str, int]
needs_postgresql = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite lets one writer in at a time, and in memory has one connection"
)


class Reader:
    """A system that keeps the address where it goes on, and nothing else."""

    def __init__(self, page_size: int = 7) -> None:
        self.client: APIClient = client_with("orders:read")
        self.address = f"{START}&page_size={page_size}"
        self.seen: Counter[Change] = Counter()

    def catch_up(self) -> None:
        while True:
            page = self.client.get(self.address).json()
            self.seen.update((order["number"], order["version"]) for order in page["results"])
            self.address = page["next"] or page["poll"]
            if page["next"] is None:
                return


def change(order: Order, **options: Any) -> None:
    with transaction.atomic():
        record_event(order, EventKind.CHANGED, actor="ada", **({"now": NOW} | options))


@pytest.mark.django_db
def test_reader_sees_each_change_once() -> None:
    reader = Reader(page_size=2)
    reader.catch_up()
    assert not reader.seen
    orders = [make_order() for _ in range(5)]
    reader.catch_up()
    reader.catch_up()
    assert reader.seen == Counter({(order.number, 1): 1 for order in orders})
    change(orders[3])
    change(orders[0])
    reader.catch_up()
    assert reader.seen == Counter(
        {(order.number, 1): 1 for order in orders} | {(orders[3].number, 2): 1, (orders[0].number, 2): 1}
    )


@pytest.mark.django_db
def test_address_to_ask_again_keeps_the_filters_and_is_given_only_with_a_time() -> None:
    make_order()
    client = client_with("orders:read")
    poll = client.get(f"{START}&status=processing").json()["poll"]
    assert "status=processing" in poll
    assert client.get(poll).json() == {"results": [], "next": None, "previous": None, "poll": poll}
    assert client.get("/api/v1/orders/").json()["poll"] is None


@contextmanager
def held_open(work: Callable[[], None]) -> Iterator[None]:
    """``work`` is done in a transaction of another connection, which is committed at the end of the block."""
    is_done, may_commit = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work()
                is_done.set()
                may_commit.wait(30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        result = other.submit(run)
        assert is_done.wait(30)
        try:
            yield
        finally:
            may_commit.set()
            result.result(30)


def follow_two(reader: Reader) -> tuple[Order, Order]:
    """One change is made first and committed last; the reader asks in between and afterwards."""
    take_in(make_draft(1), make_draft(2))
    first, second = Order.objects.order_by("pk")
    reader.catch_up()
    with held_open(lambda: change(first, now=timezone.now())):
        change(second, now=timezone.now())
        reader.catch_up()
    reader.catch_up()
    return first, second


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_change_that_is_committed_late_is_not_missed() -> None:
    reader = Reader()
    first, second = follow_two(reader)
    assert reader.seen == Counter({(order.number, version): 1 for order in (first, second) for version in (1, 2)})


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_horizon_it_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders_api, "settled_until", lambda: None)
    reader = Reader()
    first, second = follow_two(reader)
    assert (second.number, 2) in reader.seen
    assert (first.number, 2) not in reader.seen


def import_orders(*, writers: int, pages: int, orders: int, reader: Reader) -> None:
    """``writers`` accounts take in pages of orders at the same time, and the reader keeps asking."""

    def take_in_pages(writer: int) -> None:
        try:
            for page in range(pages):
                serials = range((writer * pages + page) * orders, (writer * pages + page + 1) * orders)
                take_in(*map(make_draft, serials), channel_account=str(writer), now=timezone.now())
        finally:
            connections.close_all()

    take_in(make_draft(10**6))  # the store and the series of numbers, which all begin with
    with ThreadPoolExecutor(writers) as systems:
        work = [systems.submit(take_in_pages, writer) for writer in range(writers)]
        while not all(each.done() for each in work):
            reader.catch_up()
        for each in work:
            each.result()
    reader.catch_up()


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_each_order_is_seen_once_while_many_are_written() -> None:
    reader = Reader(page_size=50)
    import_orders(writers=4, pages=5, orders=10, reader=reader)
    assert len(reader.seen) == Order.objects.count() == 201
    assert set(reader.seen.values()) == {1}
