"""The record of pulls: kept true, and kept short."""

from datetime import datetime, timedelta

from amazon_channel.models import SellerAccount, SyncRun
from commerce_orders.wording import wording

IDLE_KEPT = timedelta(days=2)
OTHERS_KEPT = timedelta(days=90)


def close_abandoned_runs(account: SellerAccount, *, now: datetime) -> None:
    """Whoever holds the lease knows that no earlier run is going on, whatever its row says."""
    SyncRun.objects.filter(account=account, outcome=SyncRun.Outcome.RUNNING).update(
        outcome=SyncRun.Outcome.FAILED,
        finished_at=now,
        error_code="lease_lost",
        error_detail=wording("The worker died"),
    )


def prune_runs(*, now: datetime) -> int:
    """Delete old runs, those that found nothing new first; returns how many."""
    ended_well = [SyncRun.Outcome.DONE, SyncRun.Outcome.WAITING]
    idle = SyncRun.objects.filter(outcome__in=ended_well, created=0, updated=0)
    pruned = idle.filter(started_at__lt=now - IDLE_KEPT).delete()[0]
    return pruned + SyncRun.objects.filter(started_at__lt=now - OTHERS_KEPT).delete()[0]
