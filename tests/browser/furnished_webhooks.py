"""Webhooks in every state, with messages that were taken, failed and wait."""

from datetime import datetime, timedelta

from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.endpoints import rotate_secret
from commerce_orders.services.webhooks.outbox import News, Subject, write_news
from commerce_orders.services.webhooks.redelivery import carry_out_replay, redeliver_failed
from commerce_orders.states import WebhookEventType
from tests.commerce_orders.webhooks.receivers import make_webhook

HOSTILE = "<script>alert(1)</script>\u202egnp.exe\"'><img src=x onerror=alert(2)>"


def furnish_webhooks(now: datetime) -> dict[str, str]:
    """The address of each page, by a name for its picture."""
    make_webhook(name=HOSTILE, url="https://8.8.8.8/" + "w" * 300, disabled_at=now, disabled_reason="failing")
    make_webhook(name="Old till", disabled_at=now, disabled_reason="by_hand", events=["order.created"])
    endpoint = make_webhook(name="Warehouse system", failing_since=now - timedelta(hours=3))
    rotate_secret(endpoint_id=endpoint.pk, actor="dana", now=now)
    write_news(
        [
            News(WebhookEventType.ORDER_CREATED, now, Subject("amazon", f"111-{n}", f"10000{n}", "processing", 1), {})
            for n in range(1001, 1007)
        ]
    )
    distribute_events(now=now)
    failed, waiting, *taken = endpoint.deliveries.order_by("pk")
    endpoint.deliveries.filter(pk=waiting.pk).update(error="timeout", failures=2, attempts=2, attempted_at=now)
    endpoint.deliveries.filter(pk__in=[each.pk for each in taken[:-1]]).update(
        state="delivered", attempts=1, attempted_at=now, delivered_at=now, response_code=204, milliseconds=41
    )
    carry_out_replay(replay_id=redeliver_failed(endpoint_id=endpoint.pk, actor="dana", now=now).pk, now=now)
    endpoint.deliveries.filter(pk=failed.pk).update(
        state="failed", attempts=10, attempted_at=now, response_code=500, milliseconds=1204
    )
    return {
        "webhooks": "/admin/commerce_orders/webhookendpoint/",
        "webhook-add": "/admin/commerce_orders/webhookendpoint/add/",
        "webhook": f"/admin/commerce_orders/webhookendpoint/{endpoint.pk}/change/",
        "deliveries": f"/admin/commerce_orders/webhookdelivery/?endpoint={endpoint.pk}",
        "delivery": f"/admin/commerce_orders/webhookdelivery/{failed.pk}/change/",
    }
