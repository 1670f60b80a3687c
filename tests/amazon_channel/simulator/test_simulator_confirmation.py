from typing import Any

import pytest

from .conftest import Caller


@pytest.fixture
def order_id(simulator) -> str:
    """Two lines: 3 units of one product, 1 of another."""
    [order] = simulator.create_orders(
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        marketplace_id="ATVPDKIKX0DER",
        features=[],
        items=[{"sku": "KIT-0001-BLK", "quantity": 3}, {"sku": "KIT-0002-BLK-2PK", "quantity": 1}],
    )
    return order


def body_for(caller: Caller, order_id: str, *quantities: int, reference: str = "1", **detail: Any) -> dict[str, Any]:
    """A body that ships these quantities of the order's lines; no quantities = everything ordered."""
    order = caller.simulator.order(order_id)
    items = [
        {"orderItemId": item["orderItemId"], "quantity": quantity}
        for item, quantity in zip(
            order["orderItems"],
            quantities or [item["quantityOrdered"] for item in order["orderItems"]],
            strict=False,
        )
        if quantity
    ]
    package = {
        "packageReferenceId": reference,
        "carrierCode": "UPS",
        "shippingMethod": "UPS Ground",
        "trackingNumber": "1Z999AA10123456784",
        "shipDate": "2026-06-01T11:00:00Z",
        "orderItems": items,
    }
    return {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": package | detail}


def status_of(caller: Caller, order_id: str) -> str:
    return caller.simulator.order(order_id)["fulfillment"]["fulfillmentStatus"]


def fulfilled(caller: Caller, order_id: str) -> list[int]:
    items = caller.simulator.order(order_id)["orderItems"]
    return [item["fulfillment"]["quantityFulfilled"] for item in items]


def refusal(response) -> str:
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (400, "InvalidInput")
    return error["message"]


def test_confirming_everything_ships_the_order(caller, order_id):
    response = caller.confirm(order_id, body_for(caller, order_id))
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    order = caller.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    [package] = order["packages"]
    assert (package["packageReferenceId"], package["carrier"], package["trackingNumber"]) == (
        "1",
        "UPS",
        "1Z999AA10123456784",
    )
    assert [row["quantity"] for row in package["packageItems"]] == [3, 1]


def test_effect_comes_later_and_moves_the_last_update(caller, order_id):
    caller.simulator.set_options(confirmation_delay_seconds=60)
    before = caller.order(order_id)
    assert caller.confirm(order_id, body_for(caller, order_id)).status_code == 204
    caller.simulator.set_clock(advance_seconds=59)
    assert caller.order(order_id) == before
    caller.simulator.set_clock(advance_seconds=1)
    after = caller.order(order_id)
    assert after["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert after["lastUpdatedTime"] == "2026-06-01T12:01:00.000Z"


def test_parcels_ship_an_order_bit_by_bit(caller, order_id):
    assert caller.confirm(order_id, body_for(caller, order_id, 2, 0, reference="101")).status_code == 204
    assert (status_of(caller, order_id), fulfilled(caller, order_id)) == ("PARTIALLY_SHIPPED", [2, 0])
    assert caller.confirm(order_id, body_for(caller, order_id, 1, 1, reference="102")).status_code == 204
    assert (status_of(caller, order_id), fulfilled(caller, order_id)) == ("SHIPPED", [3, 1])


def test_same_reference_edits_its_package(caller, order_id):
    caller.confirm(order_id, body_for(caller, order_id, 3, 0))
    edited = body_for(caller, order_id, 2, 0, trackingNumber="1Z-NEW", carrierCode="Other", carrierName="Bike Bob")
    assert caller.confirm(order_id, edited).status_code == 204
    [package] = caller.order(order_id)["packages"]
    assert (package["trackingNumber"], package["carrier"]) == ("1Z-NEW", "Bike Bob")
    assert fulfilled(caller, order_id) == [2, 0]


def test_sending_the_same_package_twice_ships_it_once(caller, order_id):
    body = body_for(caller, order_id)
    assert [caller.confirm(order_id, body).status_code for _ in range(2)] == [204, 204]
    assert len(caller.order(order_id)["packages"]) == 1
    assert fulfilled(caller, order_id) == [3, 1]


def test_package_can_be_edited_so_often_only(caller, order_id):
    caller.simulator.set_options(max_package_edits=2)
    body = body_for(caller, order_id)
    assert [caller.confirm(order_id, body).status_code for _ in range(3)] == [204, 204, 204]
    assert "maximum number of allowed updates" in refusal(caller.confirm(order_id, body))


def test_two_parcels_together_cannot_ship_too_much(caller, order_id):
    caller.simulator.set_options(confirmation_delay_seconds=60)
    assert caller.confirm(order_id, body_for(caller, order_id, 2, 0, reference="1")).status_code == 204
    assert "left to ship" in refusal(caller.confirm(order_id, body_for(caller, order_id, 2, 0, reference="2")))
    caller.simulator.set_clock(advance_seconds=60)
    assert fulfilled(caller, order_id) == [2, 0]


@pytest.mark.parametrize("action", ["ship", "cancel_units"])
def test_what_was_taken_can_neither_leave_by_hand_nor_be_cancelled(caller, order_id, action):
    caller.simulator.set_options(confirmation_delay_seconds=60)
    caller.confirm(order_id, body_for(caller, order_id, 2, 0))
    with pytest.raises(ValueError, match="still to take effect"):
        caller.simulator.act(order_id, action)
    caller.simulator.set_clock(advance_seconds=60)
    caller.simulator.act(order_id, action)


def test_edit_may_use_what_its_own_package_held(caller, order_id):
    caller.confirm(order_id, body_for(caller, order_id, 1, 0))
    assert caller.confirm(order_id, body_for(caller, order_id, 3, 1)).status_code == 204
    assert "left to ship" in refusal(caller.confirm(order_id, body_for(caller, order_id, 4, 1)))


def test_new_package_of_a_shipped_order_is_refused_in_amazons_words(caller, order_id):
    caller.confirm(order_id, body_for(caller, order_id))
    message = refusal(caller.confirm(order_id, body_for(caller, order_id, reference="2")))
    assert "errorMetric=PackageToUpdateNotFound" in message
    assert f"Unable to find package to update for order ({order_id})" in message


def test_order_cancelled_meanwhile_drops_the_confirmation(caller, order_id):
    caller.simulator.set_options(confirmation_delay_seconds=60)
    caller.confirm(order_id, body_for(caller, order_id))
    caller.simulator.act(order_id, "cancel")
    caller.simulator.set_clock(advance_seconds=60)
    assert status_of(caller, order_id) == "CANCELLED"
    assert "NonexistentOrderItem" in refusal(caller.confirm(order_id, body_for(caller, order_id, 1)))


def test_unknown_order_is_not_found(caller, order_id):
    assert caller.confirm("111-0000000-0000000", body_for(caller, order_id)).status_code == 404


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"status": "UNSHIPPED", "fulfilled_by": "AMAZON"}, "fulfilled by Amazon"),
        ({"status": "PENDING", "fulfilled_by": "MERCHANT"}, "PENDING"),
        ({"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "features": ["ship_plus"]}, "Ship+"),
        ({"status": "CANCELLED", "fulfilled_by": "MERCHANT"}, "NonexistentOrderItem"),
    ],
)
def test_orders_that_cannot_be_confirmed(caller, request_, words):
    [order_id] = caller.simulator.create_orders(**request_)
    before = caller.simulator.order(order_id)
    assert words in refusal(caller.confirm(order_id, body_for(caller, order_id, 1)))
    assert caller.simulator.order(order_id) == before


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"packageReferenceId": 1}, "invalid type [packageDetail.packageReferenceId]"),
        ({"packageReferenceId": "0"}, "must be a positive numeric value"),
        ({"packageReferenceId": "9" * 5000}, "must be a positive numeric value"),
        ({"packageReferenceId": "A1"}, "must be a positive numeric value"),
        ({"packageReferenceId": ""}, "must be a positive numeric value"),
        ({"trackingNumber": 7}, "invalid type [packageDetail.trackingNumber]"),
        ({"trackingNumber": " "}, "trackingNumber"),
        ({"carrierCode": "Pigeon"}, "CarrierCode"),
        ({"carrierCode": "ups"}, "CarrierCode"),
        ({"carrierCode": "Other"}, "CarrierName"),
        ({"shipDate": "2026-06-02T12:00:01Z"}, "future"),
        ({"orderItems": []}, "OrderItemId  is invalid"),
        ({"orderItems": {"orderItemId": "1", "quantity": 1}}, "OrderItemId  is invalid"),
        ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "OrderItemId  is invalid"),
    ],
)
def test_malformed_package_is_refused_and_changes_nothing(caller, order_id, detail, words):
    before = caller.simulator.order(order_id)
    assert words in refusal(caller.confirm(order_id, body_for(caller, order_id, **detail)))
    assert caller.simulator.order(order_id) == before


