"""Somebody deletes a webhook while others do something with it: each gets a clean answer, whoever is first."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client

from commerce_orders.admin import webhook_deliveries as delivery_admin
from commerce_orders.api import webhook_deliveries as delivery_api
from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks.endpoints import delete_endpoint
from commerce_orders.services.webhooks.redelivery import carry_out_replay, replay_events
from commerce_orders.services.webhooks.sending import send_due
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.webhooks.receivers import Receiver, make_endpoint, make_webhook, place_orders
from tests.factories import NOW
from tests.locks import until_waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]
DELETED, GONE = "This webhook was deleted meanwhile.", "This message was deleted meanwhile."
LISTS = {
    "webhookendpoint": "/admin/commerce_orders/webhookendpoint/",
    "webhookdelivery": "/admin/commerce_orders/webhookdelivery/",
}
SPAN = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


def delete_while(endpoint: WebhookEndpoint, work: Callable[[], Any]) -> Any:
    """What comes of ``work``, which begins when the webhook is about to be deleted, and waits until it is."""
    locked, over = threading.Event(), threading.Event()

    def until_the_other_waits(_endpoint: WebhookEndpoint) -> bool:
        locked.set()
        until_waiting(1, is_over=over.is_set)
        return True

    def delete() -> None:
        delete_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, is_as_seen=until_the_other_waits)

    def begin() -> Any:
        assert locked.wait(10)
        try:
            return work()
        finally:
            over.set()

    deleted, result = at_once(delete, begin)
    assert deleted is None, deleted
    assert not WebhookEndpoint.objects.exists()
    return result


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("dana"))
    return client


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    endpoint = make_webhook()
    place_orders(1)
    WebhookDelivery.objects.update(state="failed")
    return endpoint


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("webhooks/{webhook}/test/", {}),
        ("webhooks/{webhook}/redeliver-failed/", {}),
        ("webhooks/{webhook}/replay/", SPAN),
        ("webhooks/{webhook}/rotate-secret/", {}),
    ],
)
def test_rest_says_that_there_is_no_such_webhook_any_more(
    endpoint: WebhookEndpoint, route: str, body: dict[str, str]
) -> None:
    client = client_with(Scope.WEBHOOKS_WRITE)
    address = f"/api/v1/{route}".format(webhook=endpoint.pk, delivery=WebhookDelivery.objects.get().pk)

    answer = delete_while(endpoint, lambda: client.post(address, body))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not WebhookReplay.objects.exists()


@pytest.mark.parametrize("step", ["test", "redeliver", "replay", "rotate", "enable", "disable", "remove"])
def test_staff_are_told_that_it_was_deleted(endpoint: WebhookEndpoint, staff: Client, step: str) -> None:
    address = f"{LISTS['webhookendpoint']}{endpoint.pk}/{step}/"
    form = {"since": "2026-11-19T00:00", "until": "2026-11-21T00:00", "former_secret_hours": "1"}

    response = delete_while(endpoint, lambda: staff.post(address, form))

    if step == "replay":  # on the form that was filled in
        assert DELETED in response.content.decode()
    else:
        assert [str(message) for message in get_messages(response.wsgi_request)] == [DELETED]
        assert response.headers["Location"] == LISTS["webhookendpoint"]


@pytest.mark.parametrize("place", ["rest", "admin"])
def test_a_message_that_is_deleted_just_before_it_is_sent_again_is_gone(
    endpoint: WebhookEndpoint, staff: Client, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Between two looks at it; both callers look whether there is one first."""
    key = WebhookDelivery.objects.get().pk
    door = delivery_api if place == "rest" else delivery_admin
    redeliver = door.redeliver

    def delete_first(**options: Any) -> bool:
        at_once(lambda: delete_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW))
        return redeliver(**options)

    monkeypatch.setattr(door, "redeliver", delete_first)

    if place == "rest":
        answer = client_with(Scope.WEBHOOKS_WRITE).post(f"/api/v1/deliveries/{key}/redeliver/", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    else:
        response = staff.post(f"{LISTS['webhookdelivery']}{key}/redeliver/")
        assert [str(message) for message in get_messages(response.wsgi_request)] == [GONE]
        assert response.headers["Location"] == LISTS["webhookdelivery"]


def test_the_worker_that_hears_an_answer_meanwhile_is_in_nobodys_way(receiver: Receiver) -> None:
    """It has a message, and writes what became of it while the webhook is being deleted."""
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    asked, may_answer = threading.Event(), threading.Event()

    def answer_late(handler: Any) -> None:
        asked.set()
        assert may_answer.wait(10)
        receiver.answer(handler)

    def delete() -> None:
        assert asked.wait(10)
        delete_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, is_as_seen=until_the_worker_waits)

    def until_the_worker_waits(_endpoint: WebhookEndpoint) -> bool:
        may_answer.set()
        until_waiting(1)
        return True

    receiver.behave = answer_late

    report, deleted = at_once(lambda: send_due(endpoint_id=endpoint.pk, clock=lambda: NOW), delete)

    assert deleted is None
    assert report.delivered == 1
    assert not WebhookDelivery.objects.exists()


def test_a_replay_under_way_is_in_nobodys_way(endpoint: WebhookEndpoint) -> None:
    WebhookDelivery.objects.all().delete()
    span = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    replay = replay_events(endpoint_id=endpoint.pk, **span, actor="ada", now=NOW)

    assert delete_while(endpoint, lambda: carry_out_replay(replay_id=replay.pk, now=NOW)) is None
