"""Staff hear once of a webhook that was disabled by itself, and see it on the Problems page until it works again."""

import smtplib
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from commerce_orders.models import WebhookEndpoint
from commerce_orders.problems import count_problems, newest_problems
from commerce_orders.services.retries import retry_chosen
from commerce_orders.services.webhooks.alerts import CLAIM, mail_disabled_endpoints
from commerce_orders.services.webhooks.endpoints import change_endpoint
from commerce_orders.webhook_problems import WebhookProblems
from tests.commerce_orders.webhooks.receivers import make_webhook
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(settings):
    settings.ALERT_EMAILS = ["ops@example.com"]
    settings.SITE_URL = "https://orders.example.com"


def disabled(reason="failing", **columns):
    return make_webhook(disabled_at=NOW, disabled_reason=reason, **columns)


def look(at=NOW):
    return mail_disabled_endpoints(clock=lambda: at)


def test_one_that_failed_for_five_days_is_told_once():
    endpoint = disabled(name="ERP\nBcc: x")

    assert [look(NOW + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ops@example.com"], "A webhook was disabled: ERP Bcc: x")
    assert message.body == (
        "ERP Bcc: x: Failed for five days\n"
        "Since 2026-11-20 12:00 UTC.\n"
        "What to do: fix the receiving system, then enable the webhook and send again what it missed.\n"
        f"https://orders.example.com/admin/commerce_orders/webhookendpoint/{endpoint.pk}/change/\n"
    )


def test_several_are_told_in_one_mail():
    disabled()
    disabled("gone", name="WMS")

    assert look() == 2

    (message,) = mail.outbox
    assert message.subject == "Webhooks were disabled: ERP and 1 other"
    assert "WMS: Wants no more webhooks" in message.body


def test_one_that_somebody_disabled_is_not_told():
    disabled("by_hand")
    make_webhook()

    assert look() == 0
    assert mail.outbox == []


def test_one_that_ends_again_is_told_again():
    endpoint = disabled()
    look()
    change_endpoint(endpoint_id=endpoint.pk, actor="ada", now=NOW, enabled=True)
    assert look() == 0
    WebhookEndpoint.objects.update(disabled_at=NOW, disabled_reason="failing")

    assert look() == 1


def test_what_a_mail_server_does_not_take_is_tried_again(monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected

    disabled()
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert look() == 0

    assert look(NOW + CLAIM - timedelta(seconds=1)) == 0
    assert look(NOW + CLAIM) == 1


def test_without_addresses_those_are_told_who_may_act(settings):
    settings.ALERT_EMAILS = []
    disabled()
    assert look() == 0
    manager = User.objects.create_user("dana", email="dana@example.com", is_staff=True)
    manager.user_permissions.add(Permission.objects.get(codename="change_webhookendpoint"))

    assert look() == 1
    assert mail.outbox[0].to == ["dana@example.com"]


@pytest.mark.parametrize("rows", [1, 3])
def test_they_are_problems_until_they_are_enabled(rows, django_assert_num_queries):
    source = WebhookProblems()
    endpoints = [disabled(name=f"ERP {serial}") for serial in range(rows)]
    disabled("gone")
    disabled("by_hand")
    assert count_problems([source], now=NOW) == {"webhook_failing": rows, "webhook_gone": 1}
    assert newest_problems(source, "webhook_failing", now=NOW, account="7", limit=9) == []

    with django_assert_num_queries(1):
        found = source.describe(
            newest_problems(source, "webhook_failing", now=NOW, limit=9), reason="webhook_failing", now=NOW
        )
    assert [problem.about[0].text for problem in found] == [endpoint.name for endpoint in reversed(endpoints)]
    assert {(problem.what, problem.words, problem.since) for problem in found} == {
        ("Webhook failed for five days", "https://8.8.8.8/hooks", NOW)
    }

    keys = [endpoint.pk for endpoint in endpoints]
    assert retry_chosen(source=source, reason="webhook_failing", keys=keys, actor="ada", now=NOW).retried == rows
    assert count_problems([source], now=NOW) == {"webhook_failing": 0, "webhook_gone": 1}