@pytest.mark.parametrize("quantity", [0, -1, "1", 1.0, True, None])
def test_quantity_must_be_a_positive_integer(caller, order_id, quantity):
    body = body_for(caller, order_id)
    body["packageDetail"]["orderItems"][0]["quantity"] = quantity
    assert caller.confirm(order_id, body).status_code == 400
    assert fulfilled(caller, order_id) == [0, 0]


@pytest.mark.parametrize("date", ["02/21/2022", "2026-06-01", "", None, 20260601])
def test_wrong_ship_date_has_its_own_code(caller, order_id, date):
    response = caller.confirm(order_id, body_for(caller, order_id, shipDate=date))
    assert response.status_code == 400
    if not isinstance(date, int | None):
        assert response.json() == {"errors": [{"code": "Invalid Input", "message": "Invalid Input"}]}


def test_marketplace_must_be_the_orders(caller, order_id):
    body = body_for(caller, order_id) | {"marketplaceId": "A1PA6795UKMFR9"}
    assert "A1PA6795UKMFR9" in refusal(caller.confirm(order_id, body))


@pytest.mark.parametrize("body", [None, [], "text", {}, {"packageDetail": []}])
def test_unreadable_body_is_refused(caller, order_id, body):
    assert "cannot be parsed" in refusal(caller.confirm(order_id, body))


def test_role_without_orders_cannot_confirm(caller, order_id):
    caller.simulator.set_options(roles=["tax_invoicing"])
    assert caller.confirm(order_id, body_for(caller, order_id)).status_code == 403


def test_log_shows_the_body_that_was_sent(caller, order_id):
    body = body_for(caller, order_id)
    caller.confirm(order_id, body)
    [entry] = caller.simulator.log(operation="confirmShipment")
    assert (entry["body"], entry["status"]) == (body, 204)
