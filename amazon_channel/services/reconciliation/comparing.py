"""One page of Amazon's list beside what is stored: differences are written down first, then repaired, then judged."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from amazon_channel.mapping.orders import Version
from amazon_channel.mapping.reading import Unreadable, moment
from amazon_channel.models import AmazonOrder, ListedOrder, OrderDifference, Reconciliation, SellerAccount
from amazon_channel.models.reconciliation import DifferenceKind, Unsettled
from amazon_channel.services.batch import PageResult
from amazon_channel.services.quarantine import Watch
from amazon_channel.services.reconciliation.deviations import Versions, find_deviations, forget_versions
from amazon_channel.services.reconciliation.differences import write_differences
from amazon_channel.services.reconciliation.runs import Hold
from amazon_channel.services.store import newest_of_each, store_page
from amazon_channel.services.versions import is_news
from amazon_channel.states import Problem
from project.checkpoints import checkpoint

Held = tuple[datetime | None, str, str]  # time and hash of the stored version, and its problem
NOT_HELD_WHOLE = {
    Problem.UNREADABLE.value: Unsettled.UNREADABLE,
    Problem.NOT_STORED.value: Unsettled.NOT_STORED,
}


def compare_page(*, hold: Hold, account: SellerAccount, orders: Sequence[Any], now: datetime) -> bool:
    """Repair from the page what is missing or stale; whether it showed an order that this run had not seen.

    A crash at any point leaves the page to be compared again, with the same outcome. Statements do not depend on
    the number of orders. Raises ``LeaseLost``.
    """
    run, versions = hold.run, newest_of_each(orders)
    held = held_versions(account, versions)
    deviations = find_deviations(account, versions)
    seen = ListedOrder.objects.filter(reconciliation=run, amazon_order_id__in=versions)
    new = versions.keys() - set(seen.values_list("amazon_order_id", flat=True))
    differing = deviations | {
        order_id: DifferenceKind.STALE if order_id in held else DifferenceKind.MISSING
        for order_id, (version, _raw) in versions.items()
        if order_id not in deviations and reason_against(version, held.get(order_id)) is not None
    }
    zone = ZoneInfo(account.time_zone)
    days = {order_id: _day_of(raw, run, zone) for order_id, (_version, raw) in versions.items()}
    with transaction.atomic():
        # It locks the account, which whoever replaces this run does before it locks the run.
        forget_versions(account, versions, deviations)
        hold.check()
        ListedOrder.objects.bulk_create(
            (
                ListedOrder(
                    reconciliation=run, amazon_order_id=order_id, day=days[order_id], was_stored=order_id in held
                )
                for order_id in new
            ),
            ignore_conflicts=True,
        )
        write_differences(
            OrderDifference(
                reconciliation=run,
                account=account,
                amazon_order_id=order_id,
                kind=kind,
                day=days[order_id],
                amazon_version=versions[order_id][0].last_updated_at,
                stored_version=held[order_id][0] if order_id in held else None,
                reason=Unsettled.NOT_STORED,
                found_at=now,
            )
            for order_id, kind in differing.items()
        )
    checkpoint("CP_DIFFERENCES_WRITTEN")
    if differing:
        store_page(account=account, orders=[versions[order_id][1] for order_id in differing], now=now)
    _settle(account, versions)
    checkpoint("CP_DIFFERENCES_JUDGED")
    return bool(new)


def held_versions(account: SellerAccount, order_ids: Iterable[str]) -> dict[str, Held]:
    rows = AmazonOrder.objects.filter(account=account, amazon_order_id__in=list(order_ids))
    return {
        order_id: (last_updated_at, content_hash, problem)
        for order_id, last_updated_at, content_hash, problem in rows.values_list(
            "amazon_order_id", "last_updated_at", "content_hash", "problem_code"
        )
    }


def reason_against(version: Version, held: Held | None) -> Unsettled | None:
    """Why what is held does not do for ``version``; ``None`` when it is as new and was read whole."""
    if held is None or is_news(version, held[:2]):
        return Unsettled.NOT_STORED
    return NOT_HELD_WHOLE.get(held[2])


def store_whole(
    *,
    account: SellerAccount,
    orders: Sequence[Any],
    now: datetime,
    check: Callable[[], None] | None = None,
    watch: Watch | None = None,
) -> PageResult:
    """``store_page``, which also repairs what is held at Amazon's version and was altered here."""
    versions = newest_of_each(orders)
    if deviations := find_deviations(account, versions):
        with transaction.atomic():
            forget_versions(account, versions, deviations)
    return store_page(account=account, orders=orders, now=now, check=check, watch=watch)


def _settle(account: SellerAccount, versions: Versions) -> None:
    """Judge the differences of the page's orders by what is stored now, also those that earlier runs left open."""
    open_ones = OrderDifference.objects.filter(account=account, amazon_order_id__in=versions, is_repaired=False)
    keys = list(open_ones.values_list("pk", "amazon_order_id"))
    if not keys:
        return
    judged = {order_id: versions[order_id] for _pk, order_id in keys}
    held, deviations = held_versions(account, judged), find_deviations(account, judged)
    outcomes: dict[Unsettled | None, list[int]] = {}
    for pk, order_id in keys:
        reason = reason_against(versions[order_id][0], held.get(order_id))
        if order_id in deviations:
            reason = Unsettled.NOT_STORED
        outcomes.setdefault(reason, []).append(pk)
    for reason, pks in outcomes.items():
        OrderDifference.objects.filter(pk__in=pks).update(is_repaired=reason is None, reason=reason or "")


def _day_of(raw: Any, run: Reconciliation, zone: ZoneInfo) -> date:
    """The day of purchase; the window's first one where Amazon's time cannot be read."""
    try:
        created_at = moment(raw, "createdTime") if isinstance(raw, dict) else None
    except Unreadable:
        created_at = None
    return (created_at or run.since).astimezone(zone).date()
