import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse
from django_q.models import OrmQ

from amazon_channel.models import Alert, PullState
from amazon_channel.services.outbox import queue_confirmation
from commerce_orders.models import Shipment, WebhookDelivery, WebhookEndpoint
from project import health
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders
from tests.factories import NOW, make_account, make_amazon_order

READY = {
    "database": "ok",
    "migrations": "ok",
    "jobs": "ok",
    "pulls": "ok",
    "shipment_confirmations": "ok",
    "alert_mails": "ok",
    "webhooks": "ok",
}


@pytest.fixture
def pulled_account(db):
    account = make_account()
    PullState.objects.update(pulled_at=NOW)
    return account


def make_due_confirmation(*, due_at):
    order = make_amazon_order()
    PullState.objects.update(pulled_at=NOW)
    shipment = Shipment.objects.create(
        order=order.commerce_order, carrier_code="UPS", tracking_number="1Z", shipped_at=NOW, recorded_at=NOW
    )
    confirmation = queue_confirmation(shipment=shipment, amazon_order=order, now=due_at)
    OrmQ.objects.all().delete()
    return confirmation


def test_alive_answers_without_log_in_and_without_a_database(client):
    response = client.get(reverse("alive"))

    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert "no-store" in response["Cache-Control"]


def test_addresses_are_the_promised_ones():
    assert (reverse("alive"), reverse("ready")) == ("/healthz", "/readyz")


def test_ready_when_everything_is_well(client, db):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready", "checks": READY})
    assert "no-store" in response["Cache-Control"]


def test_not_ready_says_what_and_names_nobody(client, db):
    make_account(name="Secret shop")  # connected long ago by the clock of the server, never pulled

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "checks": READY | {"pulls": "1 accounts were not pulled for 600 seconds"},
    }
    assert "Secret shop" not in response.content.decode()


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client, address):
    assert client.post(address).status_code == 405


def test_without_a_database_everything_counts_as_wrong():
    """In a process of its own, whose database is a port where nobody listens."""
    asking = (
        "import json, django; django.setup();"
        "from django.utils import timezone; from project.health import find_complaints;"
        "print(json.dumps(find_complaints(now=timezone.now())))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asking],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": "postgres://secret:secret@127.0.0.1:1/secret"},
        capture_output=True,
        check=True,
    )

    assert json.loads(answer.stdout) == dict.fromkeys(READY, "the database does not answer")


def test_a_missing_migration_is_noticed(pulled_account):
    MigrationRecorder(connection).record_unapplied(
        "django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"
    )

    assert health.find_complaints(now=NOW).keys() == {"migrations"}


@pytest.mark.parametrize(("age", "is_well"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)])
def test_a_job_may_wait_ten_minutes(db, age, is_well):
    OrmQ.objects.create(key="orders", payload="", lock=NOW - age)

    expected = {} if is_well else {"jobs": "the oldest job has waited for 601 seconds"}
    assert health.find_complaints(now=NOW) == expected


def test_a_job_at_work_is_not_waiting(db):
    OrmQ.objects.create(key="orders", payload="", lock=NOW + timedelta(minutes=11))

    assert health.find_complaints(now=NOW) == {}


@pytest.mark.parametrize(
    ("every", "age", "is_well"), [(5, 600, True), (5, 601, False), (300, 900, True), (300, 901, False)]
)
def test_an_account_may_be_three_pulls_or_ten_minutes_behind(pulled_account, monkeypatch, every, age, is_well):
    monkeypatch.setattr(settings, "AMAZON_PULL_SECONDS", every)

    complaints = health.find_complaints(now=NOW + timedelta(seconds=age))

    limit = max(600, 3 * every)
    assert complaints == ({} if is_well else {"pulls": f"1 accounts were not pulled for {limit} seconds"})


def test_a_new_account_has_time_for_its_first_pull(db):
    make_account()

    assert health.find_complaints(now=NOW + timedelta(minutes=10)) == {}
    assert health.find_complaints(now=NOW + timedelta(minutes=11)).keys() == {"pulls"}


def test_an_inactive_account_need_not_be_pulled(pulled_account):
    pulled_account.is_active = False
    pulled_account.save()

    assert health.find_complaints(now=NOW + timedelta(days=1)) == {}


def test_a_confirmation_may_be_due_for_ten_minutes(db):
    make_due_confirmation(due_at=NOW - timedelta(minutes=10))
    assert health.find_complaints(now=NOW) == {}

    make_due_confirmation(due_at=NOW - timedelta(minutes=11))
    assert health.find_complaints(now=NOW) == {
        "shipment_confirmations": "the oldest shipment confirmation has been due for 660 seconds"
    }


def test_a_confirmation_that_waits_for_its_time_is_well(db):
    confirmation = make_due_confirmation(due_at=NOW - timedelta(hours=1))
    confirmation.not_before = NOW + timedelta(minutes=1)
    confirmation.save()

    assert health.find_complaints(now=NOW) == {}


def test_alerts_that_no_mail_server_takes_are_noticed(settings, account):
    settings.ALERT_EMAILS = ["ops@example.com"]
    alert = Alert.objects.create(account=account, kind="account_stalled", since=NOW, noticed_at=NOW)

    complaint = health.check_alert_mails(NOW + timedelta(minutes=11))
    assert complaint == "the oldest alert has not been mailed for 660 seconds"

    Alert.objects.filter(pk=alert.pk).update(mailed_at=NOW)
    assert health.check_alert_mails(NOW + timedelta(minutes=11)) == ""


@pytest.fixture
def endpoint(db, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    return make_endpoint("http://127.0.0.1/")


@pytest.mark.parametrize("age", [timedelta(minutes=10), timedelta(minutes=10, seconds=1)])
def test_a_webhook_event_may_wait_ten_minutes_for_its_deliveries(endpoint, age):
    take_in(make_draft(1), now=NOW - age)
    OrmQ.objects.all().delete()

    expected = {"webhooks": "the oldest webhook event has waited for 601 seconds"} if age.seconds > 600 else {}
    assert health.find_complaints(now=NOW) == expected


@pytest.mark.parametrize(
    ("columns", "is_well"),
    [
        ({}, False),
        ({"failing_since": NOW - timedelta(days=1)}, True),
        ({"not_before": NOW}, True),
        ({"sending_until": NOW}, True),
        ({"disabled_at": NOW, "disabled_reason": "by_hand"}, True),
    ],
)
def test_only_what_no_worker_tries_to_send_is_a_fault_here(endpoint, columns, is_well):
    place_orders(1)
    WebhookDelivery.objects.update(not_before=NOW - timedelta(minutes=10))
    WebhookEndpoint.objects.update(**{"not_before": NOW - timedelta(hours=1)} | columns)
    OrmQ.objects.all().delete()

    expected = {} if is_well else {"webhooks": "1 webhooks have had something due for 600 seconds"}
    assert health.find_complaints(now=NOW) == expected
