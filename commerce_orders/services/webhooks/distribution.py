"""What there is to tell becomes one delivery for each endpoint that wants to know."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookReplay
from project import jobs
from project.bulk import insert_rows
from project.checkpoints import checkpoint

AT_ONCE = 500
KEPT = timedelta(days=30)
PRUNED_AT_ONCE = 1000
DELIVERY_KEY = ("endpoint_id", "event_id")


def distribute_events(*, now: datetime) -> int:
    """Make the deliveries of all events that have none yet, and ring for their endpoints; how many events it were.

    Each portion is a transaction with a constant number of statements, save one ring for each endpoint. Of several
    workers each takes other events.
    """
    distributed = 0
    while count := _distribute_some(now=now):
        distributed += count
    return distributed


def _distribute_some(*, now: datetime) -> int:
    with transaction.atomic():
        waiting = WebhookEvent.objects.filter(distributed_at=None).order_by("pk").select_for_update(skip_locked=True)
        events = list(waiting.values_list("pk", "kind")[:AT_ONCE])
        if not events:
            return 0
        endpoints = WebhookEndpoint.objects.enabled().values_list("pk", "events")
        pairs = [(endpoint, event) for endpoint, wanted in endpoints for event, kind in events if kind in wanted]
        insert_deliveries(pairs, now=now)
        WebhookEvent.objects.filter(pk__in=[event for event, _kind in events]).update(distributed_at=now)
        checkpoint("CP_NEWS_DISTRIBUTED")
        for endpoint in dict.fromkeys(endpoint for endpoint, _event in pairs):
            ring_sender(endpoint)
    return len(events)


def insert_deliveries(pairs: list[tuple[int, int]], *, now: datetime) -> None:
    """Of endpoints and events; those that are there already stay as they are."""
    rows = [
        {"endpoint_id": endpoint, "event_id": event, "created_at": now, "not_before": now} for endpoint, event in pairs
    ]
    insert_rows(WebhookDelivery, rows, unique=DELIVERY_KEY, update=("event_id",))


def ring_sender(endpoint_id: int) -> None:
    jobs.ring("commerce_orders.tasks.send_webhooks", endpoint_id)


def prune_events(*, now: datetime) -> int:
    """Forget what happened more than 30 days ago, with its deliveries, and replays; how many events."""
    WebhookReplay.objects.filter(finished_at__lt=now - KEPT).delete()
    pruned = 0
    while True:
        old = WebhookEvent.objects.filter(at__lt=now - KEPT).order_by("at", "pk")
        keys = list(old.values_list("pk", flat=True)[:PRUNED_AT_ONCE])
        with transaction.atomic():
            WebhookDelivery.objects.filter(event__in=keys).delete()
            WebhookEvent.objects.filter(pk__in=keys).delete()
        pruned += len(keys)
        if len(keys) < PRUNED_AT_ONCE:
            return pruned
