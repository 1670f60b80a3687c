"""Reading the mirror for people: what is to be done, what matches a search."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from amazon_channel.models import AmazonOrder, AmazonOrderItem, SellerAccount
from amazon_channel.models.orders import AmazonOrderQuerySet
from commerce_orders.models import Order
from customers.models import Contact

AMAZON_ORDER_NUMBER = re.compile(r"(?:\d{3}|S\d{2})-\d{7}-\d{7}", re.ASCII)
COUNTED_AT_MOST = 10_000


def search_orders(orders: AmazonOrderQuerySet, term: str, *, by_person: bool) -> AmazonOrderQuerySet:
    """Orders with that Amazon number, Commerce number or SKU, or of that buyer (exact name or e-mail address).

    Only exact values, so that each part is one look into an index, whatever the number of orders. Buyers are
    found by keyed hash, and only ``by_person``: whoever may not see a name may not ask for it either.
    """
    term = term.strip()
    if AMAZON_ORDER_NUMBER.fullmatch(term):
        return orders.filter(amazon_order_id=term)
    found = AmazonOrder.objects.filter(amazon_order_id=term).order_by().values("pk")
    parts = [
        AmazonOrder.objects.filter(commerce_order__in=Order.objects.filter(number=term)).order_by().values("pk"),
        AmazonOrderItem.objects.filter(sku=term).order_by().values("order_id"),
    ]
    if by_person:
        people = Contact.objects.with_email(term) if "@" in term else Contact.objects.named(term)
        parts.append(AmazonOrder.objects.filter(contact__in=people).order_by().values("pk"))
    return orders.filter(pk__in=found.union(*parts))


def due_today(now: datetime) -> Q:
    """Ship-by still ahead, and before midnight on the clock of the order's seller account."""
    due = Q(pk__in=[])
    for zone in SellerAccount.objects.order_by().values_list("time_zone", flat=True).distinct():
        tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), ZoneInfo(zone))
        due |= Q(account__time_zone=zone, ship_by__gte=now, ship_by__lt=midnight)
    return due


def orders_to_do(orders: AmazonOrderQuerySet, work: str, *, now: datetime) -> AmazonOrderQuerySet:
    """The part of ``orders`` that a tile of the dashboard counts and a filter of the Orders tab shows."""
    if work == "problem":
        return orders.with_problem()
    to_ship = orders.to_ship()
    if work == "late":
        return to_ship.filter(ship_by__lt=now)
    if work == "today":
        return to_ship.filter(due_today(now))
    return to_ship


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many orders wait for what; ``pending`` stops at ``COUNTED_AT_MOST``."""

    to_ship: int
    today: int
    late: int
    pending: int


def count_work(now: datetime) -> WorkCounts:
    to_ship = AmazonOrder.objects.to_ship().aggregate(
        all=Count("pk"), today=Count("pk", filter=due_today(now)), late=Count("pk", filter=Q(ship_by__lt=now))
    )
    return WorkCounts(
        to_ship=to_ship["all"],
        today=to_ship["today"],
        late=to_ship["late"],
        pending=count_pending(),
    )


def count_pending() -> int:
    """Orders that Amazon still holds, which the Orders tab counts and does not list; at most ``COUNTED_AT_MOST``."""
    return AmazonOrder.objects.held()[:COUNTED_AT_MOST].count()
