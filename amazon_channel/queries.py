"""Reading the mirror for people: what is to be done, what matches a search."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from amazon_channel.carriers import OTHER, carriers_at, spellings_at
from amazon_channel.models import AmazonOrder, AmazonOrderItem, CarrierSpelling, OrderNote, SellerAccount
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.paper import usual_language, usual_page_size
from amazon_channel.risks import at_risk
from commerce_orders.channels import CarrierBook, ChannelNote, DocumentStyle
from commerce_orders.counting import among, count_lists
from commerce_orders.days import start_of_day
from commerce_orders.models import Order, Shipment
from customers.models import Contact

AMAZON_ORDER_NUMBER = re.compile(r"(?:\d{3}|S\d{2})-\d{7}-\d{7}", re.ASCII)
BARE_ORDER_NUMBER = re.compile(r"(?:\d{3}|S\d{2})\d{14}", re.ASCII)
HYPHENS = re.compile(r"[\s\u2010-\u2015\u2212-]")
COUNTED_AT_MOST = 10_000
SHEET_WORK = ("to_ship", "today", "late")


def read_term(typed: str) -> str:
    """What was meant by what was typed, pasted or scanned: Amazon order numbers also without, or with odd, hyphens."""
    bare = HYPHENS.sub("", typed).removeprefix("#").upper()
    if BARE_ORDER_NUMBER.fullmatch(bare):
        return f"{bare[:3]}-{bare[3:10]}-{bare[10:]}"
    return typed.strip()


def search_orders(orders: AmazonOrderQuerySet, term: str, *, by_person: bool) -> AmazonOrderQuerySet:
    """Orders with that Amazon number, Commerce number, SKU or tracking number, or of that buyer (name or e-mail).

    Only exact values, so that each part is one look into an index, whatever the number of orders. Buyers are
    found by keyed hash, and only ``by_person``: whoever may not see a name may not ask for it either.
    """
    term = read_term(term)
    if AMAZON_ORDER_NUMBER.fullmatch(term):
        return orders.filter(amazon_order_id=term)
    commerce_orders = Order.objects.filter(number=term.removeprefix("#"))
    shipments = Shipment.objects.filter(tracking_number=term)
    mirrored = AmazonOrder.objects.order_by()
    parts = [
        mirrored.filter(commerce_order__in=commerce_orders).values("pk"),
        mirrored.filter(commerce_order__in=shipments.values("order_id")).values("pk"),
        AmazonOrderItem.objects.filter(sku=term).order_by().values("order_id"),
    ]
    if by_person:
        people = Contact.objects.with_email(term) if "@" in term else Contact.objects.named(term)
        parts.append(mirrored.filter(contact__in=people).values("pk"))
    return among(orders, mirrored.filter(amazon_order_id=term).values("pk").union(*parts, all=True))


def clocks() -> dict[str, Q]:
    """The orders by the clock of their seller account; one query."""
    zones = SellerAccount.objects.order_by().values_list("time_zone", flat=True).distinct()
    # Not joined: a database that began with the accounts would read the days once for each.
    return {zone: Q(account__in=SellerAccount.objects.filter(time_zone=zone)) for zone in zones}


def due_today(now: datetime) -> Q:
    """Ship-by still ahead, and before midnight on the clock of the order's seller account."""
    due, last = Q(pk__in=[]), now
    for zone, orders in clocks().items():
        midnight = start_of_day(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), zone)
        due |= orders & Q(ship_by__lt=midnight)
        last = max(last, midnight)
    # Where an index is to begin and to end; it would not find that out from each clock's midnight.
    return due & Q(ship_by__gte=now, ship_by__lt=last)


def orders_to_do(orders: AmazonOrderQuerySet, work: str, *, now: datetime) -> AmazonOrderQuerySet:
    """The part of ``orders`` that a tile of the dashboard counts and a tab of the Orders tab shows; else all."""
    match work:
        case "to_ship":
            return orders.to_ship()
        case "today":
            return orders.to_ship().filter(due_today(now))
        case "late":
            return orders.to_ship().filter(ship_by__lt=now)
        case "at_risk":
            return at_risk(orders, now=now)
        case "problem":
            return orders.with_problem()
        case "shipped":
            return orders.shipped()
        case "canceled":
            return orders.canceled()
        case "fba":
            return orders.fulfilled_by_amazon()
    return orders


