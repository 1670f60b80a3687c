"""The table of statuses is the law."""

from datetime import timedelta
from itertools import product

import pytest

from commerce_orders.models import Order, OrderEvent
from commerce_orders.services.transitions import TransitionRefused, change_status, change_statuses, record_events
from commerce_orders.states import TRANSITIONS, EventKind, OrderStatus
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PENDING, PROCESSING, PARTIALLY, COMPLETE, CANCELED = OrderStatus
ALLOWED = {
    (PENDING, PROCESSING),
    (PENDING, PARTIALLY),
    (PENDING, COMPLETE),
    (PENDING, CANCELED),
    (PROCESSING, PARTIALLY),
    (PROCESSING, COMPLETE),
    (PROCESSING, CANCELED),
    (PARTIALLY, COMPLETE),
}
LATER = NOW + timedelta(hours=1)


def make_orders(*statuses):
    take_in(*(make_draft(serial, status=status) for serial, status in enumerate(statuses)))
    return list(Order.objects.order_by("id"))


@pytest.mark.parametrize(("status", "to"), sorted(ALLOWED))
def test_an_allowed_change_is_made_with_its_event(status, to):
    (order,) = make_orders(status)

    change_status(order, to, actor="ada", now=LATER, reason="why", data={"x": 1})

    stored = Order.objects.get()
    assert (stored.status, stored.updated_at, stored.version) == (to, LATER, order.version)
    assert stored.closed_at == (LATER if to in (COMPLETE, CANCELED) else None)
    event = OrderEvent.objects.order_by("id").last()
    assert (event.kind, event.actor, event.at, event.from_status, event.to_status, event.reason, event.data) == (
        "status_changed",
        "ada",
        LATER,
        status,
        to,
        "why",
        {"x": 1},
    )


@pytest.mark.parametrize(("status", "to"), sorted(set(product(OrderStatus, repeat=2)) - ALLOWED))
def test_any_other_change_is_refused_and_leaves_nothing(status, to):
    (order,) = make_orders(status)

    with pytest.raises(TransitionRefused) as refused:
        change_status(order, to, actor="ada", now=LATER)

    assert str(refused.value) == f"Order {order.number} is {status.label} and cannot become {to.label}."
    stored = Order.objects.get()
    assert (stored.status, stored.updated_at, order.status) == (status, NOW, status)
    assert OrderEvent.objects.count() == 1


def test_one_illegal_change_refuses_all():
    orders = make_orders(PROCESSING, COMPLETE)

    with pytest.raises(TransitionRefused):
        change_statuses(orders, CANCELED, actor="ada", now=LATER)

    assert [order.status for order in Order.objects.order_by("id")] == [PROCESSING, COMPLETE]
    assert OrderEvent.objects.count() == 2


def test_of_two_who_change_one_order_the_second_is_refused():
    (mine,) = make_orders(PROCESSING)
    theirs = Order.objects.get()
    change_status(theirs, CANCELED, actor="bob", now=NOW)

    with pytest.raises(TransitionRefused) as refused:
        change_status(mine, COMPLETE, actor="ada", now=LATER)

    assert str(refused.value) == f"Order {mine.number} was changed by someone else. Open it again."
    assert (Order.objects.get().status, mine.status) == (CANCELED, PROCESSING)
    assert OrderEvent.objects.filter(actor="ada").count() == 0


def test_a_change_that_comes_too_late_for_one_changes_none():
    orders = make_orders(PROCESSING, PENDING)
    change_status(Order.objects.get(pk=orders[1].pk), CANCELED, actor="bob", now=NOW)

    with pytest.raises(TransitionRefused):
        change_statuses(orders, COMPLETE, actor="ada", now=LATER)

    assert [order.status for order in Order.objects.order_by("id")] == [PROCESSING, CANCELED]


def test_statements_grow_with_the_statuses_and_not_with_the_orders(django_assert_num_queries):
    orders = make_orders(*[PROCESSING] * 5, *[PENDING] * 5)

    with django_assert_num_queries(7):  # the time, two updates, the events, what is freed, and a savepoint
        change_statuses(orders, CANCELED, actor="ada", now=LATER)

    assert OrderEvent.objects.filter(to_status=CANCELED).count() == 10


def test_entries_of_the_timeline_mark_their_order_once():
    (order,) = make_orders(PROCESSING)
    before = order.version
    events = [OrderEvent(order=order, at=LATER, kind=EventKind.CHANGED, actor="ada") for _ in range(2)]

    record_events([order, order], events, now=LATER)

    stored = Order.objects.get()
    assert (stored.version, order.version, stored.updated_at) == (before + 1, before + 1, LATER)
    assert OrderEvent.objects.filter(kind="changed").count() == 2


def test_the_table_is_what_is_allowed_here():
    assert {(status, to) for status, targets in TRANSITIONS.items() for to in targets} == ALLOWED


@pytest.mark.parametrize(
    ("status", "first", "second"),
    sorted((status, first, second) for status, first in ALLOWED for also, second in ALLOWED if also == status),
)
def test_of_two_moves_that_were_both_allowed_the_first_wins(status, first, second):
    (mine,) = make_orders(status)
    change_status(Order.objects.get(), first, actor="bob", now=NOW)

    with pytest.raises(TransitionRefused):
        change_status(mine, second, actor="ada", now=LATER)

    assert Order.objects.get().status == first
    assert list(OrderEvent.objects.values_list("actor", flat=True).order_by("id")) == ["Amazon", "bob"]
