"""Telling other systems, killed at each checkpoint: everything arrives, and what comes twice has the same id."""

from datetime import timedelta

import pytest

from commerce_orders.models import Order, WebhookDelivery, WebhookEvent
from commerce_orders.services.webhooks.sending import LEASE, send_due
from commerce_orders.tasks import distribute_webhook_events
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.webhooks.receivers import make_endpoint, receiving
from tests.crashes.processes import KILLED

SENDER_IS_GIVEN_UP = LEASE + timedelta(seconds=1)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    with receiving() as running:
        yield running


@pytest.mark.parametrize(
    ("fault_at", "arrived"), [("CP_DELIVERIES_CLAIMED", 0), ("CP_DELIVERIES_SENT", 1), ("CP_ANSWERS_WRITTEN", 1)]
)
def test_a_sender_killed_anywhere_is_made_up_for_under_the_same_id(database, processes, receiver, fault_at, arrived):
    endpoint = make_endpoint(receiver.address)
    take_in(make_draft())
    distribute_webhook_events()

    killed = processes.run(lambda: send_due(endpoint_id=endpoint.pk), fault_at=fault_at)

    assert killed.code == KILLED, killed.output()
    assert len(receiver.ids) == arrived
    assert WebhookDelivery.objects.get().state == "sending"
    assert processes.run(lambda: send_due(endpoint_id=endpoint.pk)).code == 0  # the lease is not over
    assert len(receiver.ids) == arrived
    again = processes.run(lambda: send_due(endpoint_id=endpoint.pk), ahead=SENDER_IS_GIVEN_UP)
    assert again.code == 0, again.output()
    assert receiver.ids == [WebhookEvent.objects.get().message_id] * (arrived + 1)
    assert list(WebhookDelivery.objects.values_list("state", "attempts")) == [("delivered", 2)]


def test_a_change_or_a_distribution_killed_in_the_middle_is_all_or_nothing(database, processes, receiver):
    make_endpoint(receiver.address)
    killed = processes.run(lambda: take_in(make_draft(1)), fault_at="CP_NEWS_WRITTEN")
    assert killed.code == KILLED, killed.output()
    assert (Order.objects.count(), WebhookEvent.objects.count()) == (0, 0)
    take_in(make_draft(1))

    killed = processes.run(distribute_webhook_events, fault_at="CP_NEWS_DISTRIBUTED")

    assert killed.code == KILLED, killed.output()
    assert not WebhookDelivery.objects.exists()
    distribute_webhook_events()
    assert WebhookDelivery.objects.count() == 1
