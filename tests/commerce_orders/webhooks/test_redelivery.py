"""Once more: one, all that failed, or everything of a time."""

from datetime import timedelta

import pytest

from commerce_orders.models import WebhookDelivery, WebhookEvent, WebhookReplay
from commerce_orders.services.webhooks import redelivery
from commerce_orders.services.webhooks.distribution import prune_events
from commerce_orders.services.webhooks.endpoints import WebhookRefused
from commerce_orders.services.webhooks.redelivery import (
    carry_out_replay,
    redeliver,
    redeliver_failed,
    replay_events,
    unfinished_replays,
)
from commerce_orders.services.webhooks.sending import send_due
from commerce_orders.tasks import sweep_webhooks
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(receiver):
    return make_endpoint(receiver.address)


def send(endpoint):
    return send_due(endpoint_id=endpoint.pk, clock=lambda: NOW).delivered


def test_one_is_sent_again_under_the_same_id(endpoint, receiver):
    place_orders(2)
    send(endpoint)
    delivery = WebhookDelivery.objects.first()

    assert redeliver(delivery_id=delivery.pk, now=NOW)
    assert send(endpoint) == 1

    assert receiver.ids.count(delivery.event.message_id) == 2
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)


def test_one_that_is_on_its_way_is_left_alone(endpoint):
    place_orders(1)
    delivery = WebhookDelivery.objects.get()

    assert not redeliver(delivery_id=delivery.pk, now=NOW + timedelta(hours=1))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.not_before) == ("waiting", NOW)


def test_a_redelivery_begins_the_schedule_anew(endpoint):
    place_orders(1)
    WebhookDelivery.objects.update(state="failed", failures=10, attempts=10)

    redeliver(delivery_id=WebhookDelivery.objects.get().pk, now=NOW)

    assert list(WebhookDelivery.objects.values_list("state", "failures", "attempts")) == [("waiting", 0, 10)]


def test_all_failed_ones_are_sent_again_in_slices(endpoint, receiver, monkeypatch):
    monkeypatch.setattr(redelivery, "SLICE", 2)
    place_orders(6)
    send(endpoint)
    failed = list(WebhookDelivery.objects.values_list("pk", flat=True)[:5])
    WebhookDelivery.objects.filter(pk__in=failed).update(state="failed")

    replay = redeliver_failed(endpoint_id=endpoint.pk, actor="ada", now=NOW)
    assert WebhookDelivery.objects.filter(state="failed").count() == 5
    carry_out_replay(replay_id=replay.pk, now=NOW)
    replay.refresh_from_db()

    assert (replay.count, replay.finished_at) == (5, NOW)
    assert send(endpoint) == 5


def test_a_time_is_replayed_with_what_was_never_made_for_the_endpoint(receiver, monkeypatch):
    monkeypatch.setattr(redelivery, "SLICE", 2)
    earlier = make_endpoint(receiver.address)
    place_orders(5)
    for hours, event in enumerate(WebhookEvent.objects.order_by("pk")):
        WebhookEvent.objects.filter(pk=event.pk).update(at=NOW - timedelta(hours=hours))
    send(earlier)
    receiver.messages.clear()
    later = make_endpoint(receiver.address)
    span = {"since": NOW - timedelta(hours=3), "until": NOW}

    for endpoint in (earlier, later):
        replay = replay_events(endpoint_id=endpoint.pk, **span, actor="ada", now=NOW)
        carry_out_replay(replay_id=replay.pk, now=NOW)
        replay.refresh_from_db()
        assert replay.count == 3
        assert send(endpoint) == 3

    wanted = list(WebhookEvent.objects.filter(at__gte=span["since"], at__lt=NOW).values_list("message_id", flat=True))
    assert sorted(receiver.ids) == sorted(wanted * 2)


def test_a_replay_keeps_to_the_events_that_the_endpoint_wants(receiver):
    endpoint = make_endpoint(receiver.address, events=("order.problem",))
    place_orders(1)

    replay = replay_events(endpoint_id=endpoint.pk, since=NOW, until=NOW + timedelta(1), actor="ada", now=NOW)

    carry_out_replay(replay_id=replay.pk, now=NOW)
    replay.refresh_from_db()
    assert replay.count == 0
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    ("since", "until", "code"), [(0, 0, "replay_empty"), (1, 0, "replay_empty"), (-40, -31, "replay_too_old")]
)
def test_a_time_without_events_is_refused(endpoint, since, until, code):
    with pytest.raises(WebhookRefused) as refusal:
        replay_events(
            endpoint_id=endpoint.pk,
            since=NOW + timedelta(days=since),
            until=NOW + timedelta(days=until),
            actor="ada",
            now=NOW,
        )

    assert (refusal.value.code, refusal.value.field) == (code, "until")
    assert not WebhookReplay.objects.exists()


def test_a_disabled_endpoint_is_sent_nothing_again(receiver):
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    WebhookDelivery.objects.update(state="failed")
    endpoint.disabled_at, endpoint.disabled_reason = NOW, "by_hand"
    endpoint.save()
    delivery = WebhookDelivery.objects.get()

    for again in (
        lambda: redeliver(delivery_id=delivery.pk, now=NOW),
        lambda: redeliver_failed(endpoint_id=endpoint.pk, actor="ada", now=NOW),
    ):
        with pytest.raises(WebhookRefused) as refusal:
            again()
        assert refusal.value.code == "webhook_disabled"
    assert list(WebhookDelivery.objects.values_list("state", flat=True)) == ["failed"]


def test_a_replay_whose_job_was_lost_is_found_by_the_sweep(endpoint, clock):
    place_orders(1)
    WebhookDelivery.objects.update(state="failed")
    redeliver_failed(endpoint_id=endpoint.pk, actor="ada", now=NOW)
    assert len(unfinished_replays()) == 1

    sweep_webhooks()

    assert unfinished_replays() == []
    assert WebhookDelivery.objects.get().state == "waiting"


def test_what_is_older_than_thirty_days_is_forgotten(endpoint):
    place_orders(3)
    old, *_others = WebhookEvent.objects.order_by("pk")
    WebhookEvent.objects.filter(pk=old.pk).update(at=NOW - timedelta(days=30, seconds=1))

    assert prune_events(now=NOW) == 1

    assert (WebhookEvent.objects.count(), WebhookDelivery.objects.count()) == (2, 2)
    assert prune_events(now=NOW) == 0


def test_a_finished_replay_is_forgotten_after_thirty_days(endpoint):
    old, recent, unfinished = (redeliver_failed(endpoint_id=endpoint.pk, actor="ada", now=NOW) for _time in range(3))
    WebhookReplay.objects.filter(pk=old.pk).update(finished_at=NOW - timedelta(days=30, seconds=1))
    WebhookReplay.objects.filter(pk=recent.pk).update(finished_at=NOW - timedelta(days=30))

    prune_events(now=NOW)

    assert set(WebhookReplay.objects.values_list("pk", flat=True)) == {recent.pk, unfinished.pk}
