"""Several workers at once: each delivery is sent once. The control claims without looking."""

import threading
from collections import Counter
from contextlib import suppress

import pytest
from django.db import connection

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from commerce_orders.models.webhooks import WebhookEndpointQuerySet
from commerce_orders.services.webhooks import sending
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.sending import send_due
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
in_parallel = pytest.mark.skipif(connection.vendor == "sqlite", reason="tests share one connection to SQLite")

WORKERS = 4
LATER = NOW + sending.LEASE


def race(endpoint):
    results = at_once(*[lambda: send_due(endpoint_id=endpoint.pk, clock=lambda: NOW)] * WORKERS)
    assert [result for result in results if isinstance(result, Exception)] == []
    return sum(result.delivered for result in results)


def without_the_lease(monkeypatch):
    """Let every worker at the endpoint, so that the claims of deliveries are all that is left."""
    monkeypatch.setattr(WebhookEndpointQuerySet, "free", lambda self, now: self)


@in_parallel
@pytest.mark.parametrize("with_lease", [True, False])
def test_of_many_workers_each_delivery_is_sent_by_one(receiver, monkeypatch, with_lease):
    if not with_lease:
        without_the_lease(monkeypatch)
    endpoint = make_endpoint(receiver.address)
    place_orders(60)

    assert race(endpoint) + send_due(endpoint_id=endpoint.pk, clock=lambda: NOW).delivered == 60

    assert set(Counter(receiver.ids).values()) == {1}
    assert set(WebhookDelivery.objects.values_list("state", "attempts")) == {("delivered", 1)}


@in_parallel
def test_without_comparing_deliveries_would_be_sent_twice(receiver, monkeypatch):
    without_the_lease(monkeypatch)
    together = threading.Barrier(WORKERS, timeout=5)

    def claim_blindly(sender, most):
        due = list(sender._due(NOW).select_related("event")[:most])
        with suppress(threading.BrokenBarrierError):
            together.wait()
        WebhookDelivery.objects.filter(pk__in=[delivery.pk for delivery in due]).update(
            state="sending", not_before=LATER
        )
        return due

    monkeypatch.setattr(sending._Sending, "_claim", claim_blindly)
    endpoint = make_endpoint(receiver.address)
    place_orders(8)

    race(endpoint)

    assert max(Counter(receiver.ids).values()) > 1  # how often depends on who hears the receiver's answer first


def test_a_worker_that_was_given_up_writes_nothing(receiver, monkeypatch):
    """It hears the answer after its lease: another has the delivery by then, and will write what becomes of it."""
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    receiver.status = 500

    def lose_the_lease(name):
        if name == "CP_DELIVERIES_SENT":
            WebhookDelivery.objects.update(claim="another")
            WebhookEndpoint.objects.update(sending_until=NOW + 2 * sending.LEASE)

    monkeypatch.setattr(sending, "checkpoint", lose_the_lease)
    send_due(endpoint_id=endpoint.pk, clock=lambda: NOW)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.claim, delivery.failures, delivery.response_code) == (
        "sending",
        "another",
        0,
        None,
    )
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.sending_until) == (None, NOW + 2 * sending.LEASE)


@in_parallel
def test_of_many_distributors_each_event_is_distributed_once(receiver):
    make_endpoint(receiver.address)
    take_in(*[make_draft(serial) for serial in range(20)])

    results = at_once(*[lambda: distribute_events(now=NOW)] * WORKERS)

    assert sum(results) == 20
    assert WebhookDelivery.objects.count() == WebhookEvent.objects.count() == 20
