"""Orders held at Amazon's very version, and yet not as Amazon says: changed here by hand, or restored in part."""

import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from amazon_channel import states
from amazon_channel.mapping.drafts import make_draft
from amazon_channel.mapping.orders import OrderReading, Version, read_order
from amazon_channel.mapping.personal import with_earlier_details
from amazon_channel.models import (
    AmazonOrder,
    AmazonOrderItem,
    OrderSettings,
    SellerAccount,
    ShipmentConfirmation,
)
from amazon_channel.models.reconciliation import DifferenceKind
from amazon_channel.services.leases import lock_account
from amazon_channel.services.mirror import ITEM_COLUMNS, item_columns, order_columns
from amazon_channel.services.restoring import find_lost, unknown_packages
from amazon_channel.states import Problem
from commerce_orders.models import OrderLine
from commerce_orders.services.catalogue import find_products
from commerce_orders.services.drafts import OrderDraft
from customers.models import PersonalDetails

LAST_DIGIT = Decimal("0.0001")  # of a stored amount
REFUSED = frozenset({Problem.ORDER_NUMBER_TAKEN, Problem.CUSTOMER_EMAIL_MISSING})  # staff know why there is no order

Versions = Mapping[str, tuple[Version, Any]]


def find_deviations(account: SellerAccount, versions: Versions) -> dict[str, DifferenceKind]:
    """By Amazon's number, what of ``versions`` is held by content hash and differs in anything else.

    Amazon's order is mapped again and compared with every column, item and personal detail that it makes, and with
    whether it should have a Commerce order. Orders of which only the payload is kept are left out. At most nine
    statements, however many orders.
    """
    rows = _rows_at_their_version(account, versions)
    readings = {row.pk: reading for row in rows if isinstance(reading := _read(row, versions), OrderReading)}
    rows = [row for row in rows if row.pk in readings]
    if not rows:
        return {}
    items = _stored_items(rows)
    shipped = _units_shipped(rows)
    without = {row.pk: readings[row.pk] for row in rows if _may_lack_an_order(row)}
    gone = _orders_gone([row for row in rows if row.pk in without], without, account)
    lost = _packages_lost(rows, readings)
    found = {}
    for row in rows:
        reading = readings[row.pk]
        if row.pk in gone:
            found[row.amazon_order_id] = DifferenceKind.ORDER_GONE
        elif (
            _is_altered(row, reading, units_shipped=shipped.get(row.commerce_order_id or 0, 0))
            or items.get(row.pk, {}) != _read_items(reading)
            or _details(row, reading) != _known_details(row)
            or row.commerce_order_id in lost
        ):
            found[row.amazon_order_id] = DifferenceKind.ALTERED
    return found


def forget_versions(account: SellerAccount, versions: Versions, deviations: Mapping[str, DifferenceKind]) -> None:
    """Make ``versions`` news for those that deviate, in the caller's transaction, so that storing them repairs them."""
    if not deviations:
        return
    lock_account(account)
    # One that was stored anew meanwhile has another hash.
    rows = AmazonOrder.objects.filter(
        account=account,
        amazon_order_id__in=deviations,
        content_hash__in=[versions[order_id][0].content_hash for order_id in deviations],
    )
    rows.update(content_hash="", last_updated_at=None)


def _rows_at_their_version(account: SellerAccount, versions: Versions) -> list[AmazonOrder]:
    if not versions:
        return []
    rows = (
        AmazonOrder.objects.filter(account=account, amazon_order_id__in=versions)
        .exclude(problem_code__in=states.NOT_MIRRORED)
        .select_related("contact")
        .annotate(order_number=F("commerce_order__number"))
    )
    return [row for row in rows if row.content_hash == versions[row.amazon_order_id][0].content_hash]


def _read(row: AmazonOrder, versions: Versions) -> Any:
    version, raw = versions[row.amazon_order_id]
    return read_order(raw, version)


def _is_altered(row: AmazonOrder, reading: OrderReading, *, units_shipped: int) -> bool:
    columns = order_columns(reading)
    if any(not _is_same(getattr(row, name), value) for name, value in columns.items()):
        return True
    # Of an order of which a part has left, what is to ship depends on which units Amazon shows already.
    if not units_shipped and row.units_to_ship != reading.units_to_ship:
        return True
    return row.payload != reading.payload and _plain(row.payload) != _plain(reading.payload)


