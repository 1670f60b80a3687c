"""What rows of a file of shipments would do: a constant number of statements for some hundred of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from commerce_orders.channels import CarrierBook, by_channel
from commerce_orders.models import Order, OrderLine, Shipment, ShipmentUpload, UploadRow
from commerce_orders.models.uploads import RowState
from commerce_orders.queries import time_zones_of
from commerce_orders.services.fulfilment import CLOCK_TOLERANCE, SAME_DAY
from commerce_orders.services.sheet import other_orders_with
from commerce_orders.services.upload_columns import AmbiguousDay, read_day

CARRIERS_NAMED = SKUS_NAMED = 12  # in a sentence
UNITS = re.compile(r"([0-9]{1,6})([.,]0{1,2})?")
SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


class RowRefused(Exception):
    def __init__(self, code: str, *, state: RowState = RowState.REFUSED, **params: Any) -> None:
        super().__init__(code)
        self.code, self.state, self.params = code, state, params


@dataclass(slots=True)
class Surroundings:
    """What is stored of the orders that some rows name."""

    orders: dict[str, list[Order]]
    lines: dict[int, list[OrderLine]] = field(default_factory=dict)
    books: dict[int, CarrierBook] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)
    # Which lines are in it, by order and tracking number.
    recorded: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    sharing: dict[str, dict[int, str]] = field(default_factory=dict)
    earlier: dict[int, list[UploadRow]] = field(default_factory=dict)


def judge_rows(rows: Sequence[UploadRow], *, upload: ShipmentUpload, now: datetime) -> None:
    """Fill in what each of ``rows`` does, those before it and all that are stored of ``upload`` considered.

    A row that has a ``code`` already, because it could not be read, keeps it.
    """
    around = _look_around(rows, upload)
    for row in rows:
        if row.code:
            continue
        try:
            _judge(row, around, upload, now=now)
        except RowRefused as refusal:
            row.state, row.code, row.params = refusal.state, refusal.code, refusal.params
        else:
            row.state = RowState.READY
            around.earlier.setdefault(row.order_id or 0, []).append(row)
            numbers = around.sharing.setdefault(row.tracking_number, {})
            if others := [number for order_id, number in numbers.items() if order_id != row.order_id]:
                row.code, row.params = "tracking_number_shared", {"numbers": ", ".join(others)}
            assert row.order is not None
            numbers[row.order.pk] = row.order.number


def find_orders(numbers: Collection[str]) -> dict[str, list[Order]]:
    """Orders by either of their numbers."""
    found: dict[str, list[Order]] = {}
    for order in Order.objects.filter(Q(number__in=numbers) | Q(channel_order_id__in=numbers)):
        for number in {order.number, order.channel_order_id}.intersection(numbers):
            found.setdefault(number, []).append(order)
    return found


def _look_around(rows: Sequence[UploadRow], upload: ShipmentUpload) -> Surroundings:
    around = Surroundings(find_orders({row.order_text for row in rows if row.order_text}))
    orders = list({order.pk: order for some in around.orders.values() for order in some}.values())
    for line in OrderLine.objects.filter(order__in=orders).select_related("product").order_by("id"):
        around.lines.setdefault(line.order_id, []).append(line)
    for channel, group in by_channel(orders):
        around.books |= channel.carrier_books(group)
    around.zones = time_zones_of(orders)
    packages = Shipment.objects.filter(order__in=orders).values_list("order_id", "tracking_number", "lines__line_id")
    for order_id, tracking_number, line_id in packages:
        around.recorded.setdefault((order_id, tracking_number), set()).add(line_id)
    around.sharing = other_orders_with({row.tracking_number for row in rows if row.tracking_number})
    earlier = UploadRow.objects.filter(upload=upload, order__in=orders, state=RowState.READY)
    for row in earlier.order_by("number"):
        around.earlier.setdefault(row.order_id or 0, []).append(row)
    return around


def _judge(row: UploadRow, around: Surroundings, upload: ShipmentUpload, *, now: datetime) -> None:
    row.order = order = _order(row, around)
    if not row.tracking_number:
        raise RowRefused("tracking_number_missing")
    if SCIENTIFIC.fullmatch(row.tracking_number):
        raise RowRefused("number_rounded", value=row.tracking_number)
    if row.tracking_number in {order.number, order.channel_order_id}:
        raise RowRefused("tracking_number_is_order")
    earlier = around.earlier.get(order.pk, [])
    for before in earlier:
        if _says(before) == _says(row):
            raise RowRefused("row_repeated", state=RowState.ALREADY, row=before.number)
    if (order.pk, row.tracking_number) in around.recorded:
        in_package = around.recorded[order.pk, row.tracking_number]
        if (
            row.sku
            and order.is_open
            and in_package.isdisjoint(line.pk for line in _meant_lines(row, around.lines.get(order.pk, [])))
        ):
            raise RowRefused("package_without_sku", sku=row.sku)
        raise RowRefused("shipped_so_already", state=RowState.ALREADY)
    _check_status(order)
    _choose_carrier(row, around.books.get(order.pk), upload)
    for before in earlier:
        if before.tracking_number == row.tracking_number and before.carrier_code != row.carrier_code:
            raise RowRefused("carrier_differs", row=before.number)
    row.shipped_at = _shipped_at(row, order, ZoneInfo(around.zones.get(order.pk, "UTC")), now=now)
    row.quantities = _quantities(row, around.lines.get(order.pk, []), earlier)


def _order(row: UploadRow, around: Surroundings) -> Order:
    if not row.order_text:
        raise RowRefused("order_missing")
    found = around.orders.get(row.order_text, [])
    if not found:
        raise RowRefused("order_unknown", order=row.order_text)
    if len(found) > 1:
        raise RowRefused("order_ambiguous", order=row.order_text)
    return found[0]


def _says(row: UploadRow) -> tuple[str, ...]:
    return (row.tracking_number, row.sku, row.quantity_text)


def _check_status(order: Order) -> None:
    if code := order.why_not_to_ship:
        raise RowRefused(code)
    if order.buyer_wants_to_cancel:
        raise RowRefused("buyer_wants_to_cancel")


def _choose_carrier(row: UploadRow, book: CarrierBook | None, upload: ShipmentUpload) -> None:
    spelling = row.carrier or upload.default_carrier
    if not spelling:
        raise RowRefused("carrier_missing")
    if book is None:  # of a channel that is no longer installed nobody knows the carriers
        row.carrier_code, row.carrier_name = spelling, ""
        return
    carrier = book.find(spelling)
    named = [each for each in book.carriers if each.code != book.other]
    if carrier is None or (carrier.code == book.other and carrier in book.carriers):
        allowed = ", ".join(each.name for each in named[:CARRIERS_NAMED])
        raise RowRefused("carrier_unknown", carrier=spelling, allowed=allowed)
    row.carrier_code, row.carrier_name = carrier.code, carrier.name


def _shipped_at(row: UploadRow, order: Order, zone: ZoneInfo, *, now: datetime) -> datetime:
    """A day has no hour: today means now, and any other day its noon on the clock of the order's account."""
    if not row.date_text:
        return now
    try:
        day = read_day(row.date_text)
    except AmbiguousDay as error:
        raise RowRefused("day_ambiguous", value=row.date_text) from error
    if day is None:
        raise RowRefused("day_unreadable", value=row.date_text)
    at = now if day == now.astimezone(zone).date() else datetime.combine(day, time(12), zone).astimezone(UTC)
    if at > now + CLOCK_TOLERANCE:
        raise RowRefused("shipped_in_the_future")
    if at < order.placed_at - SAME_DAY:
        raise RowRefused("shipped_before_purchase")
    return at


