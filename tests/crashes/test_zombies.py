"""A process that stood still while another took its work over changes nothing when it comes back (SIGSTOP, SIGCONT)."""

from datetime import timedelta

import pytest

from amazon_channel.models import AmazonOrder, ShipmentConfirmation, SyncRun
from tests.amazon import US
from tests.amazon_channel.shipping import ship
from tests.crashes import guards_off
from tests.crashes.ledgers import read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import command
from tests.crashes.scale import ORDERS, PAGE
from tests.crashes.watch import find_steps_back

AFTER_THE_LEASE = timedelta(minutes=11)


def stop_a_pull_and_let_another_take_over(shop, processes, **options):
    """Returns the ledgers between the two, after the zombie, and the zombie."""
    numbers = shop.amazon.create_orders(count=ORDERS, age_seconds=7200, marketplace_id=US, status="UNSHIPPED")
    zombie = processes.start(command("pull_orders"), stop_at="CP_PAGE_FETCHED", **options)
    zombie.wait_until_stopped()
    shop.amazon.set_clock(advance_seconds=700)
    for number in numbers[: ORDERS - PAGE]:
        shop.amazon.act(number, "touch")
    assert processes.manage("pull_orders", ahead=AFTER_THE_LEASE, **options).code == 0
    before = read_ledgers(shop.amazon)

    zombie.go_on()
    zombie.wait()

    return before, read_ledgers(shop.amazon), zombie


def test_a_pull_that_comes_back_stores_nothing(shop, processes):
    before, after, zombie = stop_a_pull_and_let_another_take_over(shop, processes)

    assert zombie.code == 1, zombie.output()
    assert (find_steps_back(before, after), find_violations(after, is_at_rest=True)) == ([], [])
    assert after.house == before.house
    assert sorted(SyncRun.objects.values_list("outcome", "error_code")) == [("done", ""), ("failed", "lease_lost")]


def test_without_the_fence_a_pull_that_comes_back_takes_the_cursor_with_it(shop, processes):
    """The control of the fence."""
    before, after, _zombie = stop_a_pull_and_let_another_take_over(shop, processes, without=guards_off.skip_the_fence)

    assert any("cursor of pull_states" in step for step in find_steps_back(before, after))


@pytest.mark.parametrize("without", [None, guards_off.skip_the_fence])
def test_two_that_store_the_same_page_at_once_make_each_order_once(shop, processes, without):
    """Without the fence the account's lock and the constraints still keep each order single."""
    shop.amazon.create_orders(count=PAGE, age_seconds=7200, marketplace_id=US)
    both = []
    for turn in range(2):  # one after the other: the second, whose clock is ahead, would keep the first from its lease
        process = processes.start(
            command("pull_orders"), stop_at="CP_PAGE_FETCHED", ahead=turn * AFTER_THE_LEASE, without=without
        )
        process.wait_until_stopped()
        both.append(process)

    for process in both:
        process.go_on()

    codes = sorted(process.wait() for process in both)
    assert codes == ([0, 1] if without is None else [0, 0]), [process.output() for process in both]
    assert find_violations(read_ledgers(shop.amazon), is_at_rest=True) == []
    assert AmazonOrder.objects.count() == PAGE


def stop_a_push_and_let_another_take_over(shop, processes, **options):
    number = shop.place()
    shop.pull()
    ship(number)
    zombie = processes.start(command("push_shipments"), stop_at="CP_CONFIRMATION_SENT", **options)
    zombie.wait_until_stopped()
    for words in ("push_shipments", "pull_orders"):
        assert processes.manage(words, ahead=timedelta(minutes=6), **options).code == 0
    before = read_ledgers(shop.amazon)

    zombie.go_on()
    zombie.wait()

    return before, read_ledgers(shop.amazon)


def test_a_push_that_comes_back_overwrites_no_outcome(shop, processes):
    before, after = stop_a_push_and_let_another_take_over(shop, processes)

    assert (find_steps_back(before, after), find_violations(after, is_at_rest=True)) == ([], [])
    assert ShipmentConfirmation.objects.get().state == "confirmed"


def test_without_the_fence_a_push_that_comes_back_unconfirms_a_package(shop, processes):
    """The control of the fence."""
    before, after = stop_a_push_and_let_another_take_over(shop, processes, without=guards_off.write_outcomes_of_others)

    assert any("was confirmed and is sent" in step for step in find_steps_back(before, after))
