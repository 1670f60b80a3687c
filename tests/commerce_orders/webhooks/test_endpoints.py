"""Making, changing, testing and ending webhooks."""

import socket
from datetime import timedelta

import pytest

from commerce_orders.models import WebhookDelivery, WebhookEndpoint
from commerce_orders.services.webhooks import addresses, endpoints
from commerce_orders.services.webhooks.endpoints import (
    WebhookRefused,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    send_test_event,
)
from commerce_orders.services.webhooks.sending import send_due
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders
from tests.factories import NOW

pytestmark = pytest.mark.django_db

GOOD = {"name": "ERP", "url": "http://127.0.0.1:9/hooks", "events": ["order.created"]}


def test_a_webhook_is_made_with_a_secret_of_its_own():
    endpoint, secret = create_endpoint(**GOOD, actor="ada", now=NOW)
    _other, other_secret = create_endpoint(**GOOD, actor="ada", now=NOW)

    endpoint = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert endpoint.secret == secret != other_secret
    assert secret.startswith("whsec_")
    assert (endpoint.created_by, endpoint.created_at, endpoint.is_enabled) == ("ada", NOW, True)


def test_events_are_kept_in_order_and_once():
    events = ["order.shipped", "order.created", "order.shipped"]

    endpoint, _secret = create_endpoint(**GOOD | {"events": events}, actor="ada", now=NOW)

    assert endpoint.events == ["order.created", "order.shipped"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "name_missing", "name"),
        ({"name": "x" * 81}, "name_missing", "name"),
        ({"url": "https://169.254.169.254/"}, "address_private", "url"),
        ({"url": "erp"}, "address_malformed", "url"),
        ({"events": []}, "events_missing", "events"),
        ({"events": ["order.eaten"]}, "event_unknown", "events"),
    ],
)
def test_what_makes_no_webhook_is_refused(changes, code, field):
    with pytest.raises(WebhookRefused) as refusal:
        create_endpoint(**GOOD | changes, actor="ada", now=NOW)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not WebhookEndpoint.objects.exists()

    endpoint, _secret = create_endpoint(**GOOD, actor="ada", now=NOW)
    with pytest.raises(WebhookRefused):
        change_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, **changes)
    assert WebhookEndpoint.objects.values("name", "url", "events").get() == GOOD


@pytest.mark.parametrize(("answer", "code"), [("10.0.0.1", "address_private"), (None, "address_unknown")])
def test_where_a_name_leads_is_looked_at_when_it_is_saved(monkeypatch, answer, code):
    def getaddrinfo(host, port, **_):
        if answer is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)

    with pytest.raises(WebhookRefused) as refusal:
        create_endpoint(**GOOD | {"url": "https://erp.example.com/"}, actor="ada", now=NOW)

    assert (refusal.value.code, refusal.value.field) == (code, "url")


def test_there_are_not_too_many(monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 1)
    create_endpoint(**GOOD, actor="ada", now=NOW)

    with pytest.raises(WebhookRefused) as refusal:
        create_endpoint(**GOOD, actor="ada", now=NOW)

    assert refusal.value.code == "too_many_webhooks"
    assert WebhookEndpoint.objects.count() == 1


def test_what_is_not_given_stays():
    endpoint, secret = create_endpoint(**GOOD, actor="ada", now=NOW)

    change_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, name="WMS")

    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.url, endpoint.events) == ("WMS", GOOD["url"], GOOD["events"])
    assert endpoint.secret == secret


def test_a_disabled_one_waits_and_an_enabled_one_starts_anew(receiver):
    endpoint = make_endpoint(receiver.address, failing_since=NOW, failures=9, not_before=NOW + timedelta(hours=1))
    place_orders(1)

    change_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, enabled=False)
    assert send_due(endpoint_id=endpoint.pk, clock=lambda: NOW + timedelta(days=1)).delivered == 0
    endpoint = change_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, enabled=True)

    assert (endpoint.is_enabled, endpoint.failing_since, endpoint.failures) == (True, None, 0)
    assert send_due(endpoint_id=endpoint.pk, clock=lambda: NOW).delivered == 1


def test_a_deleted_one_is_gone_with_its_deliveries(receiver):
    endpoint = make_endpoint(receiver.address)
    place_orders(2)

    delete_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW)

    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert send_due(endpoint_id=endpoint.pk, clock=lambda: NOW).delivered == 0


def test_a_test_event_goes_to_one_endpoint_whatever_it_wants(receiver):
    endpoint = make_endpoint(receiver.address, events=("order.problem",), not_before=NOW + timedelta(hours=1))
    make_endpoint(receiver.address)

    delivery = send_test_event(endpoint_id=endpoint.pk, now=NOW)
    assert send_due(endpoint_id=endpoint.pk, clock=lambda: NOW).delivered == 1

    assert receiver.ids == [delivery.event.message_id]
    assert delivery.event.body["type"] == "webhook.test"
    assert WebhookDelivery.objects.count() == 1


def test_a_disabled_one_cannot_be_tested(receiver):
    endpoint = make_endpoint(receiver.address, disabled_at=NOW, disabled_reason="by_hand")

    with pytest.raises(WebhookRefused) as refusal:
        send_test_event(endpoint_id=endpoint.pk, now=NOW)

    assert refusal.value.code == "webhook_disabled"
    assert not WebhookDelivery.objects.exists()
