"""Two who want different things of one order at the same moment. Each race has a control without its guard."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.push import SENDING_LEASE, push_shipments
from commerce_orders.models import Cancellation, Order, Shipment
from commerce_orders.services import cancellation, fulfilment
from commerce_orders.services.cancellation import CancellationRefused, request_cancellation
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import ShipmentRefused
from tests.amazon_channel.shipping import packages_at_amazon, push, ship
from tests.amazon_channel.test_concurrency import at_once, ship_everything
from tests.factories import NOW, make_amazon_order

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="SQLite lets one writer in at a time, and threads cannot share one in memory",
    ),
]

NEW = "1Z999AA10999999999"


@pytest.fixture
def order(db: None) -> Order:
    order = make_amazon_order().commerce_order
    assert order
    return order


def cancel(order: Order) -> Cancellation:
    return request_cancellation(order_id=order.pk, reason="NoInventory", actor="bea", now=NOW)


def test_of_two_who_cancel_one_is_refused(order: Order) -> None:
    results = at_once(*[lambda: cancel(order)] * 4)

    refusals = [result.code for result in results if isinstance(result, CancellationRefused)]
    assert refusals == ["cancellation_requested"] * 3
    assert Cancellation.objects.count() == 1
    assert order.events.filter(kind="cancel_requested").count() == 1


def test_without_the_checks_the_database_keeps_one_open_cancellation(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the lock's checks gone the second request reaches the constraint, which holds."""
    monkeypatch.setattr(cancellation, "_check_order", lambda _order: None)

    results = at_once(*[lambda: cancel(order)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["Cancellation", "IntegrityError"]
    assert Cancellation.objects.count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_of_one_who_cancels_and_one_who_ships_one_is_refused(order: Order, turn: int) -> None:
    calls = [lambda: cancel(order), lambda: ship_everything(order)]

    results = at_once(*(calls if turn % 2 else calls[::-1]))

    order.refresh_from_db()
    outcome = {getattr(result, "code", type(result).__name__) for result in results}
    if order.status == "complete":
        assert outcome == {"Shipment", "order_complete"}
        assert (Shipment.objects.count(), Cancellation.objects.count()) == (1, 0)
    else:
        assert outcome == {"Cancellation", "cancellation_requested"}
        assert (Shipment.objects.count(), Cancellation.objects.count()) == (0, 1)
        assert (order.status, order.cancellation_requested_at) == ("processing", NOW)


def test_without_the_lock_both_would_win(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: who ships has looked at the order, and does not see that it is canceled meanwhile."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda orders, **_options: orders.all())
    has_looked, is_canceled = threading.Event(), threading.Event()
    check = fulfilment.check_order

    def check_and_dawdle(read: Order) -> None:
        check(read)
        has_looked.set()
        assert is_canceled.wait(10)

    def cancel_meanwhile() -> Any:
        assert has_looked.wait(10)
        try:
            return cancel(order)
        finally:
            is_canceled.set()

    monkeypatch.setattr(fulfilment, "check_order", check_and_dawdle)

    results = at_once(cancel_meanwhile, lambda: ship_everything(order))

    assert [type(result) for result in results] == [Cancellation, Shipment]
    assert (Order.objects.get().status, Cancellation.objects.get().state) == ("complete", "requested")


@pytest.mark.parametrize("workers", [1, 3])
def test_a_correction_beside_workers_that_push_reaches_amazon_last(shop: Any, workers: int) -> None:
    order_id = shop.place()
    shop.pull()
    shipment = ship(order_id)

    at_once(
        lambda: correct_shipment(shipment_id=shipment.pk, actor="bea", now=timezone.now(), tracking_number=NEW),
        *[lambda: push_shipments(account=shop.account)] * workers,
    )
    push(shop, seconds=SENDING_LEASE.total_seconds() + 1)

    confirmation = ShipmentConfirmation.objects.get()
    assert packages_at_amazon(shop, order_id) == [(confirmation.package_reference_id, NEW)]
    shop.pull()
    confirmation.refresh_from_db()
    assert confirmation.state == "confirmed"


def test_one_unit_is_never_shipped_and_canceled(order: Order) -> None:
    results = at_once(*[lambda: cancel(order), lambda: ship_everything(order)] * 3)

    won = [result for result in results if not isinstance(result, CancellationRefused | ShipmentRefused)]
    assert len(won) == 1