def _quantities(row: UploadRow, lines: Sequence[OrderLine], earlier: Sequence[UploadRow]) -> Mapping[str, int] | None:
    """Units by line id; ``None`` for everything left."""
    if whole := next((before for before in earlier if before.quantities is None), None):
        raise RowRefused("whole_order_above", row=whole.number)
    taken: dict[str, int] = {}
    for before in earlier:
        for line_id, units in (before.quantities or {}).items():
            taken[line_id] = taken.get(line_id, 0) + units
    left = {str(line.pk): line.quantity_to_ship - taken.get(str(line.pk), 0) for line in lines}
    if not row.sku and not row.quantity_text:
        if not any(units > 0 for units in left.values()):
            raise RowRefused("nothing_to_ship")
        return None
    meant = _meant_lines(row, lines)
    room = sum(max(left[str(line.pk)], 0) for line in meant)
    wanted = _units(row.quantity_text) if row.quantity_text else room
    if wanted > room:
        raise RowRefused("quantity_too_large", wanted=wanted, left=room)
    if not wanted:
        raise RowRefused("nothing_to_ship")
    return _spread(wanted, meant, left)


def _meant_lines(row: UploadRow, lines: Sequence[OrderLine]) -> list[OrderLine]:
    if not row.sku:
        if len(lines) > 1:
            raise RowRefused("sku_missing")
        return list(lines)
    meant = [line for line in lines if row.sku in {line.sku, line.product.sku if line.product else ""}]
    if not meant:
        raise RowRefused("sku_unknown", sku=row.sku, allowed=", ".join(line.sku for line in lines[:SKUS_NAMED]))
    return meant


def _units(text: str) -> int:
    number = UNITS.fullmatch(text)
    if number is None:
        raise RowRefused("quantity_unreadable", value=text)
    return int(number[1])


def _spread(wanted: int, lines: Sequence[OrderLine], left: Mapping[str, int]) -> dict[str, int]:
    """One SKU may stand in an order twice."""
    spread = {}
    for line in lines:
        units = min(wanted, max(left[str(line.pk)], 0))
        if units:
            spread[str(line.pk)] = units
            wanted -= units
    return spread
