"""Webhooks in the back office."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from commerce_orders.services.webhooks.endpoints import send_test_event
from project.models import AuditEntry
from tests.commerce_orders.webhooks.receivers import make_webhook, place_orders
from tests.factories import NOW
from tests.staff import SignIn

ENDPOINTS = "/admin/commerce_orders/webhookendpoint/"
DELIVERIES = "/admin/commerce_orders/webhookdelivery/"
PERMISSIONS = ("view_webhookendpoint", "add_webhookendpoint", "change_webhookendpoint", "delete_webhookendpoint")
FORM = {"name": "ERP", "url": "http://127.0.0.1:9/hooks", "events": ["order.created", "order.shipped"]}


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in(*(f"commerce_orders.{name}" for name in PERMISSIONS), "commerce_orders.view_webhookdelivery")


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in("commerce_orders.view_webhookendpoint", "commerce_orders.view_webhookdelivery")


def words(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_webhook_is_made_and_its_secret_shown_once(manager: Client) -> None:
    response = manager.post(f"{ENDPOINTS}add/", FORM, follow=True)

    endpoint = WebhookEndpoint.objects.get()
    assert response.redirect_chain == [(f"{ENDPOINTS}{endpoint.pk}/change/", 302)]  # loaded again, it makes no other
    assert endpoint.secret in response.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    assert (endpoint.name, endpoint.url, endpoint.events) == (FORM["name"], FORM["url"], FORM["events"])
    assert endpoint.secret not in manager.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.area, entry.action, entry.actor, entry.subject) == ("webhook", "added", "dana", "ERP")
    assert endpoint.secret not in str(entry.changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "https://2130706433/"}, "url"),
        ({"url": "ftp://erp.example.com/"}, "url"),
        ({"name": ""}, "name"),
        ({"events": []}, "events"),
        ({"events": ["order.eaten"]}, "events"),
    ],
)
def test_what_makes_no_webhook_is_said_at_its_field(manager: Client, changes: dict[str, Any], field: str) -> None:
    response = manager.post(f"{ENDPOINTS}add/", FORM | changes)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_and_pages_take_a_constant_number_of_queries(
    viewer: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        endpoint = make_webhook()
    place_orders(rows)

    with django_assert_num_queries(7):
        assert viewer.get(ENDPOINTS).context["cl"].result_count == rows
    with django_assert_num_queries(8):
        assert len(viewer.get(f"{ENDPOINTS}{endpoint.pk}/change/").context["deliveries"]) == rows
    with django_assert_num_queries(8):
        assert viewer.get(f"{DELIVERIES}?endpoint={endpoint.pk}").context["cl"].result_count == rows


def test_deliveries_are_found_by_state_event_and_order(viewer: Client) -> None:
    endpoint = make_webhook()
    place_orders(2)
    send_test_event(endpoint_id=endpoint.pk, now=NOW)
    first, second, test = WebhookDelivery.objects.order_by("pk")
    WebhookDelivery.objects.filter(pk=first.pk).update(state="failed")

    def found(query: str) -> list[int]:
        return [row.pk for row in viewer.get(f"{DELIVERIES}?{query}").context["cl"].result_list]

    assert found("") == [test.pk, second.pk, first.pk]
    assert found(f"endpoint={endpoint.pk}&state=failed") == [first.pk]
    assert found("event=webhook.test") == [test.pk]
    assert found(f"q={second.event.number}") == [second.pk]
    assert found("endpoint=999") == []


def test_a_message_is_shown_harmlessly(viewer: Client) -> None:
    make_webhook(name="<b>ERP</b>")
    place_orders(1)
    WebhookDelivery.objects.update(response_code=500, milliseconds=12)

    page = viewer.get(f"{DELIVERIES}{WebhookDelivery.objects.get().pk}/change/").content.decode()

    assert "<b>ERP" not in page
    assert "order.created" in page
    assert "Send again" not in page  # it waits anyway, and the viewer may not


def test_a_webhook_is_changed_disabled_enabled_and_deleted(manager: Client) -> None:
    endpoint = make_webhook()
    page = f"{ENDPOINTS}{endpoint.pk}/"

    changed = manager.post(f"{page}change/", FORM)
    assert words(changed) == ["The webhook is changed."]
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events) == (FORM["url"], FORM["events"])
    manager.post(f"{page}disable/")
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "by_hand"
    manager.post(f"{page}enable/")
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert words(manager.post(f"{page}remove/"))[-1] == "The webhook ERP is deleted."
    assert not WebhookEndpoint.objects.exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "changed",
        "changed",
        "changed",
        "removed",
    ]


def test_a_secret_is_changed_and_shown_once(manager: Client) -> None:
    endpoint = make_webhook()
    former = endpoint.secret

    response = manager.post(f"{ENDPOINTS}{endpoint.pk}/rotate/", {"former_secret_hours": 3}, follow=True)

    endpoint.refresh_from_db()
    page = f"{ENDPOINTS}{endpoint.pk}/change/"
    assert response.redirect_chain == [(page, 302)]  # loaded again, it does not end the former secret
    assert response.context["secret"] == endpoint.secret != former
    assert manager.get(page).context["secret"] == ""
    assert endpoint.secrets(NOW + timedelta(hours=2)) == [endpoint.secret, former]
    assert AuditEntry.objects.get().changes == {"secret": [None, None]}


def test_a_new_secret_is_shown_on_no_other_page_and_kept_in_no_session(manager: Client) -> None:
    endpoint, other = make_webhook(), make_webhook(name="Till")

    manager.post(f"{ENDPOINTS}{endpoint.pk}/rotate/", {"former_secret_hours": 3})

    endpoint.refresh_from_db()
    assert endpoint.secret not in str(dict(manager.session))
    assert manager.get(f"{ENDPOINTS}{other.pk}/change/").context["secret"] == ""
    assert manager.get(f"{ENDPOINTS}{endpoint.pk}/change/").context["secret"] == endpoint.secret


def test_a_secret_cannot_stay_for_ever(manager: Client) -> None:
    endpoint = make_webhook()

    response = manager.post(f"{ENDPOINTS}{endpoint.pk}/rotate/", {"former_secret_hours": 721})

    assert "former_secret_hours" in response.context["rotation_form"].errors
    assert WebhookEndpoint.objects.get().secret == endpoint.secret


def test_a_test_event_is_sent(manager: Client) -> None:
    endpoint = make_webhook()

    response = manager.post(f"{ENDPOINTS}{endpoint.pk}/test/")

    assert words(response) == ["A test event is being sent. What comes of it shows below."]
    assert WebhookDelivery.objects.get().event.kind == "webhook.test"


def test_one_all_failed_or_a_time_is_sent_again(manager: Client) -> None:
    endpoint = make_webhook()
    place_orders(1)
    WebhookDelivery.objects.update(state="delivered", delivered_at=NOW)
    delivery = WebhookDelivery.objects.get()

    manager.post(f"{DELIVERIES}{delivery.pk}/redeliver/")
    manager.post(f"{ENDPOINTS}{endpoint.pk}/redeliver/")
    manager.post(f"{ENDPOINTS}{endpoint.pk}/replay/", {"since": "2026-11-19T00:00", "until": "2026-11-20T00:00"})

    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    replays = WebhookReplay.objects.order_by("pk").values_list("only_failed", "since", "until", "requested_by")
    midnight = NOW - timedelta(hours=12)
    assert list(replays) == [(True, None, None, "dana"), (False, midnight - timedelta(days=1), midnight, "dana")]


@pytest.mark.parametrize(
    "span",
    [
        {"since": "2026-11-20T00:00", "until": "2026-11-19T00:00"},
        {"since": "yesterday", "until": "2026-11-19T00:00"},
        {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00"},
        {},
    ],
)
def test_a_time_that_is_none_is_said_at_its_field(manager: Client, span: dict[str, str]) -> None:
    endpoint = make_webhook()

    response = manager.post(f"{ENDPOINTS}{endpoint.pk}/replay/", span)

    assert response.context["replay_form"].errors
    assert not WebhookReplay.objects.exists()


def test_a_disabled_webhook_says_why_and_sends_nothing(manager: Client) -> None:
    endpoint = make_webhook(disabled_at=NOW, disabled_reason="failing")

    page = manager.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()
    response = manager.post(f"{ENDPOINTS}{endpoint.pk}/test/")

    assert "No message was accepted for five days." in page
    assert words(response) == ["This webhook is disabled. Enable it first."]
    assert not WebhookDelivery.objects.exists()


def test_whoever_may_only_look_gets_no_buttons(viewer: Client) -> None:
    endpoint = make_webhook()

    page = viewer.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()

    assert "Send a test event" not in page
    assert "Create a new secret" not in page
    assert viewer.post(f"{ENDPOINTS}{endpoint.pk}/change/", FORM).status_code == 403
