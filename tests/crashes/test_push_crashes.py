"""Shipping and telling Amazon, killed at each checkpoint: each package is at Amazon once, or not recorded at all."""

from datetime import timedelta

import pytest

from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.push import push_shipments
from amazon_channel.tasks import push_due_accounts
from commerce_orders.models import Order, Shipment
from customers.models import Contact
from customers.tasks import erase_personal_data
from project import jobs
from tests.amazon_channel.shipping import ship
from tests.crashes import guards_off
from tests.crashes.counters import Attempts, Counters, packages_found
from tests.crashes.ledgers import read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import KILLED

SENDER_IS_GIVEN_UP = timedelta(minutes=6)


@pytest.fixture
def packages(shop):
    """Three orders of four units each, of which one has left; Amazon does not know yet."""
    attempts = Attempts()
    numbers = [shop.place(quantities=(2, 2)) for _ in range(3)]
    shop.pull()
    for number in numbers:
        ship(number, tracking_number=f"1Z{number}", quantities={"SKU-1": 1})
        attempts.acknowledge(("package", f"1Z{number}"))
    return attempts


def settle(shop, processes, **options):
    """Push what is due, then read what Amazon shows."""
    for words in ("push_shipments", "pull_orders"):
        process = processes.manage(words, ahead=SENDER_IS_GIVEN_UP, **options)
        assert process.code == 0, process.output()
    return read_ledgers(shop.amazon)


@pytest.mark.parametrize(
    "fault_at",
    [
        "CP_CONFIRMATION_CLAIMED",
        "CP_CONFIRMATION_SENT",
        "CP_CONFIRMATION_SENT:3",
        "CP_OUTCOME_WRITTEN",
        "CP_OUTCOME_WRITTEN:2",
    ],
)
def test_a_push_killed_anywhere_makes_each_package_once(shop, processes, packages, fault_at):
    killed = processes.manage("push_shipments", fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
    ledgers = settle(shop, processes)
    assert find_violations(ledgers, is_at_rest=True) == []
    assert Counters.of(packages, packages_found(ledgers)) == Counters(3, 3, 3, 0, 0, 0, 0)
    assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"confirmed"}


def test_sent_again_under_a_new_reference_a_package_is_there_twice(shop, processes, packages):
    """The control of the package reference."""
    without = guards_off.send_under_a_new_reference
    processes.manage("push_shipments", fault_at="CP_CONFIRMATION_SENT", without=without)

    processes.manage("push_shipments", ahead=SENDER_IS_GIVEN_UP, without=without)

    ledgers = read_ledgers(shop.amazon)
    assert {violation.split(":")[0] for violation in find_violations(ledgers, is_at_rest=False)} >= {
        "I6 package twice",
        "I6 told under another reference",
    }
    assert Counters.of(packages, packages_found(ledgers)).duplicated == 1


@pytest.mark.parametrize("fault_at", ["CP_OUTBOX_WRITTEN", "CP_BEFORE_RING", "CP_AFTER_RING"])
def test_a_shipment_killed_anywhere_is_not_recorded_and_can_be_made_again(shop, processes, fault_at):
    number, attempts = shop.place(), Attempts()
    shop.pull()
    attempts.attempt(("package", "FIRST"))

    killed = processes.run(lambda: ship(number, tracking_number="FIRST"), fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert (Shipment.objects.count(), ShipmentConfirmation.objects.count()) == (0, 0)
    assert Order.objects.get().status == "processing"
    ship(number, tracking_number="SECOND")
    attempts.acknowledge(("package", "SECOND"))
    ledgers = settle(shop, processes)
    assert find_violations(ledgers, is_at_rest=True) == []
    assert Counters.of(attempts, packages_found(ledgers)) == Counters(2, 1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("fault_at", ["CP_BEFORE_RING", "CP_AFTER_RING"])
def test_a_sweep_killed_while_it_rings_is_made_up_for_by_the_next(shop, processes, packages, fault_at):
    jobs.OrmQ.objects.all().delete()  # every doorbell was lost

    killed = processes.run(push_due_accounts, fault_at=fault_at)

    assert killed.code == KILLED
    push_due_accounts()
    assert jobs.OrmQ.objects.count() == (1 if fault_at == "CP_BEFORE_RING" else 2)
    processes.run(lambda: push_shipments(account=shop.account))
    processes.run(lambda: push_shipments(account=shop.account))  # the second ring finds nothing left to do
    assert len(shop.amazon.log(operation="confirmShipment")) == 3


def test_an_erasure_killed_in_the_middle_is_made_anew(shop, processes, packages):
    later = timedelta(days=400)

    killed = processes.run(erase_personal_data, fault_at="CP_PERSONAL_DATA_ERASED", ahead=later)

    assert killed.code == KILLED
    assert Contact.objects.filter(erased_at=None).count() == 3
    assert processes.run(erase_personal_data, ahead=later).code == 0
    assert not Contact.objects.filter(erased_at=None).exists()
