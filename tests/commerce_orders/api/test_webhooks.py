"""Webhooks over REST: made, changed and deleted."""

from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from commerce_orders.models import IdempotentReply, WebhookEndpoint
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks import endpoints
from commerce_orders.services.webhooks.addresses import Address
from commerce_orders.states import WebhookEventType
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.webhooks.receivers import make_endpoint
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


def test_a_webhook_is_made_and_its_secret_shown_once(client: APIClient) -> None:
    answer = client.post("/api/v1/webhooks/", NEW)

    assert answer.status_code == 201
    endpoint = WebhookEndpoint.objects.get()
    secret = answer.json()["secret"]
    assert endpoint.secret == secret
    expected = {
        "id": endpoint.pk,
        **NEW,
        "enabled": True,
        "disabled_at": None,
        "disabled_reason": "",
        "failing_since": None,
        "former_secret_until": None,
        "created_at": "2026-11-20T12:00:00Z",
        "secret": None,
    }
    assert answer.json() == expected | {"secret": secret}
    assert client.get(f"/api/v1/webhooks/{endpoint.pk}/").json() == expected
    assert client.get("/api/v1/webhooks/").json() == {"results": [expected], "next": None, "previous": None}
    assert endpoint.created_by.startswith("token:System")


def test_a_webhook_is_told_everything_unless_it_says_what(client: APIClient) -> None:
    answer = client.post("/api/v1/webhooks/", {"name": "ERP", "url": URL})

    assert answer.json()["events"] == WebhookEventType.values


def test_a_repetition_makes_no_second_one_and_has_no_secret(client: APIClient) -> None:
    headers = {"Idempotency-Key": "erp-1"}
    first = client.post("/api/v1/webhooks/", NEW, headers=headers)

    again = client.post("/api/v1/webhooks/", NEW, headers=headers)

    assert (again.status_code, again.json()) == (201, first.json() | {"secret": None})
    assert WebhookEndpoint.objects.count() == 1
    assert first.json()["secret"] not in str(IdempotentReply.objects.get().body)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"url": "https://169.254.169.254/latest/"}, "address_private", "url"),
        ({"url": "https://2130706433/"}, "address_malformed", "url"),
        ({"url": "http://erp.example.com/"}, "address_not_https", "url"),
        ({"url": "https://erp.example.com:6379/"}, "address_port", "url"),
        ({"url": "https://a:b@erp.example.com/"}, "address_with_extras", "url"),
        ({"url": 7}, "invalid", "url"),
        ({"url": "https://e.example/\u0000"}, "invalid", "url"),
        ({"name": ""}, "invalid", "name"),
        ({"events": []}, "events_missing", "events"),
        ({"events": ["order.eaten"]}, "invalid", "events.0"),
        ({"events": "order.created"}, "invalid", "events"),
        ({"secret": "whsec_mine"}, "invalid", "secret"),
    ],
)
def test_what_makes_no_webhook_is_refused(client: APIClient, changes: dict[str, Any], code: str, field: str) -> None:
    answer = client.post("/api/v1/webhooks/", NEW | changes)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert list(answer.json()["fields"]) == [field]
    assert not WebhookEndpoint.objects.exists()


def test_a_webhook_is_changed_and_disabled_and_deleted(client: APIClient) -> None:
    endpoint = make_endpoint(URL)
    address = f"/api/v1/webhooks/{endpoint.pk}/"

    changed = client.patch(address, {"events": ["order.shipped"], "enabled": False})
    assert changed.status_code == 200
    assert changed.json()["events"] == ["order.shipped"]
    assert (changed.json()["enabled"], changed.json()["disabled_reason"]) == (False, "by_hand")
    assert changed.json()["url"] == URL
    assert client.patch(address, {"enabled": True}).json()["enabled"]

    deleted = client.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 404


def test_a_repeated_deletion_gets_the_first_answer(client: APIClient) -> None:
    address = f"/api/v1/webhooks/{make_endpoint(URL).pk}/"

    answers = [client.delete(address, headers={"Idempotency-Key": "gone-1"}) for _time in range(2)]

    assert [(answer.status_code, answer.get("Idempotency-Replayed")) for answer in answers] == [
        (204, None),
        (204, "true"),
    ]


