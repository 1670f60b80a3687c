"""Deliveries of webhooks over REST: looked at and sent again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks.sending import send_due
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders, receiving
from tests.factories import NOW

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:9/hooks"
NEW = {"name": "ERP", "url": URL, "events": ["order.created"]}


@pytest.fixture(autouse=True)
def still(settings: Any, clock: datetime) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    cache.clear()


@pytest.fixture
def client() -> APIClient:
    return client_with(Scope.WEBHOOKS_WRITE)


def test_deliveries_say_what_became_of_them(client: APIClient) -> None:
    with receiving(status=503, text="later") as receiver:
        endpoint = make_endpoint(receiver.address)
        place_orders(1)
        send_due(endpoint_id=endpoint.pk, clock=lambda: NOW)

    [row] = client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/").json()["results"]

    delivery = WebhookDelivery.objects.get()
    assert row == {
        "id": delivery.pk,
        "webhook": endpoint.pk,
        "message_id": delivery.event.message_id,
        "message": delivery.event.body,
        "state": "waiting",
        "attempts": 1,
        "created_at": "2026-11-20T12:00:00Z",
        "attempted_at": "2026-11-20T12:00:00Z",
        "delivered_at": None,
        "next_attempt_at": delivery.not_before.isoformat().replace("+00:00", "Z"),
        "response_code": 503,
        "error": "",
        "milliseconds": delivery.milliseconds,
    }
    assert client.get(f"/api/v1/deliveries/{delivery.pk}/").json() == row


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_of_what_a_receiver_answers_is_kept(client: APIClient, status: int) -> None:
    """Its address may turn out to be a host of our own network, and what it says be about a buyer."""
    with receiving(status=status, text="of the inside") as receiver:
        endpoint = make_endpoint(receiver.address)
        place_orders(1)
        send_due(endpoint_id=endpoint.pk, clock=lambda: NOW)

    assert WebhookDelivery.objects.get().response_code == status
    assert "of the inside" not in str([*WebhookDelivery.objects.values(), *WebhookEndpoint.objects.values()])
    assert "of the inside" not in client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/").content.decode()


def test_deliveries_are_found_by_state_event_order_and_time(client: APIClient) -> None:
    endpoint = make_endpoint(URL)
    place_orders(2)
    first, second = WebhookDelivery.objects.order_by("pk")
    WebhookDelivery.objects.filter(pk=first.pk).update(state="failed", created_at=NOW - timedelta(hours=1))

    def found(query: str) -> list[int]:
        answer = client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/?{query}").json()
        return [row["id"] for row in answer["results"]]

    assert found("") == [first.pk, second.pk]
    assert found("state=failed") == [first.pk]
    assert found("event=order.shipped") == []
    assert found(f"number={second.event.number}") == [second.pk]
    assert found("created_after=2026-11-20T12:00:00Z") == [second.pk]
    page = client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/?page_size=1").json()
    assert [row["id"] for row in client.get(page["next"]).json()["results"]] == [second.pk]


@pytest.mark.parametrize("query", ["state=eaten", "event=order.eaten", "created_after=soon", "status=failed"])
def test_a_filter_that_is_none_is_refused(client: APIClient, query: str) -> None:
    endpoint = make_endpoint(URL)

    answer = client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_a_constant_number_of_queries(
    client: APIClient, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        endpoint = make_endpoint(URL)
    place_orders(rows)
    client.get("/api/v1/webhooks/")  # notes the token's use

    with django_assert_num_queries(2):  # the token, the webhooks
        assert len(client.get("/api/v1/webhooks/").json()["results"]) == rows
    with django_assert_num_queries(3):  # the token, the webhook, its deliveries with their events
        assert len(client.get(f"/api/v1/webhooks/{endpoint.pk}/deliveries/").json()["results"]) == rows


def test_a_delivery_is_sent_again(client: APIClient) -> None:
    make_endpoint(URL)
    place_orders(1)
    WebhookDelivery.objects.update(state="delivered", delivered_at=NOW)
    delivery = WebhookDelivery.objects.get()

    answer = client.post(f"/api/v1/deliveries/{delivery.pk}/redeliver/", {})

    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert client.post(f"/api/v1/deliveries/{delivery.pk}/redeliver/").status_code == 202
    assert client.post("/api/v1/deliveries/999/redeliver/", {}).status_code == 404


def test_failed_ones_and_a_time_are_asked_for_again(client: APIClient) -> None:
    endpoint = make_endpoint(URL)
    span = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-20T00:00:00Z"}

    failed = client.post(f"/api/v1/webhooks/{endpoint.pk}/redeliver-failed/", {})
    time = client.post(f"/api/v1/webhooks/{endpoint.pk}/replay/", span)

    same = {"webhook": endpoint.pk, "requested_at": "2026-11-20T12:00:00Z"}
    assert (failed.status_code, failed.json()) == (202, same | {"only_failed": True, "since": None, "until": None})
    assert (time.status_code, time.json()) == (202, same | {"only_failed": False, **span})
    assert WebhookReplay.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"since": "2026-11-20T00:00:00Z", "until": "2026-11-19T00:00:00Z"}, "replay_empty"),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}, "replay_too_old"),
        ({"since": "2026-11-20T00:00:00Z"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_time_that_is_none_is_refused(client: APIClient, body: dict[str, str], code: str) -> None:
    endpoint = make_endpoint(URL)

    answer = client.post(f"/api/v1/webhooks/{endpoint.pk}/replay/", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not WebhookReplay.objects.exists()


def test_a_test_event_is_sent(client: APIClient) -> None:
    endpoint = make_endpoint(URL, events=("order.problem",))

    answer = client.post(f"/api/v1/webhooks/{endpoint.pk}/test/", {})

    assert answer.status_code == 202
    assert answer.json()["message"]["type"] == "webhook.test"
    assert answer.json()["state"] == "waiting"


@pytest.mark.parametrize("route", ["test/", "redeliver-failed/"])
def test_a_disabled_webhook_sends_nothing(client: APIClient, route: str) -> None:
    endpoint = make_endpoint(URL, disabled_at=NOW, disabled_reason="by_hand")

    headers = {"Idempotency-Key": "erp-1"}
    address = f"/api/v1/webhooks/{endpoint.pk}/{route}"

    answer, again = (client.post(address, {}, headers=headers) for _time in range(2))

    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_disabled")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (409, answer.json(), "true")
