"""When each account's nightly reconciliation is due: found from rows, so that no lost job can lose a night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery

from amazon_channel.models import Reconciliation, SellerAccount
from amazon_channel.models.reconciliation import Occasion

NIGHT_BEGINS = time(1)
NIGHT_MINUTES = 240  # over which the accounts of one time zone are spread


def accounts_due_for_the_night(now: datetime) -> list[int]:
    """Keys of the active accounts whose last nightly reconciliation began before this night's turn came.

    After hours without a worker each is due once. An account's first turn is the night after it was connected.
    """
    latest = Reconciliation.objects.filter(account=OuterRef("pk"), occasion=Occasion.NIGHTLY).order_by("-id")
    accounts = SellerAccount.objects.active().order_by("pk").annotate(begun=Subquery(latest.values("started_at")[:1]))
    return [
        pk
        for pk, zone, connected_at, begun_at in accounts.values_list("pk", "time_zone", "created_at", "begun")
        if (begun_at or connected_at) < turn_before(now, account_id=pk, zone=ZoneInfo(zone))
    ]


def turn_before(now: datetime, *, account_id: int, zone: ZoneInfo) -> datetime:
    """The last time at which this account's turn came, UTC: between one and five at night on its own clock."""
    today = now.astimezone(zone).date()
    turns = [
        (datetime.combine(day, NIGHT_BEGINS, zone) + timedelta(minutes=account_id % NIGHT_MINUTES)).astimezone(UTC)
        for day in (today, today - timedelta(days=1))
    ]
    return next((turn for turn in turns if turn <= now), turns[-1])
