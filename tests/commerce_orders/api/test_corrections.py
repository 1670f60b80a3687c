from typing import Any

import pytest

from commerce_orders.models import Order, OrderEvent, Shipment
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order, ship

pytestmark = pytest.mark.django_db


def address(order: Order, shipment_id: int) -> str:
    return f"/api/v1/orders/{order.number}/shipments/{shipment_id}/"


def test_correction_changes_what_is_given() -> None:
    order = make_order()
    shipment_id = ship(order)
    token, text = make_token("shipments:write")
    response = client_with_text(text).patch(address(order, shipment_id), {"tracking_number": " 1Z2 "})
    assert response.status_code == 200
    answer = response.json()
    assert (answer["id"], answer["carrier_code"], answer["tracking_number"]) == (shipment_id, "UPS", "1Z2")
    assert (answer["channel_status"], answer["channel_detail"]) == ("waiting", "")
    assert len(answer["lines"]) == 2
    event = OrderEvent.objects.order_by("id").last()
    assert event is not None
    assert (event.kind, event.actor) == ("corrected", f"token:{token.name}")


def test_correction_to_another_carrier() -> None:
    order = make_order()
    shipment_id = ship(order)
    body = {"carrier_code": "Other", "carrier_name": "Bike", "shipping_method": "Express"}
    answer = client_with("shipments:write").patch(address(order, shipment_id), body).json()
    assert {name: answer[name] for name in body} == body
    assert answer["tracking_number"] == "1Z999"


@pytest.mark.parametrize("body", [{}, {"tracking_number": "1Z999"}])
def test_correction_of_nothing_is_answered_and_leaves_no_trace(body: dict[str, str]) -> None:
    order = make_order()
    shipment_id = ship(order)
    events = OrderEvent.objects.count()
    assert client_with("shipments:write").patch(address(order, shipment_id), body).status_code == 200
    assert OrderEvent.objects.count() == events


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"tracking_number": " "}, "tracking_number_missing", "tracking_number"),
        ({"carrier_code": "Pigeon"}, "carrier_unknown", "carrier_code"),
        ({"carrier_code": "Other"}, "carrier_name_missing", "carrier_name"),
        ({"tracking_number": None}, "invalid", "tracking_number"),
        ({"tracking_number": "1" * 101}, "invalid", "tracking_number"),
        ({"carrier_code": ""}, "invalid", "carrier_code"),
        ({"shipped_at": "2026-11-20T12:00:00Z"}, "invalid", "shipped_at"),
    ],
)
def test_correction_with_something_to_correct_is_refused(body: dict[str, Any], code: str, field: str) -> None:
    order = make_order()
    shipment_id = ship(order)
    response = client_with("shipments:write").patch(address(order, shipment_id), body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["fields"]) == [field]
    assert Shipment.objects.get().tracking_number == "1Z999"


def test_correction_of_what_was_shipped_at_the_channel_is_a_conflict() -> None:
    order = make_order()
    shipment_id = ship(order)
    Shipment.objects.update(origin="channel")
    response = client_with("shipments:write").patch(address(order, shipment_id), {"tracking_number": "1Z2"})
    assert (response.status_code, response.json()["code"]) == (409, "shipped_at_channel")
    assert Shipment.objects.get().tracking_number == "1Z999"


def test_correction_of_an_unknown_shipment_is_not_found() -> None:
    order, other = make_order(), make_order()
    shipment_id = ship(order)
    client = client_with("shipments:write")
    for wrong in (address(other, shipment_id), address(order, shipment_id + 1), "/api/v1/orders/1/shipments/1/"):
        response = client.patch(wrong, {"tracking_number": "1Z2"})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert Shipment.objects.get().tracking_number == "1Z999"


def test_correction_with_a_key_is_made_once() -> None:
    order = make_order()
    shipment_id = ship(order)
    client = client_with("shipments:write")
    for _ in range(2):
        response = client.patch(
            address(order, shipment_id), {"tracking_number": "1Z2"}, headers={"Idempotency-Key": "k"}
        )
    assert response["Idempotency-Replayed"] == "true"
    assert OrderEvent.objects.filter(kind="corrected").count() == 1
