"""Each account is reconciled once a night, on its own clock, whatever jobs were lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from amazon_channel import tasks
from amazon_channel.models import OrderAudit, Reconciliation, SellerAccount
from amazon_channel.services.reconciliation.nights import accounts_due_for_the_night, turn_before
from tests.amazon_channel.pulling import place_many, stored
from tests.amazon_channel.reconciling import DONE, counts
from tests.factories import make_account

ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "America/St_Johns")


@pytest.fixture
def queued(db):
    """What was rung for since the last look."""

    def take() -> list[tuple[str, int]]:
        rung = [row.task["args"] for row in OrmQ.objects.order_by("id")]
        OrmQ.objects.all().delete()
        return [args for args in rung if args[0] == "amazon_channel.tasks.reconcile_account"]

    return take


def local(zone, *moment):
    return datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_the_turn_comes_at_night_on_the_accounts_clock(zone):
    now = local(zone, 2026, 11, 20, 12, 0)

    assert turn_before(now, account_id=0, zone=ZoneInfo(zone)) == local(zone, 2026, 11, 20, 1, 0)
    assert turn_before(now, account_id=239, zone=ZoneInfo(zone)) == local(zone, 2026, 11, 20, 4, 59)
    early = local(zone, 2026, 11, 20, 0, 59)
    assert turn_before(early, account_id=0, zone=ZoneInfo(zone)) == local(zone, 2026, 11, 19, 1, 0)


def test_accounts_of_one_zone_do_not_all_start_at_once():
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    turns = Counter(turn_before(now, account_id=pk, zone=ZoneInfo("UTC")) for pk in range(2400))

    assert set(turns.values()) == {10}


@pytest.mark.parametrize("zone", ZONES)
def test_each_day_of_a_year_has_one_turn(zone):
    """Also the days on which clocks are put forward over the turn, or back before it."""
    for account_id in (0, 90, 150):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        turns = {
            turn_before(start + timedelta(hours=hour), account_id=account_id, zone=ZoneInfo(zone))
            for hour in range(48, 366 * 24)
        }
        gaps = {later - earlier for earlier, later in pairwise(sorted(turns))}
        assert len(turns) in {364, 365, 366}
        assert gaps <= {timedelta(hours=23), timedelta(hours=23.5), timedelta(days=1), timedelta(hours=24.5),
                        timedelta(hours=25)}  # fmt: skip


@pytest.mark.django_db
def test_an_account_is_due_once_a_night_and_once_after_days_without_a_worker():
    account = make_account()
    SellerAccount.objects.update(created_at=datetime(2026, 11, 18, 12, tzinfo=UTC))
    SellerAccount.objects.filter(pk=make_account().pk).update(is_active=False)
    turn = turn_before(datetime(2026, 11, 20, 12, tzinfo=UTC), account_id=account.pk, zone=ZoneInfo("UTC"))

    assert accounts_due_for_the_night(turn - timedelta(days=1, seconds=1)) == []
    assert accounts_due_for_the_night(turn) == [account.pk]
    begin(account, at=turn)
    assert accounts_due_for_the_night(turn + timedelta(hours=23, minutes=59)) == []
    assert accounts_due_for_the_night(turn + timedelta(days=1, seconds=1)) == [account.pk]
    assert accounts_due_for_the_night(turn + timedelta(days=9)) == [account.pk]


@pytest.mark.django_db
def test_a_reconciliation_that_was_asked_for_does_not_replace_the_night():
    account = make_account()
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    begin(account, at=now - timedelta(days=1))
    begin(account, at=now, occasion="asked")

    assert accounts_due_for_the_night(now) == [account.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("accounts", [1, 3])
def test_looking_for_due_accounts_is_one_statement(accounts, django_assert_num_queries):
    for _ in range(accounts):
        make_account()

    with django_assert_num_queries(1):
        assert len(accounts_due_for_the_night(timezone.now())) == accounts


@pytest.mark.django_db
def test_the_sweep_begins_the_night_and_the_jobs_finish_it(shop, queued):
    SellerAccount.objects.update(created_at=timezone.now() - timedelta(days=3))
    ids = place_many(shop, 150)

    tasks.reconcile_due_accounts()
    tasks.reconcile_due_accounts()

    assert queued() == [("amazon_channel.tasks.reconcile_account", shop.account.pk)] * 2
    run = Reconciliation.objects.get()
    assert (run.occasion, run.outcome, run.pages) == ("nightly", "running", 0)
    tasks.reconcile_account(shop.account.pk)
    tasks.reconcile_account(shop.account.pk)
    run.refresh_from_db()
    assert (run.outcome, counts(run)) == (DONE, {"amazon": 150, "missing": 150, "repaired": 150})
    assert stored(shop) == set(ids)
    tasks.reconcile_due_accounts()
    assert queued() == []


@pytest.mark.django_db
def test_the_sweep_finds_audits_that_wait(shop, queued):
    order_id = shop.place(age_seconds=10 * 86_400)
    shop.pull()
    shop.amazon.add_fault("getOrder", "truncate", nth=1, args={"at": 5})
    SellerAccount.objects.update(created_at=timezone.now() - timedelta(days=3))
    tasks.reconcile_due_accounts()
    tasks.reconcile_account(shop.account.pk)
    queued()
    assert OrderAudit.objects.get().amazon_order.amazon_order_id == order_id

    OrderAudit.objects.update(not_before=timezone.now())
    tasks.reconcile_due_accounts()
    tasks.reconcile_account(shop.account.pk)

    assert queued() == [("amazon_channel.tasks.reconcile_account", shop.account.pk)]
    assert not OrderAudit.objects.exists()


@pytest.mark.django_db
def test_an_account_that_was_switched_off_is_left_alone(shop):
    SellerAccount.objects.update(is_active=False)

    tasks.reconcile_account(shop.account.pk)

    assert shop.amazon.log() == []


def begin(account, *, at, occasion="nightly"):
    return Reconciliation.objects.create(
        account=account,
        occasion=occasion,
        since=at - timedelta(days=3),
        marketplaces=[],
        place={},
        started_at=at,
        finished_at=at,
        outcome="done",
    )
