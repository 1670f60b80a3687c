"""Writing entries of orders' timelines, of which other systems are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commerce_orders.models import Order, OrderEvent
from commerce_orders.services.webhooks.outbox import News, Subject, kinds_told, listeners, write_news
from commerce_orders.states import EventKind, WebhookEventType
from project.bulk import insert_and_ask


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry and the order that it is about, as it is afterwards."""

    order_id: int
    subject: Subject
    at: datetime
    kind: EventKind
    actor: str
    from_status: str = ""
    to_status: str = ""
    reason: str = ""
    data: dict[str, Any] | None = None


def entry_of(event: OrderEvent, order: Order) -> Entry:
    """An event that is not stored yet. ``order`` must be as it is in the database now, its version included."""
    return Entry(
        order_id=order.pk,
        subject=subject_of(order),
        at=event.at,
        kind=EventKind(event.kind),
        actor=event.actor,
        from_status=event.from_status,
        to_status=event.to_status,
        reason=event.reason,
        data=event.data,
    )


def subject_of(order: Order) -> Subject:
    return Subject(
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        number=order.number,
        status=order.status,
        version=order.version,
    )


def write_entries(entries: Sequence[Entry]) -> None:
    """One statement, and two more where somebody listens: the insert itself says whether that is so."""
    _keys, is_heard = insert_and_ask(
        OrderEvent,
        [
            {
                "order_id": entry.order_id,
                "at": entry.at,
                "kind": str(entry.kind),
                "actor": entry.actor,
                "from_status": str(entry.from_status),
                "to_status": str(entry.to_status),
                "reason": entry.reason,
                "data": entry.data or {},
            }
            for entry in entries
        ],
        question=listeners(),
    )
    if is_heard:
        write_news([news for entry in entries for news in _news_of(entry)])


def tell_of_updates(orders: Sequence[Order], *, now: datetime) -> None:
    """Tell other systems of changes that leave no entry; the orders as they are in the database now."""
    if orders and listeners().exists():
        write_news([News(WebhookEventType.ORDER_UPDATED, now, subject_of(order), {}) for order in orders])


def _news_of(entry: Entry) -> Iterable[News]:
    shipment = (entry.data or {}).get("shipment")
    for kind in kinds_told(entry.kind, entry.to_status):
        yield News(kind, entry.at, entry.subject, {"shipment": shipment} if shipment else {})
