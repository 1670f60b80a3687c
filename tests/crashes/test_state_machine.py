"""Anything in any order, killed anywhere: Hypothesis looks for a way to lose or double something.

``make soak`` lets it look longer. ``MACHINE_SEED`` repeats a run, which prints its seed when it fails.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from amazon_channel.services import leases
from tests.crashes.machine import RIGHT, ShopMachine

SEED = int(os.environ.get("MACHINE_SEED", "20261125"))
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "8"))
STEPS = int(os.environ.get("MACHINE_STEPS", "25"))


@pytest.fixture
def machine(amazon, transactional_db, tmp_path):
    return type("Machine", (ShopMachine,), {"amazon": amazon, "folder": tmp_path})


def look_for_a_way(machine, *, examples):
    print(f"MACHINE_SEED={SEED}")  # noqa: T201
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_and_nothing_happens_twice(machine):
    look_for_a_way(machine, examples=EXAMPLES)


def test_with_a_cursor_that_runs_ahead_a_way_is_found(machine, monkeypatch):
    """The control: the machine would notice."""
    update = leases.Lease.update

    def run_ahead(lease, **columns):
        if columns.get("cursor"):
            columns["cursor"] += timedelta(hours=1)
        update(lease, **columns)

    monkeypatch.setattr(leases.Lease, "update", run_ahead)

    shop = machine()
    try:
        shop.pull(RIGHT, "")
        shop.wait(6)
        shop.place({}, (1,))
        shop.wait(1)
        with pytest.raises(AssertionError, match="I7 behind the cursor"):
            shop.push(RIGHT, "")
    finally:
        shop.stack.close()
