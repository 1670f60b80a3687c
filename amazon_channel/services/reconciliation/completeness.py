"""The end of a reconciliation: days counted, what Amazon did not list reported, single questions queued."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from amazon_channel.models import (
    AmazonOrder,
    ListedOrder,
    OrderAudit,
    OrderDifference,
    ReconciledDay,
    Reconciliation,
    SellerAccount,
)
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.models.reconciliation import DifferenceKind, Unsettled
from amazon_channel.services.reconciliation.differences import write_differences
from amazon_channel.services.reconciliation.runs import MOST_DAYS, Hold, count_differences
from project.bulk import in_portions, insert_rows
from project.checkpoints import checkpoint

UNSEEN_FOR = timedelta(days=1)


def complete_run(*, hold: Hold, account: SellerAccount, now: datetime) -> None:
    """Count, report and close a run whose list was walked through to its end; may be done again after a crash.

    Nothing that we hold and Amazon did not list is deleted: it is asked for by its number, as is every order that is
    open and was not listed. Raises ``LeaseLost``.
    """
    run = hold.run
    _report_extra(run, account, now=now)
    _queue_audits(run, account, now=now)
    _count_days(run, account, now=now)
    checkpoint("CP_DAYS_COUNTED")
    with transaction.atomic():
        hold.check()
        listed = ListedOrder.objects.filter(reconciliation=run).aggregate(
            amazon=Count("pk"), stored=Count("pk", filter=Q(was_stored=True))
        )
        extra = OrderDifference.objects.filter(reconciliation=run, kind=DifferenceKind.EXTRA).count()
        hold.update(
            outcome=Reconciliation.Outcome.DONE,
            finished_at=now,
            leased_until=None,
            error_code="",
            error_detail="",
            amazon=listed["amazon"],
            stored=listed["stored"] + extra,
        )
        count_differences(run)
        ListedOrder.objects.filter(reconciliation=run).delete()


def extra_orders(run: Reconciliation, account: SellerAccount, *, now: datetime) -> AmazonOrderQuerySet:
    """What we hold of the window and Amazon did not list; orders that have become too old to be listed left out."""
    assert run.until is not None
    return AmazonOrder.objects.filter(
        account=account,
        marketplace_id__in=run.marketplaces,
        purchased_at__gte=max(run.since, now - timedelta(days=MOST_DAYS)),
        purchased_at__lt=run.until,
    ).exclude(_is_listed(run))


def _is_listed(run: Reconciliation) -> Exists:
    return Exists(ListedOrder.objects.filter(reconciliation=run, amazon_order_id=OuterRef("amazon_order_id")))


def _report_extra(run: Reconciliation, account: SellerAccount, *, now: datetime) -> None:
    if run.until is None:
        return
    zone = ZoneInfo(account.time_zone)
    found = extra_orders(run, account, now=now).order_by()
    rows = found.values_list("amazon_order_id", "purchased_at", "last_updated_at")
    for some in in_portions(rows.iterator()):
        with transaction.atomic():
            write_differences(
                OrderDifference(
                    reconciliation=run,
                    account=account,
                    amazon_order_id=order_id,
                    kind=DifferenceKind.EXTRA,
                    day=purchased_at.astimezone(zone).date() if purchased_at else None,
                    stored_version=last_updated_at,
                    reason=Unsettled.UNCHECKED,
                    found_at=now,
                )
                for order_id, purchased_at, last_updated_at in some
            )


def _queue_audits(run: Reconciliation, account: SellerAccount, *, now: datetime) -> None:
    """Those not listed first; an order that still waits since an earlier night keeps its older place."""
    orders = AmazonOrder.objects.filter(account=account).order_by("pk")
    extra = orders.filter(
        amazon_order_id__in=OrderDifference.objects.filter(
            reconciliation=run, kind=DifferenceKind.EXTRA, is_repaired=False
        ).values("amazon_order_id")
    )
    unlisted = orders.exclude(_is_listed(run))
    work_left = unlisted.filter(commerce_order__closed_at=None, stored_at__lt=now - UNSEEN_FOR).exclude(
        commerce_order=None
    )
    keys = chain.from_iterable(
        rows.values_list("pk", flat=True).iterator() for rows in (extra, unlisted.open_at_amazon(), work_left)
    )
    for some in in_portions(keys):
        OrderAudit.objects.bulk_create(
            (
                OrderAudit(account=account, amazon_order_id=key, reconciliation=run, queued_at=now, not_before=now)
                for key in dict.fromkeys(some)
            ),
            ignore_conflicts=True,
        )


def _count_days(run: Reconciliation, account: SellerAccount, *, now: datetime) -> None:
    """Only days that lie in the window from their first moment; the last one is as long as it is until now."""
    if run.until is None:
        return
    is_held = Exists(AmazonOrder.objects.filter(account=account, amazon_order_id=OuterRef("amazon_order_id")))
    listed = (
        ListedOrder.objects.filter(reconciliation=run)
        .order_by()
        .values("day")
        .annotate(amazon=Count("pk"), held=Count("pk", filter=is_held))
        .values_list("day", "amazon", "held")
    )
    counts: dict[date | None, tuple[int, int]] = {day: (amazon, held) for day, amazon, held in listed}
    extra = OrderDifference.objects.filter(reconciliation=run, kind=DifferenceKind.EXTRA).order_by()
    for day, count in extra.values("day").annotate(count=Count("pk")).values_list("day", "count"):
        amazon, held = counts.get(day, (0, 0))
        counts[day] = amazon, held + count
    rows = [
        {
            "account_id": account.pk,
            "day": day,
            "amazon": counts.get(day, (0, 0))[0],
            "held": counts.get(day, (0, 0))[1],
            "counted_at": now,
        }
        for day in _whole_days(run.since, run.until, ZoneInfo(account.time_zone))
    ]
    insert_rows(ReconciledDay, rows, unique=("account_id", "day"), update=("amazon", "held", "counted_at"))


def _whole_days(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[date]:
    day = since.astimezone(zone).date()
    if datetime.combine(day, time(), zone) < since:
        day += timedelta(days=1)
    while day <= until.astimezone(zone).date():
        yield day
        day += timedelta(days=1)
