"""Reading Commerce orders for people."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from commerce_orders.channels import by_channel, channel_accounts
from commerce_orders.counting import among
from commerce_orders.models import Order, OrderLine, Shipment
from commerce_orders.models.orders import OrderQuerySet
from commerce_orders.states import OrderStatus
from customers.models import Contact


def orders_of_tab(orders: OrderQuerySet, tab: str, *, now: datetime) -> OrderQuerySet:
    """The part of ``orders`` that a tab of their list shows; else all."""
    match tab:
        case "to_ship":
            return orders.to_ship()
        case "late":
            return orders.late(now)
        case "complete":
            return orders.filter(status=OrderStatus.COMPLETE)
        case "canceled":
            return orders.filter(status=OrderStatus.CANCELED)
    return orders


def clocks() -> dict[str, Q]:
    """The orders by the clock of their account at the sales channel; one query per channel."""
    accounts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for account in channel_accounts():
        accounts[account.time_zone, account.channel].append(account.reference)
    orders: dict[str, Q] = defaultdict(Q)
    for (zone, channel), references in accounts.items():
        orders[zone] |= Q(channel=channel, channel_account__in=references)
    return orders


def search_orders(orders: QuerySet[Order], term: str, *, by_person: bool) -> QuerySet[Order]:
    """Orders with that number, here, at the channel or in a connected system; SKU, tracking number or buyer.

    Only exact values, each one look into an index. Buyers are found by keyed hash, and only ``by_person``.
    """
    term = term.strip()
    parts = [
        Order.objects.filter(channel_order_id=term).order_by().values("pk"),
        Order.objects.exclude(external_number="").filter(external_number=term).order_by().values("pk"),
        OrderLine.objects.filter(sku=term).order_by().values("order_id"),
        Shipment.objects.filter(tracking_number=term).order_by().values("order_id"),
    ]
    if by_person:
        people = Contact.objects.with_email(term) if "@" in term else Contact.objects.named(term)
        parts.append(Order.objects.filter(contact__in=people).order_by().values("pk"))
    return among(orders, Order.objects.filter(number=term).order_by().values("pk").union(*parts, all=True))


def time_zones_of(orders: Sequence[Order]) -> dict[int, str]:
    """The clock of each order's channel account, by order id; one query per channel among them."""
    zones = {order.pk: "UTC" for order in orders}
    for channel, group in by_channel(orders):
        zones |= channel.time_zones(group)
    return zones
