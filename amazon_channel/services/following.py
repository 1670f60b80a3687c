"""Commerce orders follow what Amazon says after they were made."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.mapping.orders import ItemReading, OrderReading
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.cancellation_answers import follow_cancellations
from amazon_channel.services.followed import Followed
from amazon_channel.services.packages import adopt_packages, confirm_packages
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.models import Order, OrderEvent, OrderLine
from commerce_orders.services.transitions import change_status, change_statuses, record_event, record_events
from commerce_orders.states import EventKind, OrderStatus, Reason


def follow_amazon(
    readings: Mapping[int, tuple[AmazonOrder, OrderReading]], *, actor: str, now: datetime
) -> list[Followed]:
    """Bring the Commerce orders of ``readings`` (by Amazon order's key) up to date, in the caller's transaction.

    Packages are confirmed or adopted, cancellations carried out, promises moved. What contradicts our own shipments
    is not undone: it becomes the order's ``problem``. Statements do not grow with the orders, but for packages that
    somebody else shipped and items that were canceled one by one.
    """
    if not readings:
        return []
    orders = {
        order.pk: order
        for order in Order.objects.filter(amazon_order__in=readings).select_for_update().prefetch_related("lines")
    }
    confirmations: dict[int, list[ShipmentConfirmation]] = {pk: [] for pk in readings}
    for confirmation in ShipmentConfirmation.objects.filter(amazon_order__in=readings).select_related("shipment"):
        confirmations[confirmation.amazon_order_id].append(confirmation)
    followed = [
        Followed(row, orders[row.commerce_order_id], reading, confirmations[pk])
        for pk, (row, reading) in readings.items()
        if row.commerce_order_id is not None
    ]
    confirm_packages(followed, actor=actor, now=now)
    follow_cancellations(followed, actor=actor, now=now)
    _cancel_items(followed, actor=actor, now=now)  # first, or canceled units would be taken for shipped ones
    adopt_packages(followed, actor=actor, now=now)
    _cancel_orders(followed, actor=actor, now=now)
    _move_promises(followed, now=now)
    _note_requests(followed, actor=actor, now=now)
    _keep_shipment_problems(followed, now=now)
    return followed


def _cancel_orders(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    canceled = []
    for each in followed:
        if each.reading.status != states.CANCELLED or each.order.status == OrderStatus.CANCELED:
            continue
        if each.units_shipped:
            _end_in_conflict(each, actor=actor, now=now)
        else:
            canceled.append(each.order)
    if canceled:
        OrderLine.objects.filter(order__in=canceled).update(quantity_canceled=F("quantity"))
        change_statuses(canceled, OrderStatus.CANCELED, actor=actor, now=now, reason=Reason.CANCELED_AT_CHANNEL)


def _end_in_conflict(each: Followed, *, actor: str, now: datetime) -> None:
    """Units have left an order that Amazon canceled: nothing more may leave, and a person must look after those."""
    each.problem = Held(
        Problem.CANCELED_AFTER_SHIPMENT,
        _("Amazon canceled the order, but %(units)s items have left. Stop the parcel or ask for a return.")
        % {"units": each.units_shipped},
    )
    reason = Reason.CANCELED_AT_CHANNEL
    if each.order.is_open:
        each.order.lines.update(quantity_canceled=F("quantity") - F("quantity_shipped"))
        change_status(each.order, OrderStatus.COMPLETE, actor=actor, now=now, reason=reason, kind=EventKind.CONFLICT)
    elif each.amazon_order.status != states.CANCELLED:
        record_event(each.order, EventKind.CONFLICT, actor=actor, now=now, reason=reason)


def _cancel_items(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Amazon lowers ``quantityOrdered`` when part of an order is canceled; with nothing left the order ends."""
    changed: list[Followed] = []
    lines: list[OrderLine] = []
    for each in followed:
        if not each.order.is_open or each.reading.status == states.CANCELLED:
            continue
        canceled = [line for item in each.reading.items if (line := _lowered(each.lines.get(item.order_item_id), item))]
        if canceled:
            changed.append(each)
            lines.extend(canceled)
    if not changed:
        return
    OrderLine.objects.bulk_update(lines, ["quantity_canceled"])
    reason = Reason.ITEMS_CANCELED_AT_CHANNEL
    for each in changed:
        if each.units_to_ship:
            record_event(each.order, EventKind.CHANGED, actor=actor, now=now, reason=reason)
        else:
            to = OrderStatus.COMPLETE if each.units_shipped else OrderStatus.CANCELED
            change_status(each.order, to, actor=actor, now=now, reason=reason)


def _lowered(line: OrderLine | None, item: ItemReading) -> OrderLine | None:
    """The line with the units canceled that Amazon took off; ``None`` when it took none, or they have left."""
    if line is None:
        return None
    canceled = line.quantity - item.quantity_ordered
    if not line.quantity_canceled < canceled <= line.quantity - line.quantity_shipped:
        return None
    line.quantity_canceled = canceled
    return line


def _move_promises(followed: Sequence[Followed], *, now: datetime) -> None:
    moved = []
    for each in followed:
        promised = (each.reading.ship_by, each.reading.deliver_by)
        if promised[0] and promised != (each.order.ship_by, each.order.deliver_by):
            each.order.ship_by, each.order.deliver_by = promised
            each.order.updated_at = now
            each.order.version += 1
            moved.append(each.order)
    if moved:
        Order.objects.bulk_update(moved, ["ship_by", "deliver_by", "updated_at", "version"])


def _note_requests(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    asking = [
        each.order
        for each in followed
        if each.reading.buyer_wants_to_cancel and not each.amazon_order.buyer_wants_to_cancel
    ]
    if asking:
        events = [
            OrderEvent(order=order, at=now, kind=EventKind.CHANGED, actor=actor, reason=Reason.BUYER_ASKS_TO_CANCEL)
            for order in asking
        ]
        record_events(asking, events, now=now)


def _keep_shipment_problems(followed: Sequence[Followed], *, now: datetime) -> None:
    """A shipment that Amazon refused, or does not show for a day, stays a problem until Amazon shows the package."""
    for each in followed:
        for confirmation in each.confirmations:
            if each.problem is not None:
                break
            if confirmation.state == ConfirmationState.REJECTED:
                each.problem = Held(Problem.SHIPMENT_REFUSED, confirmation.error_detail)
            elif confirmation.is_missing_at_amazon(now):
                each.problem = Held(Problem.SHIPMENT_NOT_SHOWN, str(confirmation.shipment))
