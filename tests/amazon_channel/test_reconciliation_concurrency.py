"""A pull and a reconciliation of one account at the same moment, on a database that lets them be."""

import threading

import pytest
from django.db import connection  # noqa: F401  read by the mark below
from django.utils import timezone

from amazon_channel.gateway.connection import http_client
from amazon_channel.models import AmazonOrder, OrderDifference, Reconciliation
from amazon_channel.services.pull import pull_orders
from amazon_channel.services.reconciliation import runs
from amazon_channel.services.reconciliation.runs import Hold, ReconciliationRunning, hold, open_reconciliation
from amazon_channel.services.reconciliation.walk import go_on, reconcile_orders
from commerce_orders.models import Order
from customers.models import Contact
from tests.amazon_channel.pulling import DONE as PULLED
from tests.amazon_channel.pulling import place_many, stored
from tests.amazon_channel.reconciling import DONE
from tests.amazon_channel.test_concurrency import at_once
from tests.locks import until_waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor == 'sqlite'",
        reason="SQLite lets one writer in at a time, and threads cannot share one in memory",
    ),
]


@pytest.fixture(autouse=True)
def one_pool():
    """Made before the threads start, which would each make one and leave it behind."""
    http_client()


def pull_and_reconcile(shop):
    return at_once(
        lambda: pull_orders(account=shop.account),
        lambda: reconcile_orders(account=shop.account),
    )


def test_a_pull_and_a_reconciliation_at_once_store_each_order_once(shop, caplog):
    """The control, two who store one page without the account's lock, is in ``test_concurrency``."""
    ids = place_many(shop)

    pulled, reconciled = pull_and_reconcile(shop)

    assert (pulled.outcome, reconciled.outcome) == (PULLED, DONE)
    assert stored(shop) == set(ids)
    assert (AmazonOrder.objects.count(), Order.objects.count(), Contact.objects.count()) == (250, 250, 250)
    assert not AmazonOrder.objects.with_problem().exists()
    assert (reconciled.amazon, reconciled.unsettled) == (250, 0)
    assert "could not be stored at once" not in caplog.text


def test_a_pull_is_not_held_up_by_a_reconciliation_under_way(shop):
    ids = place_many(shop, 5)
    hold(open_reconciliation(account=shop.account, now=timezone.now()), now=timezone.now())

    assert pull_orders(account=shop.account).outcome == PULLED
    assert stored(shop) == set(ids)


def test_one_of_many_workers_goes_on_with_a_reconciliation(shop):
    place_many(shop)
    run = open_reconciliation(account=shop.account, now=timezone.now())

    results = at_once(*[lambda: go_on(run=Reconciliation.objects.get(), account=shop.account)] * 4)

    # Whoever comes late may find it done already, which is as good.
    assert {type(result) for result in results} <= {type(None), ReconciliationRunning}
    run.refresh_from_db()
    assert (run.outcome, run.pages, run.amazon, run.repaired) == (DONE, 3, 250, 250)
    assert len(shop.amazon.log(operation="searchOrders")) == 3


def test_without_the_lease_all_of_them_ask_amazon(shop, monkeypatch):
    """The control: each walks through the whole list; the fence still lets only one of them write."""
    place_many(shop)
    run = open_reconciliation(account=shop.account, now=timezone.now())
    monkeypatch.setattr(
        "amazon_channel.models.reconciliation.ReconciliationQuerySet.free", lambda rows, _now: rows.unfinished()
    )

    at_once(*[lambda: go_on(run=Reconciliation.objects.get(), account=shop.account)] * 4)

    assert len(shop.amazon.log(operation="searchOrders")) > 3
    assert OrderDifference.objects.filter(reconciliation=run).count() <= 250


def test_of_many_who_ask_one_opens(shop):
    now = timezone.now()

    results = at_once(*[lambda: open_reconciliation(account=shop.account, now=now)] * 4)

    assert {result.pk for result in results} == {Reconciliation.objects.get().pk}


def test_without_the_lock_the_database_refuses_a_second_open_one(shop, monkeypatch):
    """The control."""
    now = timezone.now()
    monkeypatch.setattr(runs, "lock_account", lambda _account: None)
    monkeypatch.setattr(runs, "_unfinished", lambda *_: None)

    results = at_once(*[lambda: open_reconciliation(account=shop.account, now=now)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Reconciliation"]


def test_whoever_replaces_a_reconciliation_and_the_worker_that_repairs_for_it_do_not_block_each_other(
    shop, monkeypatch
):
    """The worker has the run when the other comes, who has the account's lock and wants the run."""
    shop.place()
    shop.pull()
    AmazonOrder.objects.update(grand_total=1)
    now = timezone.now()
    run = open_reconciliation(account=shop.account, now=now, days=3)
    is_held, check = threading.Event(), Hold.check

    def check_and_wait(held):
        check(held)
        if not is_held.is_set():
            is_held.set()
            until_waiting(1)

    def replace():
        assert is_held.wait(10)
        return open_reconciliation(account=shop.account, now=now, days=30).pk

    monkeypatch.setattr(Hold, "check", check_and_wait)

    walked, replacing = at_once(lambda: go_on(run=run, account=shop.account), replace)

    assert not isinstance(replacing, Exception), replacing
    assert walked is None, walked
    assert (Reconciliation.objects.get(pk=run.pk).error_code, Reconciliation.objects.unfinished().get().pk) == (
        "replaced",
        replacing,
    )
