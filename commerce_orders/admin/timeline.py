"""What happened to an order, in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commerce_orders.channels import ChannelNote, channel_of
from commerce_orders.models import Order, OrderEvent
from commerce_orders.services.cancellation import reasons_to_cancel
from commerce_orders.states import EventKind, OrderStatus


@dataclass(frozen=True, slots=True)
class TimelineRow:
    at: datetime
    actor: str
    what: str
    from_status: str = ""
    to_status: str = ""
    facts: str = ""
    reason: str = ""
    is_note: bool = False


def timeline_rows(order: Order) -> list[TimelineRow]:
    """Oldest first, with what was noted at the channel; two queries."""
    channel = channel_of(order)
    notes = [note_row(note) for note in channel.notes(order)] if channel else []
    return sorted([*notes, *_event_rows(order)], key=lambda row: row.at)


def note_row(note: ChannelNote) -> TimelineRow:
    return TimelineRow(at=note.at, actor=note.actor, what=str(EventKind.NOTE.label), reason=note.text, is_note=True)


def _event_rows(order: Order) -> list[TimelineRow]:
    reasons = {reason.code: reason.name for reason in reasons_to_cancel(order)}
    return [
        TimelineRow(
            at=event.at,
            actor=event.actor,
            what=event.get_kind_display(),
            from_status=str(OrderStatus(event.from_status).label) if event.from_status else "",
            to_status=str(OrderStatus(event.to_status).label) if event.to_status else "",
            facts=_facts(event.data),
            reason=_reason(event, reasons),
            is_note=event.kind == EventKind.NOTE,
        )
        for event in order.events.all()
    ]


def _reason(event: OrderEvent, reasons: Mapping[str, str]) -> str:
    if event.kind == EventKind.NOTE:
        return event.reason
    if event.kind == EventKind.CANCELLATION_REQUESTED:
        return reasons.get(event.reason, event.reason)
    return event.reason_label


def _facts(data: Mapping[str, Any]) -> str:
    now = " ".join(str(data[name]) for name in ("carrier", "tracking_number") if data.get(name))
    before = " ".join(str(data[name]) for name in ("old_carrier", "old_tracking_number") if data.get(name))
    return f"{before} → {now}" if before else now
