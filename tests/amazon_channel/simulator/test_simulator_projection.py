import pytest

BASIC = {"orderId", "createdTime", "lastUpdatedTime", "programs", "associatedOrders", "orderAliases", "salesChannel"}
SHIPPING_ROLE = "direct_to_consumer_shipping"


@pytest.fixture
def merchant_order(simulator) -> str:
    [order] = simulator.create_orders(
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        marketplace_id="ATVPDKIKX0DER",
        features=["business", "gift", "customised", "discount", "prime"],
        order={"recipient": {"deliveryAddress": {"name": "Ann Lee"}}},
    )
    return order


def test_without_included_data_only_the_basics_come(caller, merchant_order):
    order = caller.order(merchant_order, included="")
    assert set(order) <= BASIC | {"orderItems"}
    [item] = order["orderItems"]
    assert set(item) == {"orderItemId", "quantityOrdered", "product"}
    assert item["product"]["price"]["unitPrice"]["currencyCode"] == "USD"


@pytest.mark.parametrize(
    ("datum", "of_order", "of_item"),
    [
        ("BUYER", {"buyer"}, set()),
        ("RECIPIENT", {"recipient"}, set()),
        ("FULFILLMENT", {"fulfillment"}, {"fulfillment"}),
        ("PROCEEDS", {"proceeds"}, {"proceeds"}),
        ("PROMOTION", set(), {"promotion"}),
        ("TAX", {"tax"}, {"tax"}),
        ("PAYMENT", {"payment"}, set()),
        ("PACKAGES", set(), set()),
        ("CANCELLATION", set(), set()),
    ],
)
def test_each_datum_unlocks_its_own_parts(caller, merchant_order, datum, of_order, of_item):
    order = caller.order(merchant_order, included=datum)
    assert set(order) - BASIC == of_order | {"orderItems"}
    assert set(order["orderItems"][0]) - {"orderItemId", "quantityOrdered", "product", "programs"} == of_item


def test_merchant_order_shows_people(caller, merchant_order):
    order = caller.order(merchant_order)
    assert order["buyer"]["buyerEmail"].endswith("@marketplace.amazon.com")
    assert order["buyer"]["buyerPurchaseOrderNumber"].startswith("PO-")
    assert {"name", "addressLine1", "postalCode", "phone"} <= set(order["recipient"]["deliveryAddress"])
    assert order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]["giftMessage"]
    assert order["orderItems"][0]["product"]["customization"]["customizedUrl"]


def test_without_the_shipping_role_no_personal_data_comes(caller, merchant_order):
    caller.simulator.set_options(roles=["inventory_and_order_tracking"])
    order = caller.order(merchant_order)
    assert set(order["buyer"]) == {"buyerCompanyName", "buyerPurchaseOrderNumber"}
    address = order["recipient"]["deliveryAddress"]
    assert set(address) <= {"city", "stateOrRegion", "countryCode", "addressType"}
    assert "giftMessage" not in order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
    assert "customization" not in order["orderItems"][0]["product"]
    assert "taxRegistrations" not in order.get("tax", {})


def test_tax_role_gives_the_name_except_in_the_us_japan_and_singapore(caller, merchant_order):
    [german] = caller.simulator.create_orders(
        status="UNSHIPPED", fulfilled_by="MERCHANT", marketplace_id="A1PA6795UKMFR9"
    )
    caller.simulator.set_options(roles=["tax_invoicing"])
    assert "buyerName" in caller.order(german)["buyer"]
    assert "buyerEmail" not in caller.order(german)["buyer"]
    assert "buyerName" not in caller.order(merchant_order)["buyer"]


def test_without_any_role_nothing_is_open(caller, merchant_order):
    caller.simulator.set_options(roles=[])
    assert caller.get(f"/orders/2026-01-01/orders/{merchant_order}").status_code == 403
    assert caller.search().status_code == 403


def test_pending_order_shows_neither_people_nor_money(caller):
    [pending] = caller.simulator.create_orders(status="PENDING", fulfilled_by="MERCHANT")
    order = caller.order(pending)
    assert not {"buyer", "recipient", "proceeds", "payment"} & set(order)
    assert "price" not in order["orderItems"][0]["product"]
    assert "proceeds" not in order["orderItems"][0]
    caller.simulator.act(pending, "verify")
    order = caller.order(pending)
    assert {"buyer", "recipient", "proceeds"} <= set(order)
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


def test_order_fulfilled_by_amazon_shows_city_but_no_person(caller):
    [order_id] = caller.simulator.create_orders(status="SHIPPED", fulfilled_by="AMAZON", features=["gift"])
    order = caller.order(order_id)
    assert not {"buyerEmail", "buyerName"} & set(order.get("buyer", {}))
    address = order["recipient"]["deliveryAddress"]
    assert {"city", "countryCode"} <= set(address) <= {"city", "stateOrRegion", "countryCode", "addressType"}
    assert "packages" not in order
    assert "giftMessage" not in order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]


def test_cancelled_order_shows_no_person(caller, merchant_order):
    caller.simulator.act(merchant_order, "cancel", by="MERCHANT", reason="NoInventory")
    order = caller.order(merchant_order)
    assert not {"buyer", "recipient", "proceeds"} & set(order)
    [item] = order["orderItems"]
    assert item["quantityOrdered"] == 0
    execution = item["cancellation"]["cancellationExecution"]
    assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "NoInventory"}


def test_phone_goes_when_a_shipped_order_is_past_its_delivery_day(caller, merchant_order):
    caller.simulator.act(merchant_order, "ship")
    assert "phone" in caller.order(merchant_order)["recipient"]["deliveryAddress"]
    caller.simulator.set_clock(advance_seconds=30 * 86400)
    caller.log_in()
    address = caller.order(merchant_order)["recipient"]["deliveryAddress"]
    assert "phone" not in address
    assert address["name"] == "Ann Lee"


@pytest.mark.parametrize("bump", [True, False])
def test_details_appear_at_their_time_with_or_without_an_update(caller, bump):
    [order_id] = caller.simulator.create_orders(
        status="UNSHIPPED", fulfilled_by="MERCHANT", details_in_seconds=600, details_bump=bump
    )
    before = caller.order(order_id)
    assert before["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert not {"buyer", "recipient", "proceeds"} & set(before)
    caller.simulator.set_clock(advance_seconds=600)
    after = caller.order(order_id)
    assert {"buyer", "recipient", "proceeds"} <= set(after)
    expected = "2026-06-01T12:10:00.000Z" if bump else before["lastUpdatedTime"]
    assert after["lastUpdatedTime"] == expected


def test_poison_is_served_as_it_is(caller, merchant_order):
    caller.simulator.act(merchant_order, "replace", json={"orderItems": "none", "orderId": 7, "x": "\ud800\u202e\x00"})
    response = caller.get(f"/orders/2026-01-01/orders/{merchant_order}", includedData="BUYER")
    assert response.json() == {"order": {"orderItems": "none", "orderId": 7, "x": "\ud800\u202e\x00"}}
    caller.simulator.act(merchant_order, "replace", json=None)
    assert caller.search().json()["orders"] == [None]


def test_merge_changes_one_field_and_null_removes_one(caller, merchant_order):
    status = {"fulfillment": {"fulfillmentStatus": "INVOICE_UNCONFIRMED"}, "salesChannel": None}
    caller.simulator.act(merchant_order, "merge", json=status)
    order = caller.order(merchant_order)
    assert order["fulfillment"]["fulfillmentStatus"] == "INVOICE_UNCONFIRMED"
    assert "salesChannel" not in order