def test_nobody_changes_what_they_have_not_seen(client: APIClient) -> None:
    made = client.post("/api/v1/webhooks/", NEW)
    address = made["Location"]
    seen = client.get(address)["ETag"]
    assert made["ETag"] == seen
    assert client.get(address, headers={"If-None-Match": seen}).status_code == 304
    changed = client.patch(address, {"name": "WMS"}, headers={"If-Match": seen})
    assert (changed.status_code, changed["ETag"]) == (200, client.get(address)["ETag"])
    before = WebhookEndpoint.objects.values().get()

    late = [
        client.patch(address, {"name": "OMS"}, headers={"If-Match": seen}),
        client.post(f"{address}rotate-secret/", {}, headers={"If-Match": seen}),
        client.delete(address, headers={"If-Match": seen}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in late] == [(412, "changed_meanwhile")] * 3
    assert WebhookEndpoint.objects.values().get() == before
    assert client.delete(address, headers={"If-Match": changed["ETag"]}).status_code == 204


def test_a_message_that_fails_is_in_nobodys_way_and_is_seen(client: APIClient) -> None:
    made = client.post("/api/v1/webhooks/", NEW)
    WebhookEndpoint.objects.update(failing_since=NOW, failures=1)

    known = client.get(made["Location"], headers={"If-None-Match": made["ETag"]})
    changed = client.patch(made["Location"], {"name": "WMS"}, headers={"If-Match": made["ETag"]})
    late = client.patch(made["Location"], {"name": "OMS"}, headers={"If-Match": known["ETag"]})

    assert (known.status_code, known.json()["failing_since"]) == (200, "2026-11-20T12:00:00Z")
    assert (changed.status_code, changed.json()["name"]) == (200, "WMS")
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "erp-1"}])
def test_a_host_is_looked_up_in_no_transaction(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """A slow name server would keep everybody else from writing."""
    in_transactions = []
    look_up = endpoints.look_up

    def watched(address: Address) -> list[str]:
        in_transactions.append(connection.in_atomic_block)
        return look_up(address)

    monkeypatch.setattr(endpoints, "look_up", watched)
    made = client.post("/api/v1/webhooks/", NEW, headers=headers)
    changed = client.patch(made["Location"], {"url": f"{URL}/2"}, headers={**headers, "Idempotency-Key": "erp-2"})

    assert (made.status_code, changed.status_code) == (201, 200)
    assert in_transactions == [False, False]


def test_a_refused_host_is_refused_again_without_looking(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Idempotency-Key": "erp-1"}
    body = NEW | {"url": "https://nowhere.invalid/"}
    first = client.post("/api/v1/webhooks/", body, headers=headers)
    monkeypatch.setattr(endpoints, "look_up", lambda address: pytest.fail("looked up again"))

    again = client.post("/api/v1/webhooks/", body, headers=headers)

    assert (first.status_code, first.json()["code"]) == (400, "address_unknown")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (400, first.json(), "true")
    assert not WebhookEndpoint.objects.exists()


def test_a_secret_is_rotated(client: APIClient) -> None:
    endpoint = make_endpoint(URL)
    former = endpoint.secret

    answer = client.post(f"/api/v1/webhooks/{endpoint.pk}/rotate-secret/", {"former_secret_hours": 2})

    assert (answer.status_code, answer.json()["former_secret_until"]) == (200, "2026-11-20T14:00:00Z")
    endpoint.refresh_from_db()
    assert endpoint.secrets(NOW) == [answer.json()["secret"], former]


@pytest.mark.parametrize("hours", [-1, 721, "2", 1.5, None])
def test_a_former_secret_lasts_a_month_at_most(client: APIClient, hours: Any) -> None:
    endpoint = make_endpoint(URL)

    answer = client.post(f"/api/v1/webhooks/{endpoint.pk}/rotate-secret/", {"former_secret_hours": hours})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["former_secret_hours"])
    assert WebhookEndpoint.objects.get().secret == endpoint.secret


def test_no_answer_but_the_first_has_a_secret(client: APIClient) -> None:
    secret = client.post("/api/v1/webhooks/", NEW).json()["secret"]
    endpoint = WebhookEndpoint.objects.get()

    answers = [
        client.get("/api/v1/webhooks/"),
        client.get(f"/api/v1/webhooks/{endpoint.pk}/"),
        client.patch(f"/api/v1/webhooks/{endpoint.pk}/", {"name": "WMS"}),
    ]

    assert all(secret not in answer.content.decode() for answer in answers)
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM django_q_ormq")
        assert all(secret not in payload for (payload,) in cursor.fetchall())
