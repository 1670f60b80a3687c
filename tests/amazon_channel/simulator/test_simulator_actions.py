"""What can befall an order beyond the usual way."""

import pytest

TWO_LINES = {
    "status": "UNSHIPPED",
    "fulfilled_by": "MERCHANT",
    "marketplace_id": "ATVPDKIKX0DER",
    "features": ["discount"],
    "items": [{"sku": "A", "quantity": 3, "unit_price": "9.99"}, {"sku": "B", "quantity": 1, "unit_price": "5.00"}],
}


@pytest.fixture
def order_id(simulator):
    [order_id] = simulator.create_orders(**TWO_LINES)
    return order_id


def total(order):
    return order["proceeds"]["grandTotal"]["amount"]


def quantities(order):
    return [(item["product"]["sellerSku"], item["quantityOrdered"]) for item in order["orderItems"]]


@pytest.mark.parametrize("status", ["UNFULFILLABLE", "ON_HOLD_SINCE_TOMORROW"])
def test_status_can_be_any_text(simulator, order_id, status):
    action = {"action": "unfulfillable"} if status == "UNFULFILLABLE" else {"action": "set_status", "status": status}

    changed = simulator.act(order_id, **action)

    assert changed["fulfillment"]["fulfillmentStatus"] == status


def test_split_item_keeps_units_and_total(simulator, order_id):
    before = simulator.order(order_id)

    after = simulator.act(order_id, "split_item", quantity=1, new_order_item_id="77")

    assert quantities(after) == [("A", 2), ("A", 1), ("B", 1)]
    assert after["orderItems"][1]["orderItemId"] == "77"
    assert total(after) == total(before)
    totals = [item["proceeds"]["proceedsTotal"]["amount"] for item in after["orderItems"]]
    assert f"{sum(float(amount) for amount in totals):.2f}" == total(after)
    assert after["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


@pytest.mark.parametrize("quantity", [0, 3, 4])
def test_split_needs_units_for_both(simulator, order_id, quantity):
    with pytest.raises(ValueError, match="cannot be split"):
        simulator.act(order_id, "split_item", quantity=quantity)
    assert quantities(simulator.order(order_id)) == [("A", 3), ("B", 1)]


def test_added_units_cost_what_the_others_do(simulator, order_id):
    after = simulator.act(order_id, "add_units", quantity=2)

    assert quantities(after) == [("A", 5), ("B", 1)]
    assert after["orderItems"][0]["proceeds"]["breakdowns"][0]["subtotal"]["amount"] == "49.95"


def test_units_added_to_a_shipped_order_are_left_to_ship(simulator, order_id):
    simulator.act(order_id, "ship")

    assert simulator.act(order_id, "add_units")["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"


def test_uncancel_brings_the_order_back_as_it_was(simulator, order_id):
    before = simulator.order(order_id)
    canceled = simulator.act(order_id, "cancel")

    after = simulator.act(order_id, "uncancel")

    changing = ("lastUpdatedTime", "_simulator")
    assert {name: after[name] for name in after if name not in changing} == {
        name: before[name] for name in before if name not in changing
    }
    assert after["lastUpdatedTime"] > canceled["lastUpdatedTime"]
    with pytest.raises(ValueError, match="not CANCELLED"):
        simulator.act(order_id, "uncancel")


def test_an_order_that_began_cancelled_cannot_be_brought_back(simulator):
    [order_id] = simulator.create_orders(**TWO_LINES | {"status": "CANCELLED"})
    with pytest.raises(ValueError, match="never anything but"):
        simulator.act(order_id, "uncancel")
