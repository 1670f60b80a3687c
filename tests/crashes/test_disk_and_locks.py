"""A full disk, a database that is locked, cuts the connection or wants the transaction anew."""

import resource
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from amazon_channel.gateway import client
from amazon_channel.models import AmazonOrder, PullState, SyncRun
from commerce_orders.models import Store
from tests.amazon import US
from tests.crashes.ledgers import read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import command
from tests.crashes.scale import FULL_PAGE, ORDERS

AFTER_THE_LEASE = timedelta(minutes=11)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about the SQLite file")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about the PostgreSQL server")


def place(shop, count=ORDERS):
    return shop.amazon.create_orders(count=count, age_seconds=7200, marketplace_id=US)


def settle(shop, processes):
    again = processes.manage("pull_orders", ahead=AFTER_THE_LEASE)
    assert again.code == 0, again.output()
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []


@on_sqlite
def test_a_full_disk_stops_a_pull_and_loses_nothing(shop, processes, monkeypatch):
    """The first page does not fit. What fits of its orders, one by one, is whole; the cursor stays."""
    monkeypatch.setattr(client, "ORDERS_PER_PAGE", FULL_PAGE)
    place(shop, count=120)

    def pull_with_little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        command("pull_orders")()

    full = processes.run(pull_with_little_room)

    assert full.code > 0, full.output()
    assert any(words in full.output() for words in ("disk is full", "disk I/O error", "File too large"))
    assert AmazonOrder.objects.count() < 100
    assert PullState.objects.get().cursor is None
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchone() == ("ok",)
    settle(shop, processes)
    assert AmazonOrder.objects.count() == 120


def write_stores(name, count=15):
    """What a person in the admin does: reads, thinks, writes, in one transaction each."""
    for serial in range(count):
        with transaction.atomic():
            Store.objects.count()
            time.sleep(0.01)
            Store.objects.create(name=f"{name} {serial}")


@on_sqlite
def test_a_pull_and_four_who_write_wait_for_each_other(shop, processes):
    place(shop)
    work = [command("pull_orders"), *(lambda name=name: write_stores(name) for name in "abcd")]

    together = [processes.start(each) for each in work]

    assert [process.wait() for process in together] == [0] * 5, [process.output() for process in together]
    assert Store.objects.exclude(name="Main store").count() == 60
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []


@on_sqlite
def test_without_immediate_transactions_writers_are_locked_out(shop, processes):
    """The control: who has read first may not write any more once another has written."""

    def write_deferred(name):
        connections["default"].settings_dict["OPTIONS"]["transaction_mode"] = None
        write_stores(name)

    together = [processes.start(lambda name=name: write_deferred(name)) for name in "abcd"]

    assert any(process.wait() for process in together)
    assert any("database is locked" in process.output() for process in together)


@on_postgresql
def test_a_page_whose_connection_is_cut_in_the_middle_is_stored_again_as_a_whole(shop, processes):
    place(shop)
    victim = processes.start(command("pull_orders"), stop_at="CP_MIRROR_WRITTEN")
    victim.wait_until_stopped()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    victim.go_on()

    assert victim.wait() == 0, victim.output()
    assert "one by one" not in victim.output()
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []
    assert AmazonOrder.objects.count() == ORDERS


@on_postgresql
def test_a_page_that_waits_for_a_lock_too_long_is_no_problem_of_its_orders(shop, processes):
    """With a limit on waiting, a pull whose account is held fails as a whole and succeeds as a whole later."""
    place(shop, count=5)

    def pull_impatiently():
        connections["default"].settings_dict["OPTIONS"]["options"] = "-c lock_timeout=200"
        command("pull_orders")()

    waiting = processes.start(pull_impatiently, stop_at="CP_PAGE_FETCHED")
    waiting.wait_until_stopped()
    with transaction.atomic():
        PullState.objects.select_for_update().get()
        waiting.go_on()
        assert waiting.wait() != 0

    assert find_violations(read_ledgers(shop.amazon), is_at_rest=False) == []
    assert not AmazonOrder.objects.with_problem().exists()
    settle(shop, processes)
    assert set(SyncRun.objects.values_list("outcome", flat=True)) == {"failed", "done"}


@on_postgresql
def test_of_two_that_block_each_other_one_goes_on_and_the_other_is_told(shop):
    """A deadlock, made on purpose: PostgreSQL ends one of the two, and nothing of it is kept."""
    stores = [Store.objects.create(name=name) for name in "ab"]
    own = connections["default"]
    meet, failures = threading.Barrier(2), []

    def cross(first, second):
        connections["default"] = own.copy()
        try:
            with transaction.atomic():
                Store.objects.filter(pk=first.pk).update(name=f"{first.name}1")
                meet.wait(10)
                Store.objects.filter(pk=second.pk).update(name=f"{second.name}2")
        except OperationalError as error:
            failures.append(str(error))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=cross, args=pair) for pair in (stores, stores[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(failures) == 1
    assert "deadlock detected" in failures[0]
    assert sorted(Store.objects.exclude(name="Main store").values_list("name", flat=True)) in (
        ["a1", "b2"],
        ["a2", "b1"],
    )
