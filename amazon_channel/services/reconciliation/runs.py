"""The rows of reconciliations: opened for a window, held by one worker at a time, kept for a while."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from amazon_channel.models import ListedOrder, OrderDifference, Reconciliation, SellerAccount
from amazon_channel.models.reconciliation import HELD_OTHERWISE, DifferenceKind, Occasion
from amazon_channel.services.leases import LeaseLost, lock_account
from amazon_channel.services.reconciliation.place import Place
from commerce_orders.wording import wording
from project import jobs

NIGHTLY_DAYS = 3
MOST_DAYS = 730  # Amazon lists no order that is older than two years
LEASE = timedelta(minutes=5)
SAME_QUESTION = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(days=14)
MOST_ATTEMPTS = 8
MOST_PAGES = 20_000
KEPT = timedelta(days=90)


class WindowRefused(Exception):
    """Amazon cannot be compared over these days; the text says which are allowed."""


class ReconciliationRunning(Exception):
    """Another worker goes on with this reconciliation now."""


@dataclass(slots=True)
class Hold:
    """The right to go on with one reconciliation, as ``leases.Lease`` is for pulls."""

    run: Reconciliation
    fence: int

    def rows(self) -> QuerySet[Reconciliation]:
        """The run's row; none when another worker took over."""
        return Reconciliation.objects.filter(pk=self.run.pk, fence=self.fence, finished_at=None)

    def check(self) -> None:
        """Lock the run's row to the end of the transaction, or raise ``LeaseLost``."""
        if not self.rows().select_for_update().exists():
            raise LeaseLost

    def update(self, **columns: Any) -> None:
        """Change the run's row, or raise ``LeaseLost``."""
        if not self.rows().update(**columns):
            raise LeaseLost


def open_reconciliation(
    *,
    account: SellerAccount,
    now: datetime,
    days: int = NIGHTLY_DAYS,
    since: datetime | None = None,
    asked_by: str = "",
) -> Reconciliation:
    """The unfinished reconciliation that somebody asked for, else a new one from ``since`` or ``days`` back.

    An unfinished one that covers the window goes on where it stands, if it is not older than a day; another is
    replaced. Raises ``WindowRefused``.
    """
    begin = since if since is not None else now - timedelta(days=check_days(days))
    if not now - timedelta(days=MOST_DAYS) <= begin < now:
        raise WindowRefused(_("Choose a time in the past that is at most %(most)s days ago.") % {"most": MOST_DAYS})
    with transaction.atomic():
        lock_account(account)
        unfinished = _unfinished(account, Occasion.ASKED)
        if unfinished and unfinished.since <= begin and now - unfinished.started_at < SAME_QUESTION:
            return unfinished
        return _replace(account, unfinished, occasion=Occasion.ASKED, since=begin, asked_by=asked_by, now=now)


def ask_for_reconciliation(*, account: SellerAccount, days: int, asked_by: str, now: datetime) -> Reconciliation:
    """Let a worker compare the last ``days``; what is unfinished and covers them goes on. Raises ``WindowRefused``."""
    with transaction.atomic():
        run = open_reconciliation(account=account, days=days, asked_by=asked_by, now=now)
        Reconciliation.objects.free(now).filter(pk=run.pk).update(not_before=None)
        jobs.ring("amazon_channel.tasks.reconcile_account", account.pk)
    return run


def open_nightly(*, account: SellerAccount, now: datetime) -> Reconciliation:
    """A new nightly reconciliation of whole days on the account's clock; one left of an earlier night is replaced."""
    first_day = now.astimezone(ZoneInfo(account.time_zone)).date() - timedelta(days=NIGHTLY_DAYS)
    since = datetime.combine(first_day, time(), ZoneInfo(account.time_zone))
    with transaction.atomic():
        lock_account(account)
        unfinished = _unfinished(account, Occasion.NIGHTLY)
        return _replace(account, unfinished, occasion=Occasion.NIGHTLY, since=since, asked_by="", now=now)


