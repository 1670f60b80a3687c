"""Counting the days of accounts: each day whole and anew, so that counting it twice changes nothing.

Days are of the account's own clock. Which days to count is found by what was stored or sent since the last look; what
that misses, a worker's clock that goes wrong for one, the nightly count of the last days finds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, TruncHour

from amazon_channel import states
from amazon_channel.models import AmazonOrder, DayCount, OrderDay, SellerAccount, ShipmentConfirmation
from amazon_channel.models.durations import Durations
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.states import ConfirmationState
from commerce_orders.models.money import ZERO
from project.bulk import insert_rows

COUNTED_NIGHTLY = timedelta(days=100)  # more than any chart shows
# Rows become visible when their transaction ends, some time after the moment that stands in them.
LATEST_TO_APPEAR = timedelta(minutes=10)
NOT_TRADE = [states.CANCELLED, states.UNFULFILLABLE]
UNTOLD = [ConfirmationState.WAITING, ConfirmationState.SENDING, ConfirmationState.REJECTED]


class Kind(NamedTuple):
    """What the rows of a day are told apart by."""

    fulfilled_by: str
    currency: str


@dataclass(slots=True)
class Shipping:
    """How one kind of a day's orders left."""

    on_time: int = 0
    late: int = 0
    times: list[timedelta] = field(default_factory=list)


def count_touched_days(*, now: datetime) -> int:
    """Count the days whose orders were stored or told to Amazon since the last look; returns how many.

    How far it looked is written last: a worker that dies leaves all of it to the next.
    """
    mark, _ = DayCount.objects.get_or_create(pk=1)
    touched = sorted(touched_days(since=(mark.counted_to or now) - LATEST_TO_APPEAR))
    accounts = SellerAccount.objects.defer("encrypted_credentials").in_bulk({account_id for account_id, _ in touched})
    for account_id, day in touched:
        count_day(account=accounts[account_id], day=day)
    DayCount.objects.filter(pk=1).update(counted_to=now)
    return len(touched)


def touched_days(*, since: datetime) -> set[tuple[int, date]]:
    """The days, by account's key, of orders that were stored from ``since`` on, or of which a package was sent."""
    stored = AmazonOrder.objects.filter(stored_at__gte=since)
    # What Amazon shows since has been stored anew with it.
    sent = ShipmentConfirmation.objects.filter(state=ConfirmationState.SENT, sent_at__gte=since)
    zones = {pk: ZoneInfo(zone) for pk, zone in SellerAccount.objects.values_list("pk", "time_zone")}
    days = set()
    for orders in (stored, AmazonOrder.objects.filter(pk__in=sent.values("amazon_order"))):
        # Few rows, however many orders: of the days in one hour, the first and the last moment tell both.
        hours = orders.exclude(purchased_at=None).order_by().annotate(hour=TruncHour("purchased_at", tzinfo=UTC))
        spans = hours.values("account", "hour").annotate(first=Min("purchased_at"), last=Max("purchased_at"))
        for account_id, first, last in spans.values_list("account", "first", "last"):
            days |= {(account_id, at.astimezone(zones[account_id]).date()) for at in (first, last)}
    return days


def recount_days(*, account: SellerAccount, since: date | None = None) -> int:
    """Count every day of an account anew, or those from ``since`` on; returns how many had orders.

    Also where the account's clock has changed: rows of days that have no orders any more go away.
    """
    zone = ZoneInfo(account.time_zone)
    bought = AmazonOrder.objects.filter(account=account, purchased_at__isnull=False)
    ends = bought.aggregate(first=Min("purchased_at"), last=Max("purchased_at"))
    rows = OrderDay.objects.filter(account=account)
    counted = rows.aggregate(first=Min("day"), last=Max("day"))
    days = [at.astimezone(zone).date() for at in ends.values() if at] + [day for day in counted.values() if day]
    if not days:
        return 0
    first, last = max(min(days), since or date.min), max(days)
    return sum(count_day(account=account, day=day) > 0 for day in _days(first, last))


def count_day(*, account: SellerAccount, day: date) -> int:
    """Make the rows of one day what its orders say, in one transaction; returns how many orders there are."""
    with transaction.atomic():
        # Two that count one day at the same time would otherwise leave what the first one saw.
        DayCount.objects.select_for_update().get_or_create(pk=1)
        orders = orders_of(account, day)
        shipping = _shipping(orders)
        sums = (
            orders.order_by()
            .values("fulfilled_by", "currency")
            .annotate(
                orders=Count("pk"),
                units=Sum("units_ordered"),
                revenue=Sum("grand_total", default=ZERO, output_field=OrderDay._meta.get_field("revenue")),
            )
        )
        rows = [
            {"account_id": account.pk, "day": day, **_row(kind, each, shipping[kind])}
            for each in sums
            for kind in [Kind(each["fulfilled_by"], each["currency"])]
        ]
        OrderDay.objects.filter(account=account, day=day).delete()
        insert_rows(OrderDay, rows)
    return sum(row["orders"] for row in rows)


def orders_of(account: SellerAccount, day: date) -> AmazonOrderQuerySet:
    """What was bought on ``day`` of the account's clock and counts as trade."""
    zone = ZoneInfo(account.time_zone)
    begins, ends = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    bought = AmazonOrder.objects.filter(account=account, purchased_at__gte=begins, purchased_at__lt=ends)
    return bought.listed().exclude(status__in=NOT_TRADE)


def _shipping(orders: AmazonOrderQuerySet) -> dict[Kind, Shipping]:
    """Of the orders all of which left. Amazon calls late what it is told of after ship-by.

    Source: "Late Shipment Rate", Seller Central. A package that was shipped in Seller Central says itself when it left;
    how long people here took says only one that was sent from here.
    """
    needed = ~Q(confirmations__state=ConfirmationState.WITHDRAWN)
    unsent = Q(confirmations__first_sent_at=None)
    left = (
        orders.filter(units_to_ship=0)
        .order_by()
        .values("pk", "fulfilled_by", "currency", "purchased_at", "ship_by")
        .annotate(
            told_at=Max(Coalesce("confirmations__first_sent_at", "confirmations__shipment__shipped_at"), filter=needed),
            untold=Count("confirmations", filter=unsent & Q(confirmations__state__in=UNTOLD)),
            shipped_elsewhere=Count("confirmations", filter=unsent & needed),
        )
        .filter(untold=0, told_at__isnull=False)
    )
    found: dict[Kind, Shipping] = defaultdict(Shipping)
    for order in left:
        shipping = found[Kind(order["fulfilled_by"], order["currency"])]
        if order["ship_by"] is not None and order["told_at"] > order["ship_by"]:
            shipping.late += 1
        else:
            shipping.on_time += 1
        if not order["shipped_elsewhere"]:
            shipping.times.append(order["told_at"] - order["purchased_at"])
    return found


def _row(kind: Kind, sums: Mapping[str, Any], shipping: Shipping) -> dict[str, Any]:
    return {
        **kind._asdict(),
        "orders": sums["orders"],
        "units": sums["units"],
        "revenue": sums["revenue"],
        "shipped_on_time": shipping.on_time,
        "shipped_late": shipping.late,
        "confirmation_times": Durations.of(shipping.times).as_json(),
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
