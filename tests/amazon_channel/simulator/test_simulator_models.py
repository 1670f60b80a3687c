"""Replies against Amazon's own Swagger models and the cases of its sandbox, where these are at hand.

They are not part of this repository (Amazon's licence); `AMAZON_MODELS_DIR` names the folder that holds them.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from amazon_channel.simulator.timestamps import read_timestamp

from .conftest import EVERYTHING
from .feeding import DOCUMENTS, FEEDS, XML, create_feed, failure, post, read_feed, send
from .test_simulator_confirmation import body_for

MODELS = Path(
    os.environ.get("AMAZON_MODELS_DIR", Path(__file__).parents[3].parent / "shared" / "reference" / "amazon-models")
)
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"Amazon's models are not in {MODELS}")

ALL_DATA = f"{EVERYTHING},FULFILLMENT_ORDERS"
FORMATS = jsonschema.FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(read_timestamp(value))


@cache
def validator(model: str, definition: str) -> jsonschema.Draft4Validator:
    """Swagger 2.0 definitions are JSON Schema draft 4 but for their closedness, which is added here."""
    swagger = json.loads((MODELS / model).read_text())
    for schema in swagger["definitions"].values():
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    schema = {"$ref": f"#/definitions/{definition}", "definitions": swagger["definitions"]}
    return jsonschema.Draft4Validator(schema, format_checker=FORMATS)


def check(model: str, definition: str, value: Any) -> None:
    problems = [f"{error.json_path}: {error.message}" for error in validator(model, definition).iter_errors(value)]
    assert problems == []


def sandbox(version: str, operation: str, *statuses: str) -> list[dict[str, Any]]:
    if not MODELS.is_dir():
        return []
    cases = json.loads((MODELS / "sandbox_orders_cases.json").read_text())[version]
    return [case for case in cases if case["op"] == operation and case["status"] in statuses]


def orders_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    response = case["response"]
    return response["orders"] if "orders" in response else [response["order"]]


def test_every_page_of_a_varied_shop_follows_the_model(caller):
    caller.simulator.create_orders(count=120)
    for status in ("PENDING", "SHIPPED", "PARTIALLY_SHIPPED", "CANCELLED"):
        caller.simulator.create_orders(count=15, status=status)
    for included in ("", "FULFILLMENT", ALL_DATA):
        for page in caller.pages(includedData=included):
            check("orders_2026-01-01.json", "SearchOrdersResponse", page)


def test_one_order_in_each_state_of_its_life_follows_the_model(caller):
    [order_id] = caller.simulator.create_orders(status="PENDING", fulfilled_by="MERCHANT")
    caller.simulator.act(order_id, "add_units", quantity=2)
    actions = ("touch", "verify", "split_item", "request_cancellation", "unfulfillable", "cancel", "uncancel")
    for action in (*actions, "set_status", "ship", "deliver"):
        caller.simulator.act(order_id, action, **({"status": "UNSHIPPED"} if action == "set_status" else {}))
        check("orders_2026-01-01.json", "GetOrderResponse", {"order": caller.order(order_id)})


def test_participations_follow_the_model(caller):
    reply = caller.get("/sellers/v1/marketplaceParticipations").json()
    check("sellers.json", "GetMarketplaceParticipationsResponse", reply)


def test_refusals_follow_the_models(caller):
    [order_id] = caller.simulator.create_orders(status="PENDING", fulfilled_by="MERCHANT")
    caller.simulator.set_options(rate_scale=1)
    replies = [caller.search(createdAfter="x"), caller.get("/orders/2026-01-01/orders/111-0000000-0000000")]
    replies += [caller.search() for _ in range(20)][-1:]
    for reply in replies:
        assert reply.status_code in {400, 404, 429}
        check("orders_2026-01-01.json", "ErrorList", reply.json())
    refusal = caller.confirm(order_id, body_for(caller, order_id))
    check("ordersV0.json", "ConfirmShipmentErrorResponse", refusal.json())


def test_confirmation_that_is_taken_is_one_the_model_allows(caller):
    [order_id] = caller.simulator.create_orders(status="UNSHIPPED", fulfilled_by="MERCHANT")
    body = body_for(caller, order_id)
    check("ordersV0.json", "ConfirmShipmentRequest", body)
    assert caller.confirm(order_id, body).status_code == 204


def test_feeds_and_their_documents_follow_the_model(caller):
    [order_id] = caller.simulator.create_orders(status="UNSHIPPED", fulfilled_by="MERCHANT")
    caller.simulator.set_options(gzip_feed_reports=True)
    check("feeds_2021-06-30.json", "CreateFeedDocumentResponse", post(caller, DOCUMENTS, {"contentType": XML}).json())
    feed_id = send(caller, failure(caller.simulator.order(order_id)))
    feed = read_feed(caller, feed_id)
    check("feeds_2021-06-30.json", "Feed", feed)
    check("feeds_2021-06-30.json", "CreateFeedResponse", {"feedId": feed_id})
    document = caller.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json()
    check("feeds_2021-06-30.json", "FeedDocument", document)
    send(caller, failure(caller.simulator.order(order_id)))
    listed = caller.get(FEEDS, feedTypes=feed["feedType"], pageSize=1).json()
    check("feeds_2021-06-30.json", "GetFeedsResponse", listed)
    for refusal in (create_feed(caller, "unknown"), caller.get(f"{FEEDS}/0"), caller.get(FEEDS)):
        check("feeds_2021-06-30.json", "ErrorList", refusal.json())


@pytest.mark.parametrize("case", sandbox("orders_2026-01-01", "searchOrders", "200"), ids=lambda case: case["kind"])
def test_sandbox_search_reads_back_what_amazon_shows(caller, case):
    [order] = orders_of(case)
    load(caller, order)
    parameters = _parameters(case) or {"createdAfter": "2024-12-20T00:00:00Z", "includedData": ALL_DATA}
    parameters.pop("paginationToken", None)
    response = caller.search(**parameters).json()
    assert [_normal(row) for row in response["orders"]] == [_expected(order)]


@pytest.mark.parametrize("case", sandbox("orders_2026-01-01", "getOrder", "200"), ids=lambda case: case["kind"])
def test_sandbox_order_reads_back_what_amazon_shows(caller, case):
    [order] = orders_of(case)
    load(caller, order)
    included = _parameters(case).get("includedData", ALL_DATA)
    assert _normal(caller.order(order["orderId"], included)) == _expected(order)


@pytest.mark.parametrize("case", sandbox("orders_2026-01-01", "searchOrders", "400"), ids=["searchOrders"])
def test_sandbox_search_error(caller, case):
    response = caller.get("/orders/2026-01-01/orders", **_parameters(case))
    [error], [expected] = response.json()["errors"], case["response"]["errors"]
    assert response.status_code == 400
    assert (error["code"], error["message"]) == (expected["code"], expected["message"])


@pytest.mark.parametrize("case", sandbox("orders_2026-01-01", "getOrder", "400"), ids=["getOrder"])
def test_sandbox_get_error(caller, case):
    response = caller.get(f"/orders/2026-01-01/orders/{_parameters(case)['orderId']}")
    assert (response.status_code, response.json()) == (400, case["response"])


@pytest.mark.parametrize("case", sandbox("orders_v0", "confirmShipment", "204", "400"), ids=lambda case: case["status"])
def test_sandbox_confirmation(caller, case):
    parameters = _parameters(case)
    [item] = parameters["body"]["packageDetail"]["orderItems"]
    [order_id] = caller.simulator.create_orders(
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        marketplace_id=parameters["body"]["marketplaceId"],
        items=1,
        order={"orderId": parameters["orderId"]},
    )
    order = caller.simulator.order(order_id)
    order["orderItems"][0]["orderItemId"] = item["orderItemId"]
    caller.simulator.act(order_id, "merge", json={"orderItems": order["orderItems"]})
    response = caller.confirm(order_id, parameters["body"])
    assert response.status_code == int(case["status"])
    assert (response.json() if response.content else {}) == case["response"]


def load(caller, order: dict[str, Any]) -> None:
    """Put Amazon's example into the simulator as it is, on the day on which it was made."""
    caller.simulator.set_clock(now="2024-12-26T00:00:00Z")
    caller.log_in()
    caller.simulator.create_orders(order=order, exact=True)


def _parameters(case: dict[str, Any]) -> dict[str, Any]:
    values = {name: field["value"] for name, field in case.get("request", {}).get("parameters", {}).items()}
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}


def _expected(order: dict[str, Any]) -> dict[str, Any]:
    """Amazon's example without what its own rules for personal data withhold."""
    order = json.loads(json.dumps(order))
    if order["fulfillment"]["fulfilledBy"] == "AMAZON":
        for name in ("buyerName", "buyerEmail"):
            order.get("buyer", {}).pop(name, None)
        public = {"city", "districtOrCounty", "stateOrRegion", "municipality", "countryCode", "addressType"}
        address = order["recipient"]["deliveryAddress"]
        order["recipient"] = {"deliveryAddress": {name: address[name] for name in address if name in public}}
        order.pop("packages", None)
        for item in order["orderItems"]:
            item["product"].pop("customization", None)
            item.get("fulfillment", {}).get("packing", {}).get("giftOption", {}).pop("giftMessage", None)
    return _normal(order)


def _normal(order: dict[str, Any]) -> dict[str, Any]:
    """Without objects that are empty: absent and empty say the same."""
    return {name: value for name, value in order.items() if value not in ({}, [])}