def _is_same(stored: Any, read: Any) -> bool:
    if isinstance(stored, Decimal) and isinstance(read, Decimal):
        return abs(stored - read) < LAST_DIGIT  # Amazon may state more digits than are kept
    return bool(stored == read)


def _plain(part: Any) -> Any:
    """As any database gives it back: some make integers of large numbers, and none has a word for infinity."""
    if isinstance(part, dict):
        return {name: _plain(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_plain(value) for value in part]
    if isinstance(part, bool) or not isinstance(part, int | float):
        return part
    try:
        return float(part) if math.isfinite(part) else None
    except OverflowError:
        return None


def _stored_items(rows: Sequence[AmazonOrder]) -> dict[int, dict[str, tuple[Any, ...]]]:
    stored: dict[int, dict[str, tuple[Any, ...]]] = {}
    items = AmazonOrderItem.objects.filter(order__in=rows).order_by()
    for order_id, item_id, *columns in items.values_list("order_id", "order_item_id", *ITEM_COLUMNS):
        stored.setdefault(order_id, {})[item_id] = tuple(map(_kept, columns))
    return stored


def _read_items(reading: OrderReading) -> dict[str, tuple[Any, ...]]:
    return {
        item.order_item_id: tuple(_kept(value) for value in item_columns(reading, item).values())
        for item in reading.items
    }


def _kept(value: Any) -> Any:
    return value.quantize(LAST_DIGIT) if isinstance(value, Decimal) else value


def _units_shipped(rows: Sequence[AmazonOrder]) -> dict[int, int]:
    lines = OrderLine.objects.filter(order__in=[row.commerce_order_id for row in rows if row.commerce_order_id])
    return dict(
        lines.order_by().values("order_id").annotate(units=Sum("quantity_shipped")).values_list("order_id", "units")
    )


def _packages_lost(rows: Sequence[AmazonOrder], readings: Mapping[int, OrderReading]) -> Collection[int]:
    """Commerce orders whose packages are shown by Amazon and are gone here."""
    with_packages = {
        row.pk: row.commerce_order_id for row in rows if row.commerce_order_id and readings[row.pk].packages
    }
    if not with_packages:
        return ()
    confirmations: dict[int, list[ShipmentConfirmation]] = {pk: [] for pk in with_packages}
    for confirmation in ShipmentConfirmation.objects.filter(amazon_order__in=with_packages).select_related("shipment"):
        confirmations[confirmation.amazon_order_id].append(confirmation)
    return find_lost(
        {order_id: unknown_packages(readings[pk], confirmations[pk]) for pk, order_id in with_packages.items()}
    )


def _known_details(row: AmazonOrder) -> PersonalDetails:
    return row.contact.details if row.contact else PersonalDetails()


def _details(row: AmazonOrder, reading: OrderReading) -> PersonalDetails:
    """What would be stored of buyer and recipient: what is erased stays so."""
    if row.contact and row.contact.erased_at:
        return _known_details(row)
    return with_earlier_details(reading.details, _known_details(row))


def _may_lack_an_order(row: AmazonOrder) -> bool:
    """Without Commerce order, though it had one or is ours to ship; nobody is to decide about it still."""
    if row.commerce_order_id is not None:
        return row.order_number is None  # type: ignore[attr-defined]
    is_ours = row.status in states.TO_SHIP and not row.is_fulfilled_by_amazon
    return (row.had_commerce_order or is_ours) and not row.is_to_decide and row.problem_code not in REFUSED


def _orders_gone(
    rows: Sequence[AmazonOrder], readings: Mapping[int, OrderReading], account: SellerAccount
) -> Collection[int]:
    """Keys of those of which the settings want a Commerce order, and those whose link leads nowhere."""
    if not rows:
        return ()
    settings = OrderSettings.objects.get(account=account)
    products = find_products(
        channel=states.CHANNEL, skus={item.sku for reading in readings.values() for item in reading.items}
    )
    return {
        row.pk
        for row in rows
        if row.commerce_order_id is not None
        or isinstance(
            make_draft(
                readings[row.pk],
                settings=settings,
                contact_id=row.contact_id,
                details=_details(row, readings[row.pk]),
                products=products,
            ),
            OrderDraft,
        )
    }
