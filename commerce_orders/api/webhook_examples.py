"""Examples of webhooks for the OpenAPI document."""

from typing import Any

WEBHOOK: dict[str, Any] = {
    "id": 7,
    "name": "ERP",
    "url": "https://erp.example.com/webhooks",
    "events": ["order.created", "order.canceled"],
    "enabled": True,
    "disabled_at": None,
    "disabled_reason": "",
    "failing_since": None,
    "former_secret_until": None,
    "created_at": "2026-11-20T08:00:00Z",
    "secret": None,
}
NEW_WEBHOOK = {"name": "ERP", "url": "https://erp.example.com/webhooks", "events": ["order.created", "order.canceled"]}
CREATED_WEBHOOK = WEBHOOK | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
ROTATED_WEBHOOK = CREATED_WEBHOOK | {"former_secret_until": "2026-11-21T12:00:00Z"}
MESSAGE = {
    "type": "order.shipped",
    "timestamp": "2026-11-20T15:31:02.123456+00:00",
    "data": {
        "number": "100000001",
        "status": "partially_shipped",
        "channel": "amazon",
        "channel_order_id": "111-1234567-1234567",
        "version": 3,
        "shipment": 815,
    },
}
DELIVERY = {
    "id": 4711,
    "webhook": 7,
    "message_id": "msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "message": MESSAGE,
    "state": "waiting",
    "attempts": 2,
    "created_at": "2026-11-20T15:31:02.200000Z",
    "attempted_at": "2026-11-20T15:31:07.900000Z",
    "delivered_at": None,
    "next_attempt_at": "2026-11-20T15:36:20.000000Z",
    "response_code": 503,
    "error": "",
    "milliseconds": 41,
}
REDELIVERED = DELIVERY | {"state": "waiting", "next_attempt_at": "2026-11-21T09:00:00Z"}
REPLAY = {
    "webhook": 7,
    "only_failed": False,
    "since": "2026-11-19T00:00:00Z",
    "until": "2026-11-20T00:00:00Z",
    "requested_at": "2026-11-20T15:40:00Z",
}
TEST_DELIVERY = DELIVERY | {
    "message": {"type": "webhook.test", "timestamp": "2026-11-20T15:31:02.123456+00:00", "data": {"webhook": 7}},
    "attempts": 0,
    "attempted_at": None,
    "next_attempt_at": "2026-11-20T15:31:02.123456Z",
    "response_code": None,
    "milliseconds": None,
}
