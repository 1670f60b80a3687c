"""Two systems that take one order over at the same moment: one gets it. The control reads without the lock."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from commerce_orders.models import Order, OrderEvent
from commerce_orders.services import acknowledgement
from commerce_orders.services.acknowledgement import AcknowledgementRefused, acknowledge_order
from commerce_orders.states import EventKind
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]

SYSTEMS = 4


def race() -> list[Any]:
    take_in(make_draft(Order.objects.count() + 1))
    order_id = Order.objects.latest("pk").pk
    take = partial(acknowledge_order, order_id=order_id, now=NOW)
    return at_once(*[partial(take, external_number=f"SO-{n}", actor=f"token:{n}") for n in range(SYSTEMS)])


def test_of_many_systems_one_takes_the_order() -> None:
    for _ in range(3):
        results = race()
        assert results.count(True) == 1
        assert sum(isinstance(result, AcknowledgementRefused) for result in results) == SYSTEMS - 1
        order = Order.objects.latest("pk")
        assert order.external_number == f"SO-{results.index(True)}"
        assert OrderEvent.objects.filter(order=order, kind=EventKind.ACKNOWLEDGED).count() == 1


def test_without_the_lock_several_would_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked = SimpleNamespace(select_for_update=lambda: Order.objects.all(), filter=Order.objects.filter)
    monkeypatch.setattr(acknowledgement, "Order", SimpleNamespace(objects=unlocked))
    assert max(race().count(True) for _ in range(5)) > 1
