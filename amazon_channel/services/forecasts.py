"""What is left of Amazon's budgets, and when the work that waits for them will be done; for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from amazon_channel.models import AmazonOrder, RateBudget, ReadingWindow, SellerAccount, ShipmentConfirmation
from amazon_channel.services.budgets import (
    BURSTS,
    CONFIRM_SHIPMENT,
    GET_ORDER,
    LIVE_RESERVE,
    RATES,
    REFILLED,
    SEARCH_ORDERS,
    refilled,
)
from amazon_channel.states import ConfirmationState


@dataclass(frozen=True, slots=True)
class BudgetForecast:
    """One operation of one account.

    ``calls_left`` of at most ``burst`` may be made at once, ``rate`` a second come back. ``waiting`` is windows of a
    backlog, orders to be asked for, or confirmations to be sent. ``done_at`` is when the last of them can be done,
    at the earliest; ``None`` where nothing waits. How many pages a window has left, Amazon does not say: each counts
    as one, so that the moment moves as long as pages come.
    """

    operation: str
    calls_left: float
    burst: float
    rate: float
    waiting: int
    done_at: datetime | None


def describe_budgets(*, account: SellerAccount, now: datetime) -> list[BudgetForecast]:
    """Reading, asking and confirming, in this order; four queries."""
    buckets = {bucket.operation: bucket for bucket in RateBudget.objects.filter(account=account)}
    waiting = {
        SEARCH_ORDERS: ReadingWindow.objects.filter(account=account).count(),
        GET_ORDER: AmazonOrder.objects.filter(account=account, read_again_at__lte=now).count(),
        CONFIRM_SHIPMENT: ShipmentConfirmation.objects.filter(
            amazon_order__account=account, state=ConfirmationState.WAITING
        ).count(),
    }
    kept = {SEARCH_ORDERS: LIVE_RESERVE}
    return [
        _forecast(operation, buckets.get(operation), count, keep=kept.get(operation, 0.0), now=now)
        for operation, count in waiting.items()
    ]


def _forecast(operation: str, bucket: RateBudget | None, waiting: int, *, keep: float, now: datetime) -> BudgetForecast:
    rate = bucket.rate if bucket else RATES[operation]
    left = refilled(bucket, now) if bucket else BURSTS[operation]
    missing = max(waiting + keep - left, 0.0)
    return BudgetForecast(
        operation=operation,
        calls_left=max(left, 0.0),
        burst=BURSTS[operation],
        rate=rate,
        waiting=waiting,
        done_at=now + timedelta(seconds=missing / (rate * REFILLED)) if waiting else None,
    )
