"""Asking for the cancellation of an order, and what the sales channel's answer does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commerce_orders.channels import CancelReason, channel_of
from commerce_orders.models import Cancellation, Order, OrderEvent
from commerce_orders.refusals import Refused
from commerce_orders.services.stock import free_stock
from commerce_orders.services.transitions import change_status, record_event, record_events
from commerce_orders.states import CancellationState, EventKind, OrderStatus, Reason


class CancellationRefused(Refused):
    """The order cannot be canceled."""


def reasons_to_cancel(order: Order) -> Sequence[CancelReason]:
    """Those that the order's channel takes; only one where the channel is not installed."""
    channel = channel_of(order)
    return channel.cancel_reasons(order) if channel else [CancelReason("other", pgettext("reason", "Other"))]


def request_cancellation(*, order_id: int, reason: str, actor: str, now: datetime) -> Cancellation:
    """Ask the order's channel to cancel it, in one transaction; until it answers nothing may be shipped.

    The order row is locked first, so that of two who cancel, or one who cancels and one who ships, one wins. An
    order whose channel is not installed has nobody to ask and is canceled at once. Raises ``CancellationRefused``
    and changes nothing.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        _check_order(order)
        _check_reason(order, reason)
        cancellation = Cancellation.objects.create(order=order, reason=reason, requested_by=actor, requested_at=now)
        order.cancellation_requested_at = now
        Order.objects.filter(pk=order.pk).update(cancellation_requested_at=now)
        record_event(
            order,
            EventKind.CANCELLATION_REQUESTED,
            actor=actor,
            now=now,
            reason=reason,
            data={"cancellation": cancellation.pk},
        )
        if channel := channel_of(order):
            channel.cancellation_requested(cancellation=cancellation, now=now)
        else:
            complete_cancellation(cancellation_id=cancellation.pk, actor=actor, now=now)
            cancellation.refresh_from_db()
    return cancellation


def grant_buyers_request(*, order_id: int, actor: str, now: datetime) -> Cancellation:
    """Ask for the cancellation that the buyer wants, with the channel's reason for it; see ``request_cancellation``.

    Raises ``CancellationRefused`` also when the buyer does not want it any more.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        channel = channel_of(order)
        if channel is None or (order.is_open and not order.buyer_wants_to_cancel):
            raise CancellationRefused("not_asked_for", _("The buyer no longer asks to cancel this order."))
        return request_cancellation(order_id=order_id, reason=channel.buyers_cancel_reason, actor=actor, now=now)


def complete_cancellation(*, cancellation_id: int, actor: str, now: datetime) -> bool:
    """The channel agreed: the order is canceled with all its lines. ``False`` when it was answered before.

    Where units have left meanwhile, as somebody shipped at the channel itself, the rest is canceled and the order
    complete, in conflict.
    """
    with transaction.atomic():
        cancellation = _lock_unanswered(cancellation_id)
        if cancellation is None:
            return False
        _answer(cancellation, CancellationState.CANCELED, now=now)
        order = cancellation.order
        order.lines.update(quantity_canceled=F("quantity") - F("quantity_shipped"))
        if order.lines.filter(quantity_shipped__gt=0).exists():
            to, kind = OrderStatus.COMPLETE, EventKind.CONFLICT
            free_stock([order])
        else:
            to, kind = OrderStatus.CANCELED, EventKind.STATUS_CHANGED
        change_status(order, to, actor=actor, now=now, reason=Reason.CANCELED_AS_REQUESTED, kind=kind)
    return True


def refuse_cancellation(*, cancellation_id: int, answer: str, actor: str, now: datetime) -> bool:
    """The channel did not agree: the order is to be shipped again. ``answer`` are the channel's own words.

    ``False`` when it was answered before.
    """
    with transaction.atomic():
        cancellation = _lock_unanswered(cancellation_id)
        if cancellation is None:
            return False
        _answer(cancellation, CancellationState.REFUSED, answer=answer, now=now)
        record_event(
            cancellation.order,
            EventKind.CANCELLATION_REFUSED,
            actor=actor,
            now=now,
            reason=answer,
            data={"cancellation": cancellation.pk},
        )
    return True


def refuse_cancellations(orders: Sequence[Order], *, answers: Mapping[int, str], actor: str, now: datetime) -> None:
    """As ``refuse_cancellation`` for every open cancellation of ``orders``, whose rows the caller has locked.

    ``answers`` by order. A constant number of statements.
    """
    cancellations = list(Cancellation.objects.filter(order__in=orders, state=CancellationState.REQUESTED))
    if not cancellations:
        return
    by_key = {order.pk: order for order in orders}
    refused = [by_key[cancellation.order_id] for cancellation in cancellations]
    for cancellation in cancellations:
        cancellation.state, cancellation.answered_at = CancellationState.REFUSED, now
        cancellation.answer = answers[cancellation.order_id]
    Cancellation.objects.bulk_update(cancellations, ["state", "answer", "answered_at"])
    Order.objects.filter(pk__in=[order.pk for order in refused]).update(cancellation_requested_at=None)
    events = [
        OrderEvent(
            order=by_key[cancellation.order_id],
            at=now,
            kind=EventKind.CANCELLATION_REFUSED,
            actor=actor,
            reason=cancellation.answer,
            data={"cancellation": cancellation.pk},
        )
        for cancellation in cancellations
    ]
    for order in refused:
        order.cancellation_requested_at = None
    record_events(refused, events, now=now)


def _check_order(order: Order) -> None:
    if order.status == OrderStatus.CANCELED:
        raise CancellationRefused("order_canceled", _("This order is canceled already."))
    if order.is_fulfilled_by_channel:
        raise CancellationRefused(
            "fulfilled_by_channel", _("The sales channel ships this order itself; only it can cancel it.")
        )
    if order.status == OrderStatus.COMPLETE:
        raise CancellationRefused("order_complete", _("This order is complete and cannot be canceled any more."))
    if order.lines.filter(quantity_shipped__gt=0).exists() or order.shipments.exists():
        raise CancellationRefused(
            "already_shipped", _("Items of this order have already shipped, so it can no longer be canceled.")
        )
    if order.cancellation_requested_at:
        raise CancellationRefused(
            "cancellation_requested", _("The cancellation of this order was requested already; wait for the answer.")
        )


def _check_reason(order: Order, reason: str) -> None:
    codes = [allowed.code for allowed in reasons_to_cancel(order)]
    if reason not in codes:
        raise CancellationRefused(
            "reason_unknown",
            _("“%(reason)s” is no reason to cancel this order. Choose one of: %(allowed)s.")
            % {"reason": reason, "allowed": ", ".join(codes)},
            field="reason",
        )


def _lock_unanswered(cancellation_id: int) -> Cancellation | None:
    """The cancellation with its order, whose row is locked; ``None`` when it was answered before."""
    order = Order.objects.select_for_update().get(cancellations=cancellation_id)
    cancellation = Cancellation.objects.filter(pk=cancellation_id, state=CancellationState.REQUESTED).first()
    if cancellation is not None:
        cancellation.order = order
    return cancellation


def _answer(cancellation: Cancellation, state: CancellationState, *, now: datetime, answer: str = "") -> None:
    cancellation.state, cancellation.answer, cancellation.answered_at = state, answer, now
    cancellation.save(update_fields=["state", "answer", "answered_at"])
    cancellation.order.cancellation_requested_at = None
    Order.objects.filter(pk=cancellation.order_id).update(cancellation_requested_at=None)
