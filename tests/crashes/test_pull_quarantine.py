"""An order that kills every worker that stores it: it is set aside, and ninety-nine others are stored."""

import os
import signal
from datetime import timedelta

import pytest

from amazon_channel.gateway import client
from amazon_channel.models import AmazonOrder, PullState
from amazon_channel.services import quarantine
from amazon_channel.services.batch import Batch
from commerce_orders.models import Order
from tests.amazon import US
from tests.crashes import scale
from tests.crashes.processes import KILLED

AFTER_THE_LEASE = timedelta(minutes=11)
POISON = "POISON"


def die_of_the_poison():
    """As when the memory that one order takes has the kernel kill the process."""
    store = Batch.store

    def store_or_die(self, readings, **options):
        for reading in readings:
            if any(item.sku == POISON for item in getattr(reading, "items", ())):
                os.kill(os.getpid(), signal.SIGKILL)
        return store(self, readings, **options)

    Batch.store = store_or_die


def die_without_care():
    quarantine.DEAD_RUNS_BEFORE_CARE = 1000
    die_of_the_poison()


@pytest.fixture
def sound(request, monkeypatch):
    """How many good orders are on the same page; ninety-nine, or as many as are enough."""
    sound = getattr(request, "param", scale.PAGE - 1)
    monkeypatch.setattr(client, "ORDERS_PER_PAGE", sound + 1)
    return sound


@pytest.fixture
def poisoned(shop, sound):
    shop.amazon.create_orders(count=sound, status="UNSHIPPED", marketplace_id=US, features=[], age_seconds=7200)
    return shop.place(items=[{"sku": POISON, "quantity": 1, "unit_price": "10.00"}])


def pulls(processes, count, without):
    return [
        processes.manage("pull_orders", ahead=turn * AFTER_THE_LEASE, without=without).code for turn in range(count)
    ]


@pytest.mark.parametrize("sound", [99], indirect=True)
def test_the_order_that_kills_its_workers_is_set_aside(shop, processes, poisoned):
    """Rows 28 and 41."""
    assert pulls(processes, 5, die_of_the_poison) == [KILLED] * 4 + [0]

    problem = AmazonOrder.objects.with_problem().get()
    assert (problem.amazon_order_id, problem.problem_code) == (poisoned, "killed_worker")
    assert (AmazonOrder.objects.count(), Order.objects.count()) == (100, 99)
    state = PullState.objects.get()
    assert (state.unended_runs, state.suspects, state.cursor) == (0, {}, shop.amazon.now())


def test_without_care_it_kills_for_ever(processes, poisoned):
    """The control."""
    assert pulls(processes, 6, die_without_care) == [KILLED] * 6

    assert AmazonOrder.objects.count() == 0


def test_workers_that_die_while_they_fetch_accuse_no_order(shop, processes, poisoned):
    for turn in range(5):
        killed = processes.manage("pull_orders", ahead=turn * AFTER_THE_LEASE, fault_at="CP_PAGE_FETCHED")
        assert (killed.code, PullState.objects.get().suspects) == (KILLED, {})

    assert processes.manage("pull_orders", ahead=6 * AFTER_THE_LEASE).code == 0
    assert not AmazonOrder.objects.with_problem().exists()
    assert Order.objects.count() == scale.PAGE
