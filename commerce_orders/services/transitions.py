"""The one place where the status of an order changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from commerce_orders.models import Cancellation, Order, OrderEvent
from commerce_orders.services.change_times import change_time
from commerce_orders.services.stock import free_stock
from commerce_orders.services.timeline import Entry, entry_of, subject_of, write_entries
from commerce_orders.states import FINAL, TRANSITIONS, CancellationState, EventKind, OrderStatus


class TransitionRefused(Exception):
    """The order is not in a status from which it may go there; the text says so to staff."""


def change_status(
    order: Order,
    to: OrderStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    kind: EventKind = EventKind.STATUS_CHANGED,
) -> None:
    """Move one order; see ``change_statuses``."""
    change_statuses([order], to, actor=actor, now=now, reason=reason, data=data, kind=kind)


def change_statuses(
    orders: Sequence[Order],
    to: OrderStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    kind: EventKind = EventKind.STATUS_CHANGED,
) -> None:
    """Move ``orders`` to ``to`` and write their events, all together or not at all.

    A compare-and-set on the status that each order was read with: of two that move the same order at once, one
    wins and the other gets ``TransitionRefused``, and nothing of its transaction may then be kept. An order that
    ends answers a cancellation that was asked for; such orders must be read under a lock. A canceled order gives back
    what it had reserved. One statement for the time, one per status that the orders come from, one for the events, one
    where cancellations are open, one for what is freed, and two where a webhook tells of it.
    """
    by_status: dict[OrderStatus, list[Order]] = defaultdict(list)
    for order in orders:
        came_from = OrderStatus(order.status)
        if to not in TRANSITIONS[came_from]:
            raise TransitionRefused(
                _("Order %(number)s is %(status)s and cannot become %(target)s.")
                % {"number": order.number, "status": came_from.label, "target": to.label}
            )
        by_status[came_from].append(order)
    closed_at = now if to in FINAL else None
    columns: dict[str, Any] = {"status": to, "closed_at": closed_at}
    if closed_at:
        columns["cancellation_requested_at"] = None
    with transaction.atomic():
        columns["updated_at"] = change_time(now)
        for came_from, group in by_status.items():
            moved = Order.objects.filter(pk__in=[order.pk for order in group], status=came_from).update(
                **columns, version=F("version") + 1
            )
            if moved != len(group):
                raise TransitionRefused(
                    _("Order %(number)s was changed by someone else. Open it again.")
                    % {"number": ", ".join(order.number for order in group)}
                )
        if closed_at:
            _answer_cancellations(orders, to, now=now)
        write_entries(
            [
                Entry(
                    order_id=order.pk,
                    subject=replace(subject_of(order), status=to.value, version=order.version + 1),
                    at=now,
                    kind=kind,
                    actor=actor,
                    from_status=order.status,
                    to_status=to,
                    reason=reason,
                    data=dict(data or {}),
                )
                for order in orders
            ]
        )
        if to == OrderStatus.CANCELED:
            free_stock(orders)
    for order in orders:
        for column, value in columns.items():
            setattr(order, column, value)
        order.version += 1


def _answer_cancellations(orders: Sequence[Order], to: OrderStatus, *, now: datetime) -> None:
    """Close what was asked for and not answered: it came true, or something else happened first."""
    asked = [order.pk for order in orders if order.cancellation_requested_at]
    if asked:
        state = CancellationState.CANCELED if to == OrderStatus.CANCELED else CancellationState.REFUSED
        Cancellation.objects.filter(order__in=asked, state=CancellationState.REQUESTED).update(
            state=state, answered_at=now
        )


def record_events(orders: Sequence[Order], events: Sequence[OrderEvent], *, now: datetime) -> None:
    """Write timeline entries that leave the statuses as they are, and mark their orders as updated.

    The orders must have been read under a lock: webhooks tell the version that they then have.
    """
    by_key = {order.pk: order for order in orders}
    updated_at = change_time(now)
    Order.objects.filter(pk__in=by_key).update(updated_at=updated_at, version=F("version") + 1)
    for order in by_key.values():
        order.updated_at = updated_at
        order.version += 1
    write_entries([entry_of(event, by_key[event.order_id]) for event in events])


def record_event(
    order: Order,
    kind: EventKind,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one timeline entry; see ``record_events``."""
    event = OrderEvent(order=order, at=now, kind=kind, actor=actor, reason=reason, data=dict(data or {}))
    record_events([order], [event], now=now)
