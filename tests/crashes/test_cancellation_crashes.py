"""Canceling at Amazon, killed at each checkpoint: each order is canceled once on both sides."""

from datetime import timedelta

import pytest

from amazon_channel.models import AmazonOrder, CancellationRequest
from commerce_orders.models import Cancellation, Order, OrderEvent
from tests.amazon_channel.canceling import cancel, status_at_amazon
from tests.crashes import guards_off
from tests.crashes.processes import KILLED, command

SENDER_IS_GIVEN_UP = timedelta(minutes=11)
ANSWER_IS_LOOKED_FOR = timedelta(minutes=30)


@pytest.fixture
def numbers(shop):
    """Three orders whose cancellation was asked for here; their Amazon numbers."""
    numbers = [shop.place() for _ in range(3)]
    shop.pull()
    for number in numbers:
        cancel(number)
    return numbers


def settle(processes):
    for ahead in (SENDER_IS_GIVEN_UP, ANSWER_IS_LOOKED_FOR):
        process = processes.manage("push_cancellations", ahead=ahead)
        assert process.code == 0, process.output()


def assert_all_are_canceled_once(shop, numbers):
    assert {status_at_amazon(shop, number) for number in numbers} == {"CANCELLED"}
    assert set(CancellationRequest.objects.values_list("state", flat=True)) == {"accepted"}
    assert set(Cancellation.objects.values_list("state", flat=True)) == {"canceled"}
    assert set(Order.objects.values_list("status", flat=True)) == {"canceled"}
    assert OrderEvent.objects.filter(to_status="canceled").count() == len(numbers)
    assert not AmazonOrder.objects.with_problem().exists()


@pytest.mark.parametrize(
    ("fault_at", "feeds"), [("CP_CANCELLATIONS_CLAIMED", 1), ("CP_FEED_CREATED", 2), ("CP_BEFORE_RING", 1)]
)
def test_a_sender_killed_anywhere_cancels_each_order_once(shop, processes, numbers, fault_at, feeds):
    if fault_at == "CP_BEFORE_RING":
        other = shop.place()
        shop.pull()
        killed = processes.run(lambda: cancel(other), fault_at=fault_at)
        assert Cancellation.objects.count() == CancellationRequest.objects.count() == 3
        numbers = [*numbers, other]
        cancel(other)
    else:
        killed = processes.manage("push_cancellations", fault_at=fault_at)
    assert killed.code == KILLED, killed.output()
    assert not Order.objects.filter(status="canceled").exists()

    settle(processes)

    assert len(shop.amazon.feeds()) == feeds
    assert_all_are_canceled_once(shop, numbers)


@pytest.mark.parametrize("fault_at", ["CP_CANCELLATION_ANSWERED", "CP_CANCELLATION_ANSWERED:3"])
def test_a_reader_killed_anywhere_takes_the_rest_of_the_answers_later(shop, processes, numbers, fault_at):
    processes.manage("push_cancellations")

    killed = processes.manage("push_cancellations", fault_at=fault_at, ahead=timedelta(minutes=2))

    assert killed.code == KILLED, killed.output()
    answered = CancellationRequest.objects.filter(state="accepted").count()
    assert answered == Order.objects.filter(status="canceled").count() == (2 if fault_at.endswith(":3") else 0)
    settle(processes)
    assert_all_are_canceled_once(shop, numbers)


@pytest.mark.parametrize(
    ("without", "states"), [(None, {"accepted"}), (guards_off.write_down_feeds_of_others, {"sent"})]
)
def test_a_sender_that_comes_back_after_the_answer_changes_nothing(shop, processes, numbers, without, states):
    """Fenced by the attempts; the control shows a request that is answered and waits for an answer."""
    zombie = processes.start(command("push_cancellations"), stop_at="CP_FEED_CREATED", without=without)
    zombie.wait_until_stopped()
    settle(processes)
    assert_all_are_canceled_once(shop, numbers)

    zombie.go_on()
    zombie.wait()

    assert set(CancellationRequest.objects.values_list("state", flat=True)) == states
    assert len(shop.amazon.feeds()) == 2


def test_a_pull_killed_before_its_commit_answers_nothing(shop, processes, numbers):
    for number in numbers:
        shop.amazon.act(number, "cancel")

    killed = processes.manage("pull_orders", fault_at="CP_BEFORE_COMMIT")

    assert killed.code == KILLED, killed.output()
    assert set(CancellationRequest.objects.values_list("state", flat=True)) == {"waiting"}
    assert processes.manage("pull_orders", ahead=SENDER_IS_GIVEN_UP).code == 0
    assert_all_are_canceled_once(shop, numbers)
    assert shop.amazon.feeds() == []
