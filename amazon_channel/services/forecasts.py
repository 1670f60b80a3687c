"""What is left of Amazon's budgets, and when the work that waits for them will be done; for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models

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
    spending_accounts,
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


def describe_budgets(*, accounts: Sequence[SellerAccount], now: datetime) -> dict[int, list[BudgetForecast]]:
    """Reading, asking and confirming, in this order, by account; five queries, whatever the number of accounts."""
    spenders = spending_accounts(accounts)
    rows = RateBudget.objects.filter(account__in=set(spenders.values()))
    buckets = {(row.account_id, row.operation): row for row in rows}
    waiting = {
        SEARCH_ORDERS: _count(ReadingWindow.objects.filter(account__in=accounts), "account"),
        GET_ORDER: _count(AmazonOrder.objects.filter(account__in=accounts, read_again_at__lte=now), "account"),
        # Of all accounts: few wait, and asked for by account SQLite would read all orders of each.
        CONFIRM_SHIPMENT: _count(
            ShipmentConfirmation.objects.filter(state=ConfirmationState.WAITING), "amazon_order__account"
        ),
    }
    kept = {SEARCH_ORDERS: LIVE_RESERVE}
    return {
        account.pk: [
            _forecast(
                operation,
                buckets.get((spenders[account.pk], operation)),
                counts.get(account.pk, 0),
                keep=kept.get(operation, 0.0),
                now=now,
            )
            for operation, counts in waiting.items()
        ]
        for account in accounts
    }


def _count(rows: models.QuerySet[Any], account: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(account).annotate(models.Count("pk")))


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
