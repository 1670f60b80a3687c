from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ
from rest_framework.test import APIClient

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.models import IdempotentReply, Order, OrderEvent, Shipment
from commerce_orders.services.stock import settle_orders
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order, ship
from tests.commerce_orders.stocked import make_alias, make_product, stock
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db

BULK = "/api/v1/shipments/bulk/"


def row(order: Order | None = None, **changes: Any) -> dict[str, Any]:
    number = order.number if order else "nobody's"
    return {"order": number, "carrier_code": "UPS", "tracking_number": "1Z999"} | changes


def post(client: APIClient, *rows: Any, **headers: str) -> Any:
    return client.post(BULK, {"shipments": list(rows)}, headers=headers)


def codes(response: Any) -> list[tuple[int, str | None]]:
    assert response.status_code == 200, response.json()
    return [(each["status"], each["error"] and each["error"]["code"]) for each in response.json()["results"]]


def test_each_row_has_its_own_result_and_stops_no_other() -> None:
    first, canceled, last = make_order(), make_order(), make_order()
    Order.objects.filter(pk=canceled.pk).update(status="canceled", closed_at=NOW)
    token, text = make_token("shipments:write")
    response = post(
        client_with_text(text),
        row(first),
        row(),
        row(canceled),
        row(last, carrier_code="Pigeon"),
        row(last, shipped_at="2999-01-01T00:00:00Z"),
        row(last, lines=[{"line": last.lines.all()[1].pk, "quantity": 3}]),
        row(last, lines=[{"line": first.lines.all()[0].pk, "quantity": 1}]),
        row(last, tracking_number=7, color="red"),
        "no object",
        {"order": last.number},
        row(last, tracking_number="1Z1"),
        row(first),
    )
    assert codes(response) == [
        (201, None),
        (404, "not_found"),
        (409, "order_canceled"),
        (400, "carrier_unknown"),
        (400, "shipped_in_the_future"),
        (409, "quantity_too_large"),
        (400, "line_unknown"),
        (400, "invalid"),
        (400, "invalid"),
        (400, "invalid"),
        (201, None),
        (409, "nothing_left_to_ship"),
    ]
    answer = response.json()
    assert (answer["recorded"], answer["refused"]) == (2, 10)
    assert [result["row"] for result in answer["results"]] == list(range(12))
    shipment = Shipment.objects.get(order=last)
    assert answer["results"][10]["shipment"]["id"] == shipment.pk
    assert (shipment.tracking_number, shipment.recorded_by, shipment.origin) == ("1Z1", token.actor, "api")
    errors = [result["error"] for result in answer["results"]]
    assert list(errors[1]["fields"]) == ["order"]
    assert list(errors[3]["fields"]) == ["carrier_code"]
    assert set(errors[7]["fields"]) == {"color"}
    assert set(errors[9]["fields"]) == {"carrier_code", "tracking_number"}
    assert Shipment.objects.count() == ShipmentConfirmation.objects.count() == 2


def test_several_packages_of_one_order_follow_each_other() -> None:
    order = make_order(quantities=(3,))
    line = order.lines.get().pk
    rows = [row(order, lines=[{"line": line, "quantity": quantity}]) for quantity in (1, 3, 2)]
    response = post(client_with("shipments:write"), *rows)
    assert codes(response) == [(201, None), (409, "quantity_too_large"), (201, None)]
    order.refresh_from_db()
    assert (order.status, order.lines.get().quantity_shipped) == ("complete", 3)


def test_stock_is_taken_once_for_all_rows() -> None:
    product = make_product("MINE", quantity=10)
    make_alias(product, "SKU-1")
    orders = [make_order(quantities=(2,)) for _ in range(3)]
    for order in orders:
        order.lines.update(product=product)
    settle_orders([order.pk for order in orders], now=NOW)
    assert stock("MINE") == (10, 6)
    response = post(client_with("shipments:write"), *(row(order) for order in orders))
    assert response.json()["recorded"] == 3
    assert stock("MINE") == (4, 0)


def test_row_that_fails_unexpectedly_is_undone_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    good, broken, late = make_order(), make_order(), make_order()
    amazon_order = broken.amazon_order
    type(amazon_order).objects.filter(pk=amazon_order.pk).update(commerce_order=None)
    response = post(client_with("shipments:write"), row(good), row(broken), row(late))
    assert codes(response) == [(201, None), (500, "internal_error"), (201, None)]
    assert not Shipment.objects.filter(order=broken).exists()
    assert OrderEvent.objects.filter(order=broken).count() == 1
    assert "could not be recorded" in caplog.text


def test_request_that_is_repeated_has_one_effect() -> None:
    order, client = make_order(quantities=(2,)), client_with("shipments:write")
    body = row(order, lines=[{"line": order.lines.get().pk, "quantity": 1}])
    first, again = (post(client, body, row(), **{"Idempotency-Key": "b-1"}) for _ in range(2))
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert Shipment.objects.count() == 1
    assert post(client, body, **{"Idempotency-Key": "b-1"}).status_code == 422
    assert IdempotentReply.objects.get().status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"shipments": []},
        {"shipments": {}},
        {"shipments": None},
        {"shipments": [{}] * 501},
        {"shipments": [{}], "color": "red"},
        [],
        "shipments",
    ],
)
def test_body_that_is_no_list_of_packages_is_refused(body: Any) -> None:
    response = client_with("shipments:write").post(BULK, body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not Shipment.objects.exists()


def statements(client: APIClient, orders: list[Order]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert post(client, *(row(order) for order in orders)).json()["recorded"] == len(orders)
    return len(captured)


def test_each_further_order_costs_only_its_own_statements() -> None:
    account, client = make_account(), client_with("shipments:write")
    one, three = ([make_order(account=account, quantities=(1,)) for _ in range(count)] for count in (1, 3))
    refused = [make_order(account=account) for _ in range(4)]
    for order in refused:
        ship(order)
    statements(client, [make_order(account=account)])  # the token's use is noted
    first, third = statements(client, one), statements(client, three)
    assert (first, (third - first) / 2) == (25, 17)


def test_workers_are_rung_for_once_per_account() -> None:
    accounts = make_account(name="first"), make_account(name="second")
    orders = [make_order(account=account) for account in accounts for _ in range(2)]
    OrmQ.objects.all().delete()
    assert post(client_with("shipments:write"), *map(row, orders)).json()["recorded"] == 4
    rung = sorted(job.task["args"] for job in OrmQ.objects.all())
    assert rung == [("amazon_channel.tasks.push_account", account.pk) for account in accounts]
