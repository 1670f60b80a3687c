"""Many who move one order at the same moment: one wins, the others are told. The control moves without looking."""

from collections import Counter
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from commerce_orders.models import Order, OrderEvent
from commerce_orders.services import transitions
from commerce_orders.services.transitions import TransitionRefused, change_status
from commerce_orders.states import TRANSITIONS, OrderStatus
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]

ROUNDS = 5


def race(status: OrderStatus, *, each: int = 2) -> list[str]:
    """Move an order from ``status`` to every status there is, ``each`` times at once; what became of the calls."""
    take_in(make_draft(Order.objects.count() + 1, status=status))
    order_id = Order.objects.latest("pk").pk
    readers = [(Order.objects.get(pk=order_id), to) for to in OrderStatus for _ in range(each)]
    results = at_once(*[partial(change_status, order, to, actor="ada", now=NOW) for order, to in readers])
    assert all(result is None or isinstance(result, TransitionRefused) for result in results), results
    return [to.value for (_order, to), result in zip(readers, results, strict=True) if result is None]


@pytest.mark.parametrize("status", OrderStatus)
def test_of_many_moves_at_once_one_is_made_and_only_one_of_the_table(status):
    for _ in range(ROUNDS):
        moved = race(status)

        order = Order.objects.latest("pk")
        assert len(moved) == (1 if TRANSITIONS[status] else 0)
        assert moved == [to for to in TRANSITIONS[status] if to == order.status]
        assert OrderEvent.objects.filter(order=order, actor="ada").count() == len(moved)


def test_without_the_comparison_several_moves_would_be_made(monkeypatch):
    blind = SimpleNamespace(filter=lambda *, pk__in, status: Order.objects.filter(pk__in=pk__in))
    monkeypatch.setattr(transitions, "Order", SimpleNamespace(objects=blind))

    moves = Counter(len(race(OrderStatus.PENDING)) for _ in range(ROUNDS))

    assert max(moves) > 1
