"""Two workers at the same moment, on a database that lets them be. Each race has a control without its guard."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.models import (
    AmazonOrder,
    CancellationRequest,
    OrderSettings,
    PullState,
    RateBudget,
    SellerAccount,
    ShipmentConfirmation,
)
from amazon_channel.services.budgets import SEARCH_ORDERS, Budget
from amazon_channel.services.cancellations.push import push_cancellations
from amazon_channel.services.leases import PullRunning, take_lease
from amazon_channel.services.push import push_shipments
from amazon_channel.services.store import store_page
from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment
from commerce_orders.services import fulfilment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin
from customers.models import Contact, Customer
from tests.amazon_channel.canceling import cancel
from tests.amazon_channel.readings import many_orders
from tests.amazon_channel.shipping import TRACKING, ship
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor == 'sqlite'",
        reason="SQLite lets one writer in at a time, and threads cannot share one in memory",
    ),
]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at the same moment, each on a connection of its own; their results or exceptions."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(position: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(10)
            results[position] = calls[position]()
        except Exception as error:
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(position,)) for position in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def page(count: int) -> list[Any]:
    return many_orders(count, status="UNSHIPPED", fulfilled_by="MERCHANT")


def store(account: SellerAccount, orders: list[Any], **options: Any) -> Any:
    return store_page(account=account, orders=orders, now=NOW, **options)


def test_two_workers_that_store_the_same_page_make_each_order_once():
    account, orders = make_account(), page(60)

    results = at_once(*[lambda: store(account, orders)] * 4)

    assert sum(result.created for result in results) == 60
    assert sum(result.commerce_orders_created for result in results) == 60
    assert (AmazonOrder.objects.count(), Order.objects.count(), Contact.objects.count()) == (60, 60, 60)
    assert not AmazonOrder.objects.with_problem().exists()


def test_without_the_lock_the_constraints_still_keep_each_order_single(caplog):
    """The control: without the account's lock workers collide, and what collides is stored one by one."""
    account, orders = make_account(), page(60)

    at_once(*[lambda: store(account, orders, check=lambda: None)] * 4)

    assert (AmazonOrder.objects.count(), Order.objects.count()) == (60, 60)
    assert "could not be stored at once" in caplog.text


def test_workers_that_spend_at_once_get_no_call_more_than_the_budget_has():
    account = make_account()

    results = at_once(*[lambda: [spend(account) for _ in range(5)]] * 6)

    assert sum(sum(calls) for calls in results) == 20


def test_without_the_lock_the_budget_would_be_spent_twice(monkeypatch):
    """The control."""
    account = make_account()
    spend(account)
    RateBudget.objects.update(tokens=20.0)
    monkeypatch.setattr(RateBudget.objects, "select_for_update", RateBudget.objects.all)

    results = at_once(*[lambda: [spend(account) for _ in range(5)]] * 6)

    assert sum(sum(calls) for calls in results) > 20


def spend(account: SellerAccount) -> bool:
    try:
        Budget(account, SEARCH_ORDERS).spend(NOW)
    except AmazonTransient:
        return False
    return True


def test_two_accounts_that_store_at_once_get_numbers_of_their_own():
    accounts = [make_account() for _ in range(4)]
    orders = page(25)

    results = at_once(*[lambda account=account: store(account, orders) for account in accounts])

    assert [result.commerce_orders_created for result in results] == [25] * 4
    numbers = sorted(int(number) for number in Order.objects.values_list("number", flat=True))
    assert numbers == list(range(100_000_001, 100_000_101))


def test_two_accounts_with_the_same_buyers_make_each_customer_once():
    accounts = [make_account() for _ in range(2)]
    orders = page(40)
    for account in accounts:
        OrderSettings.objects.filter(account=account).update(customer_creation="create")

    at_once(lambda: store(accounts[0], orders), lambda: store(accounts[1], orders[::-1]))

    assert Customer.objects.count() == len({order["buyer"]["buyerEmail"] for order in orders})
    assert Order.objects.filter(is_guest=False).count() == 80


def test_parallel_intake_gives_no_number_twice():
    take_in(make_draft(0))
    drafts = [[make_draft(10 * worker + serial) for serial in range(1, 10)] for worker in range(1, 6)]

    at_once(*[lambda some=some: take_in(*some) for some in drafts])

    assert Order.objects.values("number").distinct().count() == Order.objects.count() == 46


def test_one_of_many_workers_gets_the_lease():
    account = make_account()

    results = at_once(*[lambda: take_lease(account, now=NOW)] * 6)

    assert sorted(isinstance(result, PullRunning) for result in results) == [False] + [True] * 5
    assert PullState.objects.get().fence == 1


def ship_everything(order: Order) -> Shipment:
    return record_shipment(
        order_id=order.pk,
        package=Package(carrier_code="UPS", tracking_number=TRACKING),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )


def test_of_two_who_ship_the_same_units_one_is_refused():
    order = make_amazon_order().commerce_order

    results = at_once(*[lambda: ship_everything(order)] * 4)

    refusals = [result for result in results if isinstance(result, ShipmentRefused)]
    assert [refusal.code for refusal in refusals] == ["nothing_left_to_ship"] * 3
    assert (Shipment.objects.count(), ShipmentConfirmation.objects.count()) == (1, 1)
    assert [line.quantity_shipped for line in OrderLine.objects.all()] == [1, 2]


def test_without_the_checks_the_database_refuses_to_ship_units_twice(monkeypatch):
    """The control: with the lock's checks gone the second package reaches the constraint, which holds."""
    order = make_amazon_order().commerce_order
    lines = {line.pk: line.quantity for line in order.lines.all()}
    monkeypatch.setattr(fulfilment, "check_order", lambda _order: None)
    monkeypatch.setattr(fulfilment, "_check_quantities", lambda *_: lines)

    results = at_once(*[lambda: ship_everything(order)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Shipment"]
    assert Shipment.objects.count() == 1


def test_workers_that_push_at_once_send_each_package_once(shop):
    order_ids = [shop.place() for _ in range(8)]
    shop.pull()
    for order_id in order_ids:
        ship(order_id)

    reports = at_once(*[lambda: push_shipments(account=shop.account)] * 4)

    assert sum(report.sent for report in reports) == 8
    told = [entry["path"].split("/")[4] for entry in shop.amazon.log(operation="confirmShipment")]
    assert sorted(told) == sorted(order_ids)
    assert set(ShipmentConfirmation.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_workers_that_cancel_at_once_ask_for_each_order_once(shop):
    order_ids = [shop.place() for _ in range(8)]
    shop.pull()
    for order_id in order_ids:
        cancel(order_id)

    reports = at_once(*[lambda: push_cancellations(account=shop.account)] * 4)

    assert sum(report.sent for report in reports) == 8
    asked = [message["amazonOrderId"] for feed in shop.amazon.feeds() for message in feed["messages"]]
    assert sorted(asked) == sorted(order_ids)
    assert set(CancellationRequest.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_workers_that_read_the_answers_while_a_pull_does_take_each_once(shop):
    order_ids = [shop.place() for _ in range(8)]
    shop.pull()
    for order_id in order_ids:
        cancel(order_id)
    push_cancellations(account=shop.account)
    later = shop.later(minutes=2)

    at_once(*[lambda: push_cancellations(account=shop.account, clock=later)] * 3, shop.pull)

    assert set(CancellationRequest.objects.values_list("state", flat=True)) == {"accepted"}
    events = OrderEvent.objects.filter(to_status="canceled")
    assert events.count() == Order.objects.filter(status="canceled").count() == 8
    assert not AmazonOrder.objects.with_problem().exists()
