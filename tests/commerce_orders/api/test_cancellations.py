from typing import Any

import pytest

from commerce_orders.models import Cancellation, IdempotentReply, Order
from commerce_orders.services.cancellation import refuse_cancellation
from commerce_orders.states import OrderStatus
from customers.models import PersonalDataAccess
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BODY = {"reason": "NoInventory"}


def cancel(client: Any, order: Order, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/orders/{order.number}/cancel/", BODY if body is None else body, headers=headers)


def test_cancellation_is_accepted_and_stands_in_the_order() -> None:
    order = make_order(quantities=(1, 2))
    token, text = make_token("orders:write", "orders:read")
    client = client_with_text(text)
    response = cancel(client, order)
    assert response.status_code == 202
    cancellation = Cancellation.objects.get()
    assert (cancellation.requested_by, cancellation.reason) == (f"token:{token.name}", "NoInventory")
    answer = response.json()
    assert (answer["status"], answer["buyer_wants_to_cancel"]) == ("processing", False)
    assert answer["cancellation"] == {
        "reason": "NoInventory",
        "state": "requested",
        "requested_at": answer["cancellation"]["requested_at"],
        "answered_at": None,
        "answer": "",
    }
    assert client.get(f"/api/v1/orders/{order.number}/").json() == answer

    refuse_cancellation(cancellation_id=cancellation.pk, answer="Too late.", actor="Amazon", now=NOW)
    refused = client.get(f"/api/v1/orders/{order.number}/").json()["cancellation"]
    assert (refused["state"], refused["answer"], refused["answered_at"]) == (
        "refused",
        "Too late.",
        "2026-11-20T12:00:00Z",
    )
    assert cancel(client, order).json()["cancellation"]["state"] == "requested"


def test_cancellation_with_a_key_is_asked_for_once_and_its_answer_keeps_no_personal_data() -> None:
    order = make_order()
    client = client_with("orders:write", "customers:read")
    first = cancel(client, order, **{"Idempotency-Key": "c-1"})
    again = cancel(client, order, **{"Idempotency-Key": "c-1"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Cancellation.objects.count() == 1
    assert first.json()["recipient"] is None
    assert "Ada" not in str(IdempotentReply.objects.get().body)
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"reason": "Mood"}, "reason_unknown", "reason"),
        ({"reason": "noinventory"}, "reason_unknown", "reason"),
        ({}, "invalid", "reason"),
        ({"reason": ""}, "invalid", "reason"),
        ({"reason": None}, "invalid", "reason"),
        ({"reason": 1}, "invalid", "reason"),
        ({"reason": "x" * 61}, "invalid", "reason"),
        (BODY | {"lines": []}, "invalid", "lines"),
    ],
)
def test_cancellation_with_something_to_correct_is_refused(body: dict[str, Any], code: str, field: str) -> None:
    order = make_order()
    response = cancel(client_with("orders:write"), order, body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["fields"]) == [field]
    assert not Cancellation.objects.exists()


def test_unknown_reason_names_those_allowed_in_english() -> None:
    response = cancel(client_with("orders:write"), make_order(), {"reason": "Mood"}, **{"Accept-Language": "de"})
    assert response.json()["detail"] == (
        "“Mood” is no reason to cancel this order. Choose one of: NoInventory, BuyerCanceled, "
        "ShippingAddressUndeliverable, CustomerExchange, GeneralAdjustment, PricingError."
    )


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": OrderStatus.CANCELED, "closed_at": NOW}, "order_canceled"),
        ({"status": OrderStatus.COMPLETE, "closed_at": NOW}, "order_complete"),
        ({"is_fulfilled_by_channel": True}, "fulfilled_by_channel"),
    ],
)
def test_cancellation_that_the_order_forbids_is_a_conflict(columns: dict[str, Any], code: str) -> None:
    order = make_order()
    Order.objects.update(**columns)
    response = cancel(client_with("orders:write"), order)
    assert (response.status_code, response.json()["code"], response.json()["fields"]) == (409, code, {})
    assert not Cancellation.objects.exists()


def test_cancellation_beside_a_shipment_or_another_is_a_conflict() -> None:
    client = client_with("orders:write", "shipments:write")
    shipped, asked = make_order(), make_order()
    ship(shipped, quantities={shipped.lines.all()[0].pk: 1})
    assert cancel(client, shipped).json()["code"] == "already_shipped"
    assert cancel(client, asked).status_code == 202
    assert (cancel(client, asked).status_code, cancel(client, asked).json()["code"]) == (409, "cancellation_requested")
    body = {"carrier_code": "UPS", "tracking_number": "1Z1"}
    response = client.post(f"/api/v1/orders/{asked.number}/shipments/", body)
    assert (response.status_code, response.json()["code"]) == (409, "cancellation_requested")
    assert asked.shipments.count() == 0


def test_cancellation_of_an_unknown_order_is_not_found() -> None:
    response = client_with("orders:write").post("/api/v1/orders/4711/cancel/", BODY)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_what_the_buyer_asks_to_cancel_is_told_and_shipped_all_the_same() -> None:
    order = make_order(buyer_wants_to_cancel=True)
    client = client_with("orders:read", "shipments:write")
    assert client.get(f"/api/v1/orders/{order.number}/").json()["buyer_wants_to_cancel"] is True
    body = {"carrier_code": "UPS", "tracking_number": "1Z1"}
    assert client.post(f"/api/v1/orders/{order.number}/shipments/", body).status_code == 201
