"""Tokens, webhooks, their deliveries and shipment files taken away."""

from datetime import timedelta

from commerce_orders.models import ApiToken, WebhookDelivery
from commerce_orders.services.tokens import create_token, revoke_token
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.outbox import News, Subject, write_news
from commerce_orders.states import WebhookEventType
from tests.commerce_orders.webhooks.receivers import make_webhook
from tests.factories import NOW, make_account
from tests.project.exported import csv_lines, export_links
from tests.staff import SignIn

TOKENS, WEBHOOKS = "/admin/commerce_orders/apitoken/", "/admin/commerce_orders/webhookendpoint/"
DELIVERIES = "/admin/commerce_orders/webhookdelivery/"


def test_tokens_are_exported_with_what_they_may_and_where(sign_in: SignIn) -> None:
    account = make_account(name="Northwind")
    create_token(name="ERP", scopes=["orders:read"], accounts=[f"amazon:{account.pk}"], now=NOW)
    create_token(name="Till", scopes=["orders:read", "orders:write"], now=NOW, expires_at=NOW + timedelta(days=1))
    revoke_token(name="ERP", now=NOW)
    erp, till = ApiToken.objects.order_by("name")

    lines = csv_lines(sign_in("commerce_orders.view_apitoken").get(f"{TOKENS}export.csv"))

    made = "2026-11-20 12:00"
    assert lines == [
        ["Name", "Begins with", "May", "Stores", "Status", "Created (UTC)", "Expires (UTC)", "Last used (UTC)"],
        ["ERP", erp.prefix, "orders:read", "Northwind", "Revoked", made, "", ""],
        ["Till", till.prefix, "orders:read, orders:write", "", "Valid", made, "2026-11-21 12:00", ""],
    ]


def test_webhooks_are_exported_with_what_they_are_told_of(sign_in: SignIn) -> None:
    make_webhook(name="=1+1", url="https://8.8.8.8/", events=["order.created"])

    lines = csv_lines(sign_in("commerce_orders.view_webhookendpoint").get(f"{WEBHOOKS}export.csv"))

    assert lines == [
        ["Name", "Address", "Events to send", "Status", "Created (UTC)"],
        ["'=1+1", "https://8.8.8.8/", "Order created", "Enabled", "2026-11-20 12:00"],
    ]


def test_deliveries_are_exported_as_they_are_filtered(sign_in: SignIn) -> None:
    till, erp = make_webhook(name="Till"), make_webhook(name="ERP")
    subject = Subject("amazon", "111-1", "100001", "processing", 1)
    write_news([News(WebhookEventType.ORDER_CREATED, NOW, subject, {})])
    distribute_events(now=NOW)
    WebhookDelivery.objects.filter(endpoint=erp).update(error="timeout", failures=1, attempts=1, attempted_at=NOW)
    WebhookDelivery.objects.filter(endpoint=till).update(state="delivered", response_code=204, attempts=1)
    client = sign_in("commerce_orders.view_webhookdelivery")

    (everything,) = export_links(client, DELIVERIES)
    (one,) = export_links(client, f"{DELIVERIES}?endpoint={erp.pk}&q=100001")

    assert len(csv_lines(client.get(everything))) == 3
    headings, line = csv_lines(client.get(one))
    assert headings[6:] == ["Last attempt (UTC)", "Next attempt (UTC)"]
    assert line == [
        "Order created", "100001", "ERP", "To be tried again", "No answer in time", "1", "2026-11-20 12:00",
        "2026-11-20 12:00",
    ]  # fmt: skip
