"""Writing down what other systems are to be told, in the transaction in which it happens."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commerce_orders.models import WebhookEndpoint, WebhookEvent
from commerce_orders.models.webhooks import WebhookEndpointQuerySet
from commerce_orders.states import EventKind, OrderStatus, WebhookEventType
from project import jobs
from project.bulk import insert_rows
from project.checkpoints import checkpoint


@dataclass(frozen=True, slots=True)
class Subject:
    """The order that something happened to, as it is afterwards; ``version`` sorts what is told of one order.

    A channel's order that has no Commerce order has neither number, status nor version.
    """

    channel: str
    channel_order_id: str
    number: str = ""
    status: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell; ``data`` is what only this kind says."""

    kind: WebhookEventType
    at: datetime
    subject: Subject
    data: Mapping[str, Any]


def listeners() -> WebhookEndpointQuerySet:
    """Whether there is anybody to tell. Disabled endpoints count: what happens meanwhile can be replayed to them."""
    return WebhookEndpoint.objects.all()


def kinds_told(kind: EventKind, to_status: str) -> list[WebhookEventType]:
    """What an entry of the timeline is told as; a package that completes its order is told as both."""
    told: list[WebhookEventType] = []
    if kind == EventKind.CREATED:
        told.append(WebhookEventType.ORDER_CREATED)
    elif kind == EventKind.SHIPPED:
        told.append(WebhookEventType.ORDER_SHIPPED)
    if to_status == OrderStatus.COMPLETE:
        told.append(WebhookEventType.ORDER_COMPLETED)
    elif to_status == OrderStatus.CANCELED:
        told.append(WebhookEventType.ORDER_CANCELED)
    return told or [WebhookEventType.ORDER_UPDATED]


def write_news(news: Sequence[News]) -> None:
    """Two statements: the events, and the doorbell of the worker that distributes them."""
    if not news:
        return
    insert_rows(
        WebhookEvent,
        [
            {
                "message_id": new_message_id(),
                "kind": each.kind.value,
                "at": each.at,
                "number": each.subject.number,
                "data": describe(each),
            }
            for each in news
        ],
    )
    checkpoint("CP_NEWS_WRITTEN")
    jobs.ring("commerce_orders.tasks.distribute_webhook_events")


def describe(news: News) -> dict[str, Any]:
    """``data`` of the message: thin, so that whoever wants more asks, and sees the present state."""
    subject = news.subject
    return {
        "number": subject.number or None,
        "status": subject.status or None,
        "channel": subject.channel,
        "channel_order_id": subject.channel_order_id,
        "version": subject.version,
        **news.data,
    }


def new_message_id() -> str:
    return f"msg_{uuid.uuid4().hex}"
