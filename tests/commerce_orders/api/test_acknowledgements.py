from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce_orders.models import IdempotentReply, Order, OrderEvent
from commerce_orders.states import EventKind
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order, numbers

pytestmark = pytest.mark.django_db


def acknowledge(client: APIClient, order: Order, body: Any, **headers: str) -> Any:
    return client.post(f"/api/v1/orders/{order.number}/acknowledge/", body, headers=headers)


def test_acknowledged_order_keeps_the_number_and_says_so_on_its_timeline() -> None:
    order = make_order()
    token, text = make_token("orders:read", "orders:write", "customers:read")
    client = client_with_text(text)

    response = acknowledge(client, order, {"external_number": "SO-1"})

    assert response.status_code == 200
    answer = response.json()
    assert (answer["external_number"], answer["version"], answer["recipient"]) == ("SO-1", 2, None)
    assert answer["acknowledged_at"] == answer["updated_at"]
    event = OrderEvent.objects.get(kind=EventKind.ACKNOWLEDGED)
    assert (event.order, event.actor, event.data) == (order, token.actor, {"external_number": "SO-1"})
    read = client.get(f"/api/v1/orders/{order.number}/").json()
    assert read == answer | {"recipient": read["recipient"]}


def test_orders_are_taken_over_exactly_once() -> None:
    orders = [make_order() for _ in range(3)]
    client = client_with("orders:read", "orders:write")
    assert numbers(client, acknowledged="false") == [order.number for order in orders]
    assert acknowledge(client, orders[1], {"external_number": "SO-2"}).status_code == 200
    assert numbers(client, acknowledged="false") == [orders[0].number, orders[2].number]
    assert numbers(client, acknowledged="true") == numbers(client, external_number="SO-2") == [orders[1].number]


def test_same_number_again_is_the_same_answer() -> None:
    order, client = make_order(), client_with("orders:write")
    first = acknowledge(client, order, {"external_number": "SO-1"})
    again = acknowledge(client, order, {"external_number": "SO-1"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert OrderEvent.objects.filter(kind=EventKind.ACKNOWLEDGED).count() == 1


def test_another_number_is_refused_and_changes_nothing() -> None:
    order, client = make_order(), client_with("orders:write")
    acknowledge(client, order, {"external_number": "SO-1"})
    before = Order.objects.values().get()
    response = acknowledge(client_with("orders:write"), order, {"external_number": "SO-2"})
    sentence = "This order was taken over already, under the number SO-1."
    assert response.status_code == 409
    assert response.json() == {
        "code": "acknowledged_otherwise",
        "detail": sentence,
        "fields": {"external_number": [sentence]},
    }
    assert Order.objects.values().get() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "external_number"),
        ({"external_number": ""}, "external_number"),
        ({"external_number": "  "}, "external_number"),
        ({"external_number": 7}, "external_number"),
        ({"external_number": "x" * 65}, "external_number"),
        ({"external_number": "a\nb"}, "external_number"),
        ({"external_number": "SO-1", "acknowledged_at": "2026-11-20T12:00:00Z"}, "acknowledged_at"),
    ],
)
def test_number_that_cannot_be_kept_is_refused(body: dict[str, Any], field: str) -> None:
    response = acknowledge(client_with("orders:write"), make_order(), body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == [field]
    assert Order.objects.get().acknowledged_at is None


def test_repetition_with_a_key_gets_the_first_answer() -> None:
    order, client = make_order(), client_with("orders:write")
    first = acknowledge(client, order, {"external_number": "SO-1"}, **{"Idempotency-Key": "a"})
    again = acknowledge(client, order, {"external_number": "SO-1"}, **{"Idempotency-Key": "a"})
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert IdempotentReply.objects.get().status_code == 200
