"""A reconciliation killed at each checkpoint repairs everything once it goes on, and counts nothing twice."""

from datetime import timedelta

import pytest
from django.db.models import F

from amazon_channel.models import ListedOrder, OrderDifference, ReconciledDay, Reconciliation
from amazon_channel.services.reconciliation import comparing
from tests.amazon import US
from tests.crashes.counters import Attempts, Counters, orders_found
from tests.crashes.ledgers import read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import KILLED
from tests.crashes.scale import ORDERS, PAGE

AFTER_THE_LEASE = timedelta(minutes=6)
FAULTS = [
    "CP_DIFFERENCES_WRITTEN",
    "CP_DIFFERENCES_WRITTEN:2",
    "CP_ORDERS_WRITTEN",
    "CP_BEFORE_COMMIT:2",
    "CP_AFTER_COMMIT",
    "CP_DIFFERENCES_JUDGED",
    "CP_DIFFERENCES_JUDGED:2",
    "CP_DAYS_COUNTED",
]


@pytest.fixture
def attempts(shop):
    attempts = Attempts()
    numbers = shop.amazon.create_orders(count=ORDERS, age_seconds=7200, marketplace_id=US)
    attempts.acknowledge(*[("order", number) for number in numbers])
    return attempts


@pytest.mark.parametrize("fault_at", FAULTS)
def test_a_reconciliation_killed_anywhere_goes_on_to_its_end(shop, processes, attempts, fault_at):
    words = ("reconcile_orders", "--account", str(shop.account.pk))
    killed = processes.manage(*words, fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
    again = processes.manage(*words, ahead=AFTER_THE_LEASE)
    assert again.code == 0, again.output()
    ledgers = read_ledgers(shop.amazon)
    assert find_violations(ledgers, is_at_rest=True) == []
    assert Counters.of(attempts, orders_found(ledgers)) == Counters(ORDERS, ORDERS, ORDERS, 0, 0, 0, 0)
    run = Reconciliation.objects.get()
    assert (run.amazon, run.stored, run.missing, run.repaired, run.unsettled) == (ORDERS, 0, ORDERS, ORDERS, 0)
    assert not ListedOrder.objects.exists()
    assert not ReconciledDay.objects.exclude(amazon=F("held")).exists()


def write_differences_last():
    """The guard off: a difference is only written down once it is repaired."""
    comparing.checkpoint = lambda name: OrderDifference.objects.all().delete() if name.endswith("_WRITTEN") else None


def test_differences_written_after_the_repair_are_forgotten_in_a_crash(shop, processes, attempts):
    """The control: everything is repaired, and nobody learns what was missing."""
    words = ("reconcile_orders", "--account", str(shop.account.pk))
    assert processes.manage(*words, fault_at="CP_AFTER_COMMIT", without=write_differences_last).code == KILLED
    assert processes.manage(*words, ahead=AFTER_THE_LEASE).code == 0

    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []
    assert Reconciliation.objects.get().missing == ORDERS - PAGE
