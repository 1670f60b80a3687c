from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment
from commerce_orders.states import OrderStatus
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BODY = {"carrier_code": "UPS", "tracking_number": "1Z999AA10123456784"}


def address(order: Order) -> str:
    return f"/api/v1/orders/{order.number}/shipments/"


def assert_nothing_shipped(order: Order, status: str = "processing") -> None:
    assert not Shipment.objects.exists()
    assert not ShipmentConfirmation.objects.exists()
    assert set(OrderLine.objects.values_list("quantity_shipped", flat=True)) <= {0}
    assert Order.objects.get().status == status
    assert OrderEvent.objects.count() == 1


def test_shipment_of_everything_completes_the_order() -> None:
    order = make_order(quantities=(1, 2))
    first, second = order.lines.all()
    token, text = make_token("shipments:write")
    body = BODY | {"shipping_method": " Ground ", "shipped_at": "2026-11-20T13:00:00+01:00"}
    response = client_with_text(text).post(address(order), body)
    shipment = Shipment.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": shipment.pk,
        "carrier_code": "UPS",
        "carrier_name": "",
        "shipping_method": "Ground",
        "tracking_number": "1Z999AA10123456784",
        "shipped_at": "2026-11-20T12:00:00Z",
        "lines": [{"line": first.pk, "quantity": 1}, {"line": second.pk, "quantity": 2}],
        "channel_status": "waiting",
        "channel_detail": "",
    }
    assert (shipment.origin, shipment.recorded_by) == ("api", f"token:{token.name}")
    assert Order.objects.get().status == "complete"
    assert ShipmentConfirmation.objects.get().shipment == shipment


def test_shipment_of_some_lines_leaves_the_rest() -> None:
    order = make_order(quantities=(1, 2))
    _first, second = order.lines.all()
    body = BODY | {"carrier_code": "Other", "carrier_name": "Bike", "lines": [{"line": second.pk, "quantity": 1}]}
    response = client_with("shipments:write").post(address(order), body)
    assert response.status_code == 201
    assert response.json()["carrier_name"] == "Bike"
    assert list(order.lines.values_list("quantity_shipped", flat=True)) == [0, 1]
    assert Order.objects.get().status == "partially_shipped"


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"tracking_number": " "}, "tracking_number_missing", ["tracking_number"]),
        ({"carrier_code": "Pigeon"}, "carrier_unknown", ["carrier_code"]),
        ({"carrier_code": "Other"}, "carrier_name_missing", ["carrier_name"]),
        ({"shipped_at": "2999-01-01T00:00:00Z"}, "shipped_in_the_future", ["shipped_at"]),
        ({"lines": []}, "nothing_to_ship", ["lines"]),
        ({"lines": [{"line": 999999, "quantity": 1}]}, "line_unknown", ["lines"]),
        ({"lines": [{"line": 2**70, "quantity": 1}]}, "line_unknown", ["lines"]),
        ({"order": 1}, "invalid", ["order"]),
        ({"tracking_number": 123}, "invalid", ["tracking_number"]),
        ({"tracking_number": None}, "invalid", ["tracking_number"]),
        ({"tracking_number": "1" * 101}, "invalid", ["tracking_number"]),
        ({"tracking_number": "1\n2"}, "invalid", ["tracking_number"]),
        ({"tracking_number": "1\x00"}, "invalid", ["tracking_number"]),
        ({"carrier_name": ["UPS"]}, "invalid", ["carrier_name"]),
        ({"carrier_code": True}, "invalid", ["carrier_code"]),
        ({"shipped_at": 1700000000}, "invalid", ["shipped_at"]),
        ({"shipped_at": "soon"}, "invalid", ["shipped_at"]),
        ({"lines": {"line": 1}}, "invalid", ["lines"]),
        ({"lines": [1]}, "invalid", ["lines.0"]),
        ({"lines": [{"line": 1}]}, "invalid", ["lines.0.quantity"]),
        ({"lines": [{"line": 1, "quantity": 1, "sku": "A"}]}, "invalid", ["lines.0.sku"]),
        ({"lines": [{"line": 1, "quantity": 0}]}, "invalid", ["lines.0.quantity"]),
        ({"lines": [{"line": 1, "quantity": 1.5}]}, "invalid", ["lines.0.quantity"]),
        ({"lines": [{"line": 1, "quantity": "1"}]}, "invalid", ["lines.0.quantity"]),
        ({"lines": [{"line": True, "quantity": 1}]}, "invalid", ["lines.0.line"]),
        ({"lines": [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}]}, "invalid", ["lines"]),
        ({"lines": [{"line": 1, "quantity": 1}] * 1001}, "invalid", ["lines"]),
    ],
)
def test_shipment_with_something_to_correct_is_refused(changes: dict[str, Any], code: str, fields: list[str]) -> None:
    order = make_order(quantities=(1, 2))
    response = client_with("shipments:write").post(address(order), BODY | changes)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["fields"]) == fields
    assert_nothing_shipped(order)


def test_shipment_of_a_surrogate_is_refused() -> None:
    order = make_order()
    body = '{"carrier_code": "UPS", "tracking_number": "1\\ud800"}'
    response = client_with("shipments:write").generic("POST", address(order), body, content_type="application/json")
    assert (response.status_code, list(response.json()["fields"])) == (400, ["tracking_number"])
    assert_nothing_shipped(order)


def test_shipment_of_more_than_is_left_is_a_conflict() -> None:
    order = make_order(quantities=(1, 2))
    line = order.lines.last()
    assert line is not None
    body = BODY | {"lines": [{"line": line.pk, "quantity": 3}]}
    response = client_with("shipments:write").post(address(order), body, HTTP_ACCEPT_LANGUAGE="de")
    assert response.status_code == 409
    assert response.json() == {
        "code": "quantity_too_large",
        "detail": "SKU-2: 3 cannot be shipped, 2 left.",
        "fields": {"lines": ["SKU-2: 3 cannot be shipped, 2 left."]},
    }
    assert_nothing_shipped(order)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": OrderStatus.CANCELED, "closed_at": NOW}, "order_canceled"),
        ({"status": OrderStatus.COMPLETE, "closed_at": NOW}, "nothing_left_to_ship"),
        ({"is_fulfilled_by_channel": True}, "fulfilled_by_channel"),
    ],
)
def test_shipment_that_the_order_forbids_is_a_conflict(columns: dict[str, Any], code: str) -> None:
    order = make_order()
    Order.objects.update(**columns)
    response = client_with("shipments:write").post(address(order), BODY)
    assert (response.status_code, response.json()["code"], response.json()["fields"]) == (409, code, {})
    assert_nothing_shipped(order, status=columns.get("status", "processing"))


def test_shipment_of_an_unknown_order_is_not_found() -> None:
    response = client_with("shipments:write").post("/api/v1/orders/4711/shipments/", BODY)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("rows", [1, 3])
def test_shipments_are_listed_in_a_constant_number_of_queries(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_order(quantities=(5,))
    line = order.lines.get()
    shipments = [ship(order, quantities={line.pk: 1}) for _ in range(rows)]
    client = client_with("orders:read")
    with django_assert_num_queries(
        7
    ):  # the token, its use and budget; the order, its shipments, their lines and states
        answer = client.get(address(order)).json()
    assert [shipment["id"] for shipment in answer["results"]] == shipments
    assert (answer["next"], answer["previous"]) == (None, None)
