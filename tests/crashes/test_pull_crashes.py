"""A pull killed at each checkpoint loses nothing, doubles nothing, and the next one ends its work."""

from datetime import timedelta

import pytest

from amazon_channel.models import PullState
from tests.amazon import US
from tests.crashes import guards_off
from tests.crashes.counters import Attempts, Counters, orders_found
from tests.crashes.ledgers import read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import KILLED
from tests.crashes.scale import ORDERS, PAGE, SEEDS

AFTER_THE_LEASE = timedelta(minutes=11)
FAULTS = [
    "CP_PAGE_FETCHED",
    "CP_PAGE_FETCHED:2",
    "CP_CONTACTS_WRITTEN",
    "CP_ORDERS_WRITTEN:2",
    "CP_LINES_WRITTEN",
    "CP_MIRROR_WRITTEN:2",
    "CP_ITEMS_WRITTEN",
    "CP_STOCK_SETTLED",
    "CP_BEFORE_COMMIT:2",
    "CP_AFTER_COMMIT",
    "CP_AFTER_COMMIT:2",
    "CP_CURSOR_MOVED",
]


@pytest.fixture
def attempts(shop, request):
    """Orders of every kind and status, all of them older than the overlap."""
    attempts = Attempts()
    shop.amazon.reset(seed=getattr(request, "param", 1))
    numbers = shop.amazon.create_orders(count=ORDERS, age_seconds=7200, marketplace_id=US)
    attempts.acknowledge(*[("order", number) for number in numbers])
    return attempts


def kinds(violations):
    return {violation.split(":")[0] for violation in violations}


@pytest.mark.parametrize("attempts", SEEDS, indirect=True)
@pytest.mark.parametrize("fault_at", FAULTS)
def test_a_pull_killed_anywhere_is_ended_by_the_next(shop, processes, attempts, fault_at):
    killed = processes.manage("pull_orders", fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
    again = processes.manage("pull_orders", ahead=AFTER_THE_LEASE)
    assert again.code == 0, again.output()
    ledgers = read_ledgers(shop.amazon)
    assert find_violations(ledgers, is_at_rest=True) == []
    assert Counters.of(attempts, orders_found(ledgers)) == Counters(ORDERS, ORDERS, ORDERS, 0, 0, 0, 0)


def test_with_the_cursor_moved_first_orders_are_lost(shop, processes, attempts):
    """The control of the cursor."""
    without = guards_off.move_the_cursor_first
    killed = processes.manage("pull_orders", fault_at="CP_BEFORE_COMMIT:2", without=without)

    assert killed.code == KILLED, killed.output()
    assert "I7 behind the cursor" in kinds(find_violations(read_ledgers(shop.amazon), is_at_rest=False))
    assert processes.manage("pull_orders", ahead=AFTER_THE_LEASE, without=without).code == 0
    ledgers = read_ledgers(shop.amazon)
    assert "I1 lost" in kinds(find_violations(ledgers, is_at_rest=True))
    assert Counters.of(attempts, orders_found(ledgers)).lost == ORDERS - PAGE


def test_without_a_transaction_there_are_orders_without_lines(shop, processes, attempts):
    """The control of the transaction."""
    without = guards_off.store_without_a_transaction
    killed = processes.manage("pull_orders", fault_at="CP_ORDERS_WRITTEN", without=without)

    assert killed.code == KILLED, killed.output()
    assert "I2 not one whole order" in kinds(find_violations(read_ledgers(shop.amazon), is_at_rest=False))
    assert processes.manage("pull_orders", ahead=AFTER_THE_LEASE).code == 0
    assert "I2 not one whole order" in kinds(find_violations(read_ledgers(shop.amazon), is_at_rest=True))


def test_killed_again_and_again_it_gets_further_each_time(shop, processes, attempts):
    for turn in range(1, 5):
        killed = processes.manage("pull_orders", fault_at="CP_AFTER_COMMIT:2", ahead=turn * AFTER_THE_LEASE)
        assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
        if killed.code == 0:
            break

    assert killed.code == 0  # what is stored already is not stored again, so that the second pass is never reached
    assert PullState.objects.get().cursor is not None
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []
