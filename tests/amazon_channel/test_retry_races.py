"""Retries while others do the same. Each race has a control without its guard."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.models.confirmations import ShipmentConfirmationQuerySet
from amazon_channel.services import batch, store
from amazon_channel.services.reading_again import retry_orders
from commerce_orders.models import Order, OrderEvent, ProblemRetry
from commerce_orders.problems import source_of
from commerce_orders.services import retries
from commerce_orders.services.retries import carry_out, retry_all, retry_chosen
from tests.amazon_channel.problems import make_confirmation, make_held_order
from tests.amazon_channel.readings import changed, plain_order
from tests.amazon_channel.test_concurrency import at_once
from tests.factories import NOW, make_account

together = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one writer in at a time, and threads cannot share one in memory",
)


def retry_refused(confirmation: ShipmentConfirmation) -> ProblemRetry:
    reason = "shipment_refused"
    return retry_chosen(source=source_of(reason), reason=reason, keys=[confirmation.pk], actor="ada", now=NOW)


@together
@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_refused_shipment_again_send_it_once():
    confirmation = make_confirmation("rejected")

    results = at_once(*[lambda: retry_refused(confirmation)] * 4)

    assert sorted(retry.retried for retry in results) == [0, 0, 0, 1]
    assert OrderEvent.objects.filter(reason="sent_again").count() == 1


@together
@pytest.mark.django_db(transaction=True)
def test_without_the_comparison_the_shipment_is_sent_again_by_each(monkeypatch):
    """The control: whoever does not ask whether it is still refused sends it again, and says so on the timeline."""
    confirmation = make_confirmation("rejected")
    monkeypatch.setattr(ShipmentConfirmationQuerySet, "refused", lambda self: self)

    at_once(*[lambda: retry_refused(confirmation)] * 4)

    assert OrderEvent.objects.filter(reason="sent_again").count() == 4


@together
@pytest.mark.django_db(transaction=True)
def test_workers_that_carry_out_the_same_retry_take_each_slice_once(monkeypatch):
    monkeypatch.setattr(retries, "SLICE", 2)
    for _ in range(9):
        make_held_order()
    retry = retry_all(source=source_of("does_not_add_up"), reason="does_not_add_up", actor="ada", now=NOW)

    at_once(*[lambda: carry_out(retry_id=retry.pk, now=NOW)] * 4)

    assert ProblemRetry.objects.get().retried == 9


@together
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_slices_are_taken_by_each(monkeypatch):
    """The control: workers that do not wait for each other begin at the same place and do the same again."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    turn, taken, find = threading.Barrier(2), [], retries.newest_problems

    def find_together(*args, **options):
        rows = find(*args, **options)
        turn.wait(10)
        taken.extend(row.pk for row in rows)
        return rows

    monkeypatch.setattr(retries, "newest_problems", find_together)
    order = make_held_order()
    retry = retry_all(source=source_of("does_not_add_up"), reason="does_not_add_up", actor="ada", now=NOW)

    at_once(*[lambda: carry_out(retry_id=retry.pk, now=NOW)] * 2)

    assert taken == [order.pk, order.pk]


@pytest.fixture
def overtaken(monkeypatch):
    """An order to be decided about anew, which another worker stores at a later version in the middle of it."""
    account = make_account()
    order = changed(plain_order(), "proceeds.grandTotal.amount", "99.99")
    store.store_page(account=account, orders=[order], now=NOW)
    retry_orders(orders=[AmazonOrder.objects.get()], now=NOW)
    later = changed(plain_order(), "lastUpdatedTime", "2026-11-20T18:00:00Z")
    later = changed(later, "orderItems.0.product.title", "Newer")
    read, reads = store.read_order, []

    def read_and_be_overtaken(raw, version):
        reading = read(raw, version)
        if not reads:
            reads.append(reading)
            store.store_page(account=account, orders=[later], now=NOW + timedelta(seconds=1))
        return reading

    monkeypatch.setattr(store, "read_order", read_and_be_overtaken)
    return account


@pytest.mark.django_db
def test_deciding_about_an_old_copy_never_replaces_a_version_that_came_meanwhile(overtaken):
    store.decide_again(account=overtaken, now=NOW)

    row = AmazonOrder.objects.get()
    assert (row.last_updated_at.hour, row.items.first().title, row.problem_code) == (18, "Newer", "")
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_without_the_comparison_the_old_copy_wins(overtaken, monkeypatch):
    """The control."""
    monkeypatch.setattr(batch, "_is_to_store", lambda *_: True)

    store.decide_again(account=overtaken, now=NOW)

    assert AmazonOrder.objects.get().items.first().title != "Newer"
