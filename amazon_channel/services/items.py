"""Order lines follow Amazon's items: canceled, added, split, merged, or under another number."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.drafts import line_total
from amazon_channel.mapping.orders import ItemReading
from amazon_channel.services.followed import Followed
from commerce_orders.models import OrderLine, ShipmentLine
from commerce_orders.services.catalogue import find_products
from commerce_orders.states import EventKind, OrderStatus, Reason

FOLLOWED_COLUMNS = ["channel_line_id", "quantity", "quantity_shipped", "quantity_canceled", "quantity_canceled_late"]


@dataclass(slots=True)
class LineChanges:
    """What became of one order's lines, in units; ``handed_over`` are shipped units that now are another line's."""

    canceled: int = 0
    canceled_late: int = 0
    added: int = 0
    is_rearranged: bool = False
    changed: list[OrderLine] = field(default_factory=list)
    new: list[OrderLine] = field(default_factory=list)
    handed_over: list[tuple[OrderLine, OrderLine, int]] = field(default_factory=list)


def follow_items(followed: Sequence[Followed], *, actor: str, now: datetime) -> dict[int, LineChanges]:
    """Bring the lines of ``followed`` to the units that Amazon wants now; what changed, by order.

    Units that left stay shipped: those that Amazon wants no longer are ``quantity_canceled_late``. Units that move
    between items of one SKU move between their lines, shipped ones with their packages. A complete order gains
    nothing. Three statements for all orders, but for items that were split after a part of them had left.
    """
    changes: dict[int, LineChanges] = {}
    for each in followed:
        if each.order.status != OrderStatus.CANCELED and each.is_understood:
            change = _follow_items_of(each)
            if change.changed or change.new:
                changes[each.order.pk] = change
                _note_changes(each, change, actor=actor, now=now)
    new = [line for change in changes.values() for line in change.new]
    products = find_products(channel=states.CHANNEL, skus={line.sku for line in new})
    for line in new:
        line.product_id = products.get(line.sku)
    OrderLine.objects.bulk_create(new)
    OrderLine.objects.bulk_update([line for change in changes.values() for line in change.changed], FOLLOWED_COLUMNS)
    for change in changes.values():
        for giver, taker, units in change.handed_over:
            _hand_over(giver, taker, units)
    return changes


def _follow_items_of(each: Followed) -> LineChanges:
    change = LineChanges()
    before = {id(line): _figures(line) for line in each.lines.values()}
    wanted = {item.order_item_id: item.quantity_ordered for item in each.items}
    if not each.is_canceled_at_amazon:
        _match_new_items(each, change)
        _move_units(each, wanted, change)
    for item_id, line in list(each.lines.items()):
        _settle(line, wanted.get(item_id, 0), is_open=each.order.is_open, change=change)
        if line.pk is None and not line.quantity:
            del each.lines[item_id]
        elif line.pk is None:
            change.new.append(line)
        elif _figures(line) != before[id(line)]:
            change.changed.append(line)
    return change


def _figures(line: OrderLine) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in FOLLOWED_COLUMNS)


def _match_new_items(each: Followed, change: LineChanges) -> None:
    """Give each new item a line: one whose item is gone and that has the same SKU, else a new one without units."""
    present = {item.order_item_id for item in each.items}
    gone = defaultdict(list)
    for line in each.lines.values():
        if line.channel_line_id not in present and line.quantity_expected:
            gone[_kind(line)].append(line)
    for item in each.items:
        if item.order_item_id in each.lines or not item.quantity_ordered:
            continue
        candidates = gone[_kind(item)]
        if candidates:
            line = candidates.pop(0)
            del each.lines[line.channel_line_id]
            line.channel_line_id = item.order_item_id
            change.is_rearranged = True
        else:
            line = _new_line(each, item)
        each.lines[item.order_item_id] = line


def _kind(thing: OrderLine | ItemReading) -> str:
    return thing.sku or (thing.name if isinstance(thing, OrderLine) else thing.title)


def _new_line(each: Followed, item: ItemReading) -> OrderLine:
    money = each.reading.money
    return OrderLine(
        order=each.order,
        channel_line_id=item.order_item_id,
        sku=item.sku,
        name=item.title,
        quantity=0,
        unit_price=money.unit_prices.get(item.order_item_id),
        total=line_total(money, item),
    )


def _move_units(each: Followed, wanted: dict[str, int], change: LineChanges) -> None:
    """An item was split or merged: what one line has too much of, another of the same SKU lacks."""
    by_kind = defaultdict(list)
    for line in each.lines.values():
        by_kind[_kind(line)].append(line)
    for lines in by_kind.values():
        for giver in lines if len(lines) > 1 else []:
            for taker in lines:
                surplus = giver.quantity_expected - wanted.get(giver.channel_line_id, 0)
                lacking = wanted.get(taker.channel_line_id, 0) - taker.quantity_expected
                if surplus > 0 and lacking > 0:
                    shipped_too_many = giver.quantity_shipped - wanted.get(giver.channel_line_id, 0)
                    _move(giver, taker, min(surplus, lacking), shipped_too_many, change)


def _move(giver: OrderLine, taker: OrderLine, units: int, shipped_too_many: int, change: LineChanges) -> None:
    giver.quantity -= units
    taker.quantity += units
    change.is_rearranged = True
    shipped = min(units, shipped_too_many)
    if shipped > 0:
        giver.quantity_shipped -= shipped
        taker.quantity_shipped += shipped
        change.handed_over.append((giver, taker, shipped))


def _settle(line: OrderLine, wanted: int, *, is_open: bool, change: LineChanges) -> None:
    """``quantity`` is the most that was ever ordered; what is not wanted of it is canceled, in time or late."""
    if not is_open:
        wanted = min(wanted, line.quantity_shipped)
    before, late = line.quantity - line.quantity_canceled, line.quantity_canceled_late
    line.quantity = max(line.quantity, wanted)
    line.quantity_canceled = line.quantity - max(wanted, line.quantity_shipped)
    line.quantity_canceled_late = max(line.quantity_shipped - wanted, 0)
    after = line.quantity - line.quantity_canceled
    change.canceled += max(before - after, 0)
    change.added += max(after - before, 0)
    change.canceled_late += line.quantity_canceled_late - late


def _note_changes(each: Followed, change: LineChanges, *, actor: str, now: datetime) -> None:
    notes = (
        (change.is_rearranged, Reason.ITEMS_REARRANGED_AT_CHANNEL, 0),
        (change.added > 0, Reason.ITEMS_ADDED_AT_CHANNEL, change.added),
        # An order that ends by it says so in the change of its status.
        (change.canceled > 0 and each.units_to_ship > 0, Reason.ITEMS_CANCELED_AT_CHANNEL, change.canceled),
    )
    for is_so, reason, units in notes:
        if is_so:
            each.note(EventKind.CHANGED, actor=actor, now=now, reason=reason, data={"units": units} if units else None)


def _hand_over(giver: OrderLine, taker: OrderLine, units: int) -> None:
    """Let the packages hold units of ``taker`` instead; the last ones packed first."""
    for packed in ShipmentLine.objects.filter(line=giver).order_by("-id"):
        moved = min(packed.quantity, units)
        if not moved:
            break
        units -= moved
        there, is_new = ShipmentLine.objects.get_or_create(
            shipment_id=packed.shipment_id, line=taker, defaults={"quantity": moved}
        )
        if not is_new:
            there.quantity += moved
            there.save(update_fields=["quantity"])
        if moved == packed.quantity:
            packed.delete()
        else:
            packed.quantity -= moved
            packed.save(update_fields=["quantity"])
