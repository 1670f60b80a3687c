"""One worker reads an account at a time, and one that was given up stores nothing any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, PullState, ReadingWindow, SyncRun
from amazon_channel.services.leases import LEASE, Lease, LeaseLost, PullRunning, take_lease
from amazon_channel.services.pull import pull_orders
from amazon_channel.services.store import decide_again
from amazon_channel.tasks import pull_account
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db


def test_a_second_worker_is_told_that_the_account_is_being_read(shop):
    take_lease(shop.account, now=timezone.now())

    with pytest.raises(PullRunning):
        shop.pull()

    assert not SyncRun.objects.exists()
    assert shop.amazon.log() == []


def test_a_job_leaves_a_pull_that_runs_alone(shop):
    take_lease(shop.account, now=timezone.now())

    pull_account(shop.account.pk)

    assert not SyncRun.objects.exists()


def test_a_lease_can_be_taken_once_until_it_ends():
    account = make_account()
    first = take_lease(account, now=NOW)
    with pytest.raises(PullRunning):
        take_lease(account, now=NOW + LEASE - timedelta(microseconds=1))

    second = take_lease(account, now=NOW + LEASE)

    assert (first.fence, second.fence) == (1, 2)
    second.check()
    with pytest.raises(LeaseLost):
        first.check()
    with pytest.raises(LeaseLost):
        first.update(cursor=NOW)
    assert PullState.objects.get(account=account).cursor is None


def test_accounts_are_read_side_by_side():
    leases = [take_lease(make_account(), now=NOW) for _ in range(2)]
    for lease in leases:
        lease.check()
    assert list(PullState.objects.values_list("leased_until", flat=True)) == [NOW + LEASE] * 2


def test_a_run_gives_its_lease_back(shop):
    for fault in (None, "html", "revoke"):
        if fault:
            shop.amazon.add_fault("searchOrders", fault, nth=1)
        shop.pull()
        assert PullState.objects.get(account=shop.account).leased_until is None


class TakenOver:
    """A clock of which the reading number ``at`` comes after another worker has taken the account over."""

    def __init__(self, account, *, at):
        self.account, self.left = account, at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            take_lease(self.account, now=timezone.now() + 2 * LEASE)
        return timezone.now()


def readings_of_a_whole_pull(shop):
    """How often a pull of the same orders looks at the clock, once Amazon has given a token."""
    shop.pull()
    count = 0

    def clock():
        nonlocal count
        count += 1
        return timezone.now()

    pull_orders(account=shop.account, clock=clock)
    return count


def test_a_worker_that_was_taken_over_ends_without_a_trace_of_its_own(shop):
    """At whichever moment before the last page is stored the lease is lost, the new holder's stands."""
    shop.amazon.create_orders(count=101, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", features=[])
    for at in range(3, readings_of_a_whole_pull(shop) - 5):  # the last six come after it
        PullState.objects.update(cursor=None, read_to=None, leased_until=None)
        AmazonOrder.objects.update(content_hash="")
        fence = PullState.objects.get().fence

        run = pull_orders(account=shop.account, clock=TakenOver(shop.account, at=at))

        state = PullState.objects.get()
        assert (run.outcome, run.error_code) == (SyncRun.Outcome.FAILED, "lease_lost"), at
        assert state.fence == fence + 2
        assert state.leased_until is not None
        assert state.cursor is None


def test_a_worker_that_was_taken_over_stores_nothing(shop):
    shop.place()

    run = pull_orders(account=shop.account, clock=TakenOver(shop.account, at=3))

    assert (run.outcome, run.error_code) == (SyncRun.Outcome.FAILED, "lease_lost")
    assert not AmazonOrder.objects.exists()


def test_without_the_check_a_worker_that_was_taken_over_would_store(shop, monkeypatch):
    monkeypatch.setattr(Lease, "check", lambda _lease: None)
    shop.place()

    pull_orders(account=shop.account, clock=TakenOver(shop.account, at=3))

    assert AmazonOrder.objects.count() == 1


@pytest.mark.parametrize("fault", ["html", "throttle", "revoke"])
def test_a_worker_that_fails_after_it_was_taken_over_leaves_the_others_place(shop, fault):
    shop.amazon.add_fault("searchOrders", fault)

    run = pull_orders(account=shop.account, clock=TakenOver(shop.account, at=3))

    state = PullState.objects.get()
    assert run.finished_at is not None
    assert run.outcome in (SyncRun.Outcome.FAILED, SyncRun.Outcome.WAITING)
    assert (state.read_to, state.not_before, state.suspects) == (None, None, {})
    assert not ReadingWindow.objects.exists()
    assert state.leased_until is not None


def test_a_long_pull_renews_its_lease(shop):
    shop.amazon.create_orders(count=301, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", features=[])
    start, steps = timezone.now(), 0

    def slow_clock():
        nonlocal steps
        steps += 1
        return start + steps * timedelta(minutes=1)

    run = pull_orders(account=shop.account, clock=slow_clock)

    assert (run.outcome, run.pages, AmazonOrder.objects.count()) == (SyncRun.Outcome.DONE, 4, 301)
    assert steps > LEASE / timedelta(minutes=1)


def test_an_error_of_our_own_is_raised_after_the_lease_is_given_back(shop, monkeypatch):
    def stumble(*_: object, **__: object):
        raise ZeroDivisionError

    monkeypatch.setattr("amazon_channel.services.pull.read_waiting_orders", stumble)
    shop.place()

    with pytest.raises(ZeroDivisionError):
        shop.pull()

    run = SyncRun.objects.get()
    assert (run.outcome, run.error_code, run.created) == (SyncRun.Outcome.FAILED, "unexpected", 1)
    assert PullState.objects.get().leased_until is None


def test_a_worker_that_lost_its_lease_decides_nothing_anew(shop):
    order_id = shop.place()
    shop.pull()
    first = take_lease(shop.account, now=timezone.now())
    AmazonOrder.objects.update(is_to_decide=True)
    take_lease(shop.account, now=timezone.now() + LEASE)

    with pytest.raises(LeaseLost):
        decide_again(account=shop.account, now=timezone.now(), check=first.check)

    assert AmazonOrder.objects.get(amazon_order_id=order_id).is_to_decide
