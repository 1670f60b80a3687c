"""Asking for a cancellation, killed at each checkpoint."""

from datetime import timedelta

import pytest

from amazon_channel.models import CancellationRequest
from commerce_orders.models import Cancellation, Order
from commerce_orders.services.cancellation import request_cancellation
from tests.crashes.processes import KILLED

SENDER_IS_GIVEN_UP = timedelta(minutes=11)


def ask_to_cancel(shop):
    request_cancellation(order_id=Order.objects.get().pk, reason="NoInventory", actor="ada", now=shop.amazon.now())


@pytest.fixture
def order(shop):
    number = shop.place()
    shop.pull()
    return number


@pytest.mark.parametrize("fault_at", ["CP_CANCELLATION_WRITTEN", "CP_BEFORE_RING", "CP_AFTER_RING"])
def test_a_cancellation_killed_anywhere_is_not_asked_for_and_can_be_made_again(shop, processes, order, fault_at):
    killed = processes.run(lambda: ask_to_cancel(shop), fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert (Cancellation.objects.count(), Order.objects.get().cancellation_requested_at) == (0, None)
    ask_to_cancel(shop)
    assert CancellationRequest.objects.get().state == "waiting"