def check_days(days: int) -> int:
    """Raises ``WindowRefused`` for days that Amazon does not list."""
    if not 1 <= days <= MOST_DAYS:
        raise WindowRefused(_("Choose from 1 to %(most)s days.") % {"most": MOST_DAYS})
    return days


def hold(run: Reconciliation, *, now: datetime) -> Hold:
    """Take the run for this worker. Raises ``ReconciliationRunning``; gives up one that gets nowhere."""
    taken = (
        Reconciliation.objects.free(now)
        .filter(pk=run.pk)
        .update(
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            leased_until=now + LEASE,
            not_before=None,
            outcome=Reconciliation.Outcome.RUNNING,
        )
    )
    if not taken:
        raise ReconciliationRunning
    run.refresh_from_db()
    if run.attempts > MOST_ATTEMPTS:
        detail = wording("Stopped at the same place %(times)s times", times=MOST_ATTEMPTS)
        end(run, code="gave_up", detail=detail, now=now)
    elif now - run.started_at > GIVEN_UP_AFTER:
        detail = wording("Not done within %(days)s days", days=GIVEN_UP_AFTER.days)
        end(run, code="gave_up", detail=detail, now=now)
    return Hold(run, run.fence)


def end(run: Reconciliation, *, code: str, detail: str, now: datetime) -> None:
    """Close an unfinished run as failed, whoever holds it; its differences stay, what it has seen goes."""
    with transaction.atomic():
        Reconciliation.objects.filter(pk=run.pk, finished_at=None).update(
            fence=F("fence") + 1,
            leased_until=None,
            finished_at=now,
            outcome=Reconciliation.Outcome.FAILED,
            error_code=code,
            error_detail=detail,
        )
        ListedOrder.objects.filter(reconciliation=run).delete()
        count_differences(run)
    run.refresh_from_db()


def count_differences(run: Reconciliation) -> None:
    """Bring the run's counts in line with all of its differences, which single answers may still change."""
    with transaction.atomic():
        runs = Reconciliation.objects.filter(pk=run.pk)
        runs.select_for_update().first()  # or two could count at once, and the one that saw less write last
        counts = OrderDifference.objects.filter(reconciliation=run).aggregate(
            missing=Count("pk", filter=Q(kind=DifferenceKind.MISSING)),
            stale=Count("pk", filter=Q(kind__in=HELD_OTHERWISE)),
            extra=Count("pk", filter=Q(kind=DifferenceKind.EXTRA)),
            repaired=Count("pk", filter=Q(kind__in=[DifferenceKind.MISSING, *HELD_OTHERWISE], is_repaired=True)),
            unsettled=Count("pk", filter=Q(is_repaired=False)),
        )
        runs.update(**counts)


def prune_reconciliations(*, now: datetime) -> int:
    """Delete runs and differences that are 90 days old; the days' counts stay. Returns how many rows went."""
    return Reconciliation.objects.filter(finished_at__lt=now - KEPT).delete()[0]


def _unfinished(account: SellerAccount, occasion: Occasion) -> Reconciliation | None:
    return Reconciliation.objects.unfinished().filter(account=account, occasion=occasion).first()


def _replace(
    account: SellerAccount,
    unfinished: Reconciliation | None,
    *,
    occasion: Occasion,
    since: datetime,
    asked_by: str,
    now: datetime,
) -> Reconciliation:
    if unfinished:
        end(
            unfinished,
            code=unfinished.error_code or "replaced",
            detail=unfinished.error_detail or wording("A later one took its place"),
            now=now,
        )
    return Reconciliation.objects.create(
        account=account,
        occasion=occasion,
        asked_by=asked_by,
        since=since,
        marketplaces=account.marketplaces,
        place=Place.from_the_start(since).as_json(),
        started_at=now,
    )
