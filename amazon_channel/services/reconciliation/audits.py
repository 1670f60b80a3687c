"""Asking Amazon by number for orders that no list shows: open ones, and those it did not list where it should."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from amazon_channel.gateway.client import AmazonGateway
from amazon_channel.gateway.errors import (
    OUT_OF_CALLS,
    AmazonError,
    AmazonMisconfigured,
    AmazonProtocolError,
    AmazonRejected,
)
from amazon_channel.models import AmazonOrder, OrderAudit, OrderDifference, Reconciliation, SellerAccount
from amazon_channel.models.reconciliation import DifferenceKind, Unsettled
from amazon_channel.services.access_tokens import open_gateway
from amazon_channel.services.account_errors import record_error
from amazon_channel.services.reading_again import DENIED, read_order_again
from amazon_channel.services.reconciliation.comparing import NOT_HELD_WHOLE, store_whole
from amazon_channel.services.reconciliation.runs import count_differences

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 50
KEPT_FOR_OTHERS = 10.0  # of a bucket of 30: for details that are missing, and for packages to be read back
ASKED_AGAIN_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 4


@dataclass(slots=True)
class AuditReport:
    """``changed`` orders were another version at Amazon; ``left`` still wait to be asked for.

    ``runs`` are the comparisons whose differences the answers touched, by key.
    """

    checked: int = 0
    changed: int = 0
    left: int = 0
    error: AmazonError | None = None
    runs: set[int] = field(default_factory=set)


def audit_orders(
    *, account: SellerAccount, most: int = MOST_AT_ONCE, clock: Callable[[], datetime] = timezone.now
) -> AuditReport:
    """Ask for the orders that wait longest, at most ``most``; differences are repaired and recorded.

    Several workers may do so at once: each row is claimed first. An error that concerns the whole account ends the
    audit (``report.error``) and leaves the rest waiting.
    """
    report = AuditReport()
    try:
        _ask_for_due(account, report, most=most, clock=clock)
    finally:  # not with each answer: a run can have a hundred thousand differences, and SQLite one writer
        for run in Reconciliation.objects.filter(pk__in=report.runs).order_by("pk"):
            count_differences(run)
    report.left = OrderAudit.objects.filter(account=account).count()
    return report


def _ask_for_due(account: SellerAccount, report: AuditReport, *, most: int, clock: Callable[[], datetime]) -> None:
    gateway = open_gateway(account, clock=clock)
    due = OrderAudit.objects.filter(account=account, not_before__lte=clock()).order_by("id")
    for audit in due.select_related("amazon_order", "reconciliation").defer("amazon_order__payload")[:most]:
        if not _claim(audit, report, now=clock()):
            continue
        try:
            _ask(audit, account, gateway, report, now=clock())
        except AmazonError as error:
            if isinstance(error, AmazonMisconfigured):
                record_error(account, error, now=clock())
            report.error = error
            return


def _claim(audit: OrderAudit, report: AuditReport, *, now: datetime) -> bool:
    """Put the row off before the work, so that what kills its worker is not first again; gives up after some."""
    claimed = OrderAudit.objects.filter(pk=audit.pk, attempts=audit.attempts).update(
        attempts=audit.attempts + 1, not_before=now + ASKED_AGAIN_AFTER
    )
    audit.attempts += 1
    if claimed and audit.attempts > MOST_ATTEMPTS:
        _close(audit, Unsettled.UNANSWERED, report, is_changed=True, now=now)
        return False
    return bool(claimed)


def _ask(
    audit: OrderAudit, account: SellerAccount, gateway: AmazonGateway, report: AuditReport, *, now: datetime
) -> None:
    order = audit.amazon_order
    try:
        result = read_order_again(
            account=account,
            gateway=gateway,
            amazon_order_id=order.amazon_order_id,
            now=now,
            keep=KEPT_FOR_OTHERS,
            store=store_whole,
        )
    except AmazonRejected as error:
        reason = Unsettled.NOT_FOUND if error.code == "NotFound" else Unsettled.UNANSWERED
        _close(audit, reason, report, is_changed=True, now=now)
        report.checked += 1
        return
    except AmazonError as error:
        if isinstance(error, AmazonProtocolError) or error.code == DENIED:
            logger.warning("Order %s cannot be read by its number: %s", order.amazon_order_id, error)
            return
        if error.code in OUT_OF_CALLS:
            OrderAudit.objects.filter(pk=audit.pk, attempts=audit.attempts).update(
                attempts=audit.attempts - 1, not_before=now
            )
        raise
    is_changed = bool(result.updated)
    problem = AmazonOrder.objects.values_list("problem_code", flat=True).get(pk=order.pk)
    _close(audit, NOT_HELD_WHOLE.get(problem), report, is_changed=is_changed, now=now)
    report.checked += 1
    report.changed += is_changed


def _close(
    audit: OrderAudit, reason: Unsettled | None, report: AuditReport, *, is_changed: bool, now: datetime
) -> None:
    """Record what came of it, and let the row go; nothing when another worker was faster."""
    order = audit.amazon_order
    outcome: dict[str, Any] = {"is_repaired": reason is None, "reason": reason or ""}
    with transaction.atomic():
        if not OrderAudit.objects.filter(pk=audit.pk, attempts=audit.attempts).delete()[0]:
            return
        # An order that waits since an earlier run may be a difference of a later one.
        open_ones = OrderDifference.objects.filter(
            account=audit.account_id, amazon_order_id=order.amazon_order_id, is_repaired=False
        )
        report.runs |= {audit.reconciliation_id, *open_ones.values_list("reconciliation", flat=True)}
        if not open_ones.update(**outcome) and is_changed:
            _record(audit, reason, outcome=outcome, now=now)


def _record(audit: OrderAudit, reason: Unsettled | None, *, outcome: dict[str, Any], now: datetime) -> None:
    """A difference that only the answer showed."""
    order = audit.amazon_order
    now_stored = AmazonOrder.objects.defer("payload", "status_changes").get(pk=order.pk)
    zone = ZoneInfo(audit.reconciliation.account.time_zone)
    OrderDifference.objects.create(
        reconciliation=audit.reconciliation,
        account_id=audit.account_id,
        amazon_order_id=order.amazon_order_id,
        kind=_kind(order, now_stored, reason),
        day=order.purchased_at.astimezone(zone).date() if order.purchased_at else None,
        amazon_version=now_stored.last_updated_at if reason is None else None,
        stored_version=order.last_updated_at,
        found_at=now,
        **outcome,
    )


def _kind(before: AmazonOrder, after: AmazonOrder, reason: Unsettled | None) -> DifferenceKind:
    if reason == Unsettled.NOT_FOUND:
        return DifferenceKind.NOT_FOUND
    if before.had_commerce_order and before.commerce_order_id is None and after.commerce_order_id is not None:
        return DifferenceKind.ORDER_GONE
    is_same_version = reason is None and before.content_hash == after.content_hash
    return DifferenceKind.ALTERED if is_same_version else DifferenceKind.STALE
