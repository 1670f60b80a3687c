"""Sending once more what was sent, failed, or was never made for an endpoint."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookReplay
from commerce_orders.services.webhooks.distribution import KEPT, insert_deliveries, ring_sender
from commerce_orders.services.webhooks.endpoints import WebhookRefused, check_enabled, lock_endpoint
from commerce_orders.states import DeliveryState
from project import jobs

SLICE = 500


def redeliver(*, delivery_id: int, now: datetime) -> bool:
    """Send one again, with the same id and the schedule from its beginning. ``False``: it is on its way anyway.

    Raises ``WebhookRefused`` where its webhook is disabled, and where it was deleted meanwhile.
    """
    with transaction.atomic():
        deliveries = WebhookDelivery.objects.select_related("endpoint").select_for_update(of=("self",))
        delivery = deliveries.filter(pk=delivery_id).first()
        if delivery is None:
            raise WebhookRefused("delivery_deleted", _("This message was deleted meanwhile."))
        check_enabled(delivery.endpoint)
        again = WebhookDelivery.objects.done().filter(pk=delivery_id).update(**_anew(now))
        if again:
            ring_sender(delivery.endpoint_id)
    return bool(again)


def redeliver_failed(*, endpoint_id: int, actor: str, now: datetime) -> WebhookReplay:
    """Have a worker send everything again that failed for good. Raises ``WebhookRefused``."""
    return _begin(endpoint_id, actor=actor, now=now, only_failed=True)


def replay_events(*, endpoint_id: int, since: datetime, until: datetime, actor: str, now: datetime) -> WebhookReplay:
    """Have a worker send all events from ``since`` to before ``until`` that the webhook wants, whatever became of them.

    Also those from before there was the webhook, or from while it was disabled. Raises ``WebhookRefused``.
    """
    if since >= until:
        raise WebhookRefused("replay_empty", _("The end must be after the start."), field="until")
    if until < now - KEPT:
        raise WebhookRefused(
            "replay_too_old", _("Events are kept for %(days)s days.") % {"days": KEPT.days}, field="until"
        )
    return _begin(endpoint_id, actor=actor, now=now, since=since, until=until)


def carry_out_replay(*, replay_id: int, now: datetime) -> None:
    """Go on with a replay until it is done, each slice a transaction of its own. Several workers may do so at once."""
    while not _take_slice(replay_id, now=now):
        pass


def unfinished_replays() -> list[int]:
    """Those whose job was lost, or is under way."""
    return list(WebhookReplay.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def _begin(endpoint_id: int, *, actor: str, now: datetime, **columns: Any) -> WebhookReplay:
    with transaction.atomic():
        check_enabled(lock_endpoint(endpoint_id))
        replay = WebhookReplay.objects.create(
            endpoint_id=endpoint_id, requested_by=actor, requested_at=now, place_at=columns.get("since"), **columns
        )
        jobs.ring("commerce_orders.tasks.carry_out_webhook_replay", replay.pk)
    return replay


def _take_slice(replay_id: int, *, now: datetime) -> bool:
    """Whether there is nothing left to do, also as the webhook was deleted meanwhile."""
    with transaction.atomic():
        # The webhook is locked first, as by whoever deletes it: else each could wait for the other. Of two workers the
        # second finds the place where the first one ended.
        endpoints = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True)
        endpoint = endpoints.filter(replays=replay_id).without_secrets().first()
        replay = WebhookReplay.objects.filter(pk=replay_id, finished_at=None).first()
        if endpoint is None or replay is None:
            return True
        count = (
            _take_failed(replay, now=now) if replay.only_failed else _take_events(replay, set(endpoint.events), now=now)
        )
        if count < SLICE:
            replay.finished_at = now
        replay.save(update_fields=["place_at", "place_id", "count", "finished_at"])
        ring_sender(replay.endpoint_id)
    return replay.finished_at is not None


def _take_failed(replay: WebhookReplay, *, now: datetime) -> int:
    """They leave their state, so there is no place to remember; it takes days until one fails anew."""
    failed = WebhookDelivery.objects.filter(endpoint=replay.endpoint_id, state=DeliveryState.FAILED)
    keys = list(failed.order_by("created_at", "pk").values_list("pk", flat=True)[:SLICE])
    replay.count += failed.filter(pk__in=keys).update(**_anew(now))
    return len(keys)


def _take_events(replay: WebhookReplay, wanted: set[str], *, now: datetime) -> int:
    """The first condition is what an index can begin at."""
    behind = Q(at__gte=replay.place_at) & (Q(at__gt=replay.place_at) | Q(pk__gt=replay.place_id))
    events = WebhookEvent.objects.filter(behind, at__lt=replay.until).order_by("at", "pk")
    found = list(events.values_list("pk", "at", "kind")[:SLICE])
    keys = [key for key, _at, kind in found if kind in wanted]
    if found:
        replay.place_id, replay.place_at = found[-1][0], found[-1][1]
    made = WebhookDelivery.objects.filter(endpoint=replay.endpoint_id, event__in=keys)
    made.done().update(**_anew(now))
    insert_deliveries([(replay.endpoint_id, key) for key in keys], now=now)
    replay.count += len(keys)
    return len(found)


def _anew(now: datetime) -> dict[str, Any]:
    return {"state": DeliveryState.WAITING, "not_before": now, "failures": 0, "claim": "", "delivered_at": None}