def orders_for_sheet(work: str, *, account: int | None, behind: int | None, now: datetime) -> AmazonOrderQuerySet:
    """What can be shipped of ``work``, the soonest ship-by first; only those behind the order ``behind``, if given."""
    orders = orders_to_do(AmazonOrder.objects.all(), work, now=now).filter(
        commerce_order__closed_at=None, commerce_order__cancellation_requested_at=None, commerce_order__isnull=False
    )
    if account is not None:
        orders = orders.filter(account=account)
    place = AmazonOrder.objects.filter(pk=behind).values_list("ship_by", "pk").first() if behind else None
    if place is not None:
        ship_by, pk = place
        later = Q(ship_by__gt=ship_by) | Q(ship_by=ship_by, pk__gt=pk) | Q(ship_by=None)
        orders = orders.filter(later if ship_by else Q(ship_by=None, pk__gt=pk))
    return orders.order_by(F("ship_by").asc(nulls_last=True), "pk")


def orders_of_tab(work: str, *, now: datetime) -> AmazonOrderQuerySet:
    """What ``orders_to_do`` leaves of all listed orders. What is to ship is listed, which an index need not look up."""
    are_listed = work in {"to_ship", "today", "late", "at_risk"}
    return orders_to_do(AmazonOrder.objects.all() if are_listed else AmazonOrder.objects.listed(), work, now=now)


def count_work(now: datetime) -> dict[str, int]:
    """How many orders wait for what, by the names of ``orders_to_do``, and ``pending``.

    At most ``COUNTED_AT_MOST`` each; one statement, and one for the clocks.
    """
    rows = {work: orders_of_tab(work, now=now) for work in ("late", "today", "at_risk", "to_ship")}
    rows["pending"] = AmazonOrder.objects.held()
    return count_lists("work", rows, at_most=dict.fromkeys(rows, COUNTED_AT_MOST))


def count_pending() -> int:
    """Orders that Amazon still holds, which the Orders tab counts and does not list; at most ``COUNTED_AT_MOST``."""
    return AmazonOrder.objects.held()[:COUNTED_AT_MOST].count()


def carrier_books(orders: Sequence[Order]) -> dict[int, CarrierBook]:
    """The carriers that Amazon takes for each order, by order id, with staff's spellings; two queries."""
    places = dict(
        AmazonOrder.objects.filter(commerce_order__in=orders).values_list("commerce_order_id", "marketplace_id")
    )
    own = list(CarrierSpelling.objects.values_list("marketplace_id", "spelling", "carrier_code"))
    books = {}
    for place in set(places.values()) | {""}:
        carriers = carriers_at(place)
        # Those of the marketplace come last and so count before those of all.
        here = [(spelling, code) for where in dict.fromkeys(("", place)) for at, spelling, code in own if at == where]
        books[place] = CarrierBook(carriers, OTHER, spellings_at(carriers, here))
    return {order.pk: books[places.get(order.pk, "")] for order in orders}


def notes_on(order: AmazonOrder) -> list[ChannelNote]:
    """What staff wrote on it while there was no Commerce order, oldest first."""
    return [ChannelNote(*note) for note in OrderNote.objects.filter(order=order).values_list("at", "actor", "text")]


def document_styles(orders: Sequence[Order]) -> dict[int, DocumentStyle]:
    """How each order's documents look, by order id; one query, and an account's logo is read once for each order."""
    mirrored = (
        AmazonOrder.objects.filter(commerce_order__in=orders)
        .select_related("account__document_settings")
        .defer("payload", "account__encrypted_credentials")
    )
    styles: dict[int, DocumentStyle] = {}
    for order in mirrored:
        styles[order.commerce_order_id or 0] = style_of(order.account)
    return styles


def style_of(account: SellerAccount) -> DocumentStyle:
    """What was chosen for the account, else what is usual where it sells first."""
    chosen = getattr(account, "document_settings", None)
    return DocumentStyle(
        language=chosen.language if chosen else usual_language(account.marketplaces),
        page_size=chosen.page_size if chosen else usual_page_size(account.marketplaces),
        seller=account.name,
        logo=bytes(chosen.logo) if chosen else b"",
    )
