"""Reading an order: what is required, what may be missing, what is kept though unknown."""

from datetime import UTC, datetime

import pytest

from amazon_channel.mapping.drafts import Held, Waiting, make_draft
from amazon_channel.mapping.orders import PackageReading, identify, read_order
from amazon_channel.models import OrderSettings
from amazon_channel.states import Problem
from commerce_orders.services.drafts import PackageDraft
from tests.amazon_channel.readings import changed, many_orders, plain_order, read, refuse


def outcome_of(order, **settings):
    reading = read(order)
    return make_draft(reading, settings=OrderSettings(**settings), contact_id=1, details=reading.details, products={})


SECRET = "a-value-that-must-not-be-named"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("orderId", ..., "orderId is missing"),
        ("orderId", "", "orderId is missing"),
        ("orderId", 7, "orderId is no text"),
        ("orderId", "1" * 65, "orderId is longer than 64 characters"),
        ("orderId", "../111", "orderId is no order number"),
        ("orderId", "111-1\n", "orderId is no order number"),
        ("createdTime", ..., "createdTime is missing"),
        ("createdTime", SECRET, "createdTime is no ISO 8601 time"),
        ("createdTime", 1700000000, "createdTime is no ISO 8601 time"),
        ("createdTime", "2026-11-20T12:00:00", "createdTime has no time zone"),
        ("lastUpdatedTime", ..., "lastUpdatedTime is missing"),
        ("lastUpdatedTime", SECRET, "lastUpdatedTime is no ISO 8601 time"),
        ("programs", SECRET, "programs is no list"),
        ("salesChannel", SECRET, "salesChannel is no object"),
        ("salesChannel.marketplaceId", SECRET, "marketplaceId is longer than 20 characters"),
        ("fulfillment", [SECRET], "fulfillment is no object"),
        ("fulfillment", ..., "fulfillmentStatus is missing"),
        ("fulfillment.fulfillmentStatus", "", "fulfillmentStatus is missing"),
        ("fulfillment.fulfillmentStatus", 5, "fulfillmentStatus is no text"),
        ("fulfillment.fulfillmentStatus", SECRET * 2, "fulfillmentStatus is longer than 40 characters"),
        ("fulfillment.fulfilledBy", SECRET, "fulfilledBy is longer than 20 characters"),
        ("fulfillment.shipByWindow", SECRET, "shipByWindow is no object"),
        ("fulfillment.shipByWindow.latestDateTime", SECRET, "latestDateTime is no ISO 8601 time"),
        ("buyer", SECRET, "buyer is no object"),
        ("buyer.buyerName", [SECRET], "buyerName is no text"),
        ("recipient", [SECRET], "recipient is no object"),
        ("recipient.deliveryAddress.postalCode", 98101, "postalCode is no text"),
        ("associatedOrders", {"orderId": SECRET}, "associatedOrders is no list"),
        ("packages", SECRET, "packages is no list"),
        ("packages", [SECRET], "packages holds something that is no object"),
        ("packages", [{"trackingNumber": SECRET}], "packageReferenceId is missing"),
        ("packages", [{"packageReferenceId": SECRET * 20}], "packageReferenceId is longer than 64 characters"),
        ("orderItems", ..., "orderItems is missing"),
        ("orderItems", [], "orderItems is missing"),
        ("orderItems", {"0": SECRET}, "orderItems is no list"),
        ("orderItems.1", SECRET, "orderItems holds something that is no object"),
        ("orderItems.1.orderItemId", ..., "orderItemId is missing"),
        ("orderItems.1.orderItemId", SECRET * 3, "orderItemId is longer than 64 characters"),
        ("orderItems.1.product", SECRET, "product is no object"),
        ("orderItems.1.product.sellerSku", SECRET * 5, "sellerSku is longer than 120 characters"),
        ("orderItems.1.quantityOrdered", ..., "quantityOrdered is no whole number"),
        ("orderItems.1.quantityOrdered", None, "quantityOrdered is no whole number"),
        ("orderItems.1.quantityOrdered", "2", "quantityOrdered is no whole number"),
        ("orderItems.1.quantityOrdered", 2.0, "quantityOrdered is no whole number"),
        ("orderItems.1.quantityOrdered", True, "quantityOrdered is no whole number"),
        ("orderItems.1.quantityOrdered", -1, "quantityOrdered is not between 0 and 1000000"),
        ("orderItems.1.quantityOrdered", 2**31, "quantityOrdered is not between 0 and 1000000"),
        ("orderItems.1.fulfillment.quantityFulfilled", "1", "quantityFulfilled is no whole number"),
        ("proceeds.breakdowns", {"type": SECRET}, "breakdowns is no list"),
        ("proceeds.breakdowns.0.subtotal", SECRET, "subtotal is no object"),
        ("tax", {"taxRegistrations": SECRET}, "taxRegistrations is no list"),
    ],
)
def test_a_part_of_the_wrong_kind_is_named_but_not_its_value(path, value, reason):
    unreadable = refuse(changed(plain_order(), path, value))
    assert unreadable.reason == reason
    assert SECRET not in unreadable.reason


@pytest.mark.parametrize("raw", [None, 7, "order", [], [{"orderId": "x"}], True, 1.5])
def test_what_is_no_object_is_kept_with_its_reason(raw):
    unreadable = refuse(raw)
    assert unreadable.reason == "the order is no object"
    assert unreadable.amazon_order_id == f"unreadable-{unreadable.content_hash[:12]}"
    assert (unreadable.last_updated_at, unreadable.payload) == (None, raw)


def deep(levels):
    node = {"x": 1}
    for _ in range(levels):
        node = {"x": node}
    return node


@pytest.mark.parametrize("value", [deep(300), deep(900), 2**80, -(2**70)])
def test_what_cannot_be_written_again_is_refused_and_still_has_a_version(value):
    order = plain_order()
    order["salesChannel"]["news"] = value
    unreadable = refuse(order)
    assert unreadable.reason == "it is nested too deeply, or a number in it is too large"
    assert unreadable.amazon_order_id == order["orderId"]
    assert unreadable.payload == {}
    version = identify(order)
    assert version == identify(order)
    order["salesChannel"]["news"] = 2**81
    assert version != identify(order)


def test_one_item_twice_is_refused():
    order = plain_order()
    order["orderItems"][1]["orderItemId"] = order["orderItems"][0]["orderItemId"]
    assert refuse(order).reason == "orderItemId comes twice"


@pytest.mark.parametrize(
    "path",
    [
        "orderAliases",
        "programs",
        "buyer",
        "recipient",
        "proceeds",
        "fulfillment.fulfilledBy",
        "salesChannel",
        "payment",
        "orderItems.0.product",
        "orderItems.0.product.sellerSku",
        "orderItems.0.proceeds",
        "orderItems.0.fulfillment",
    ],
)
def test_an_order_without_an_optional_part_is_read(path):
    order = plain_order(orderAliases=[], programs=[])
    assert read(changed(order, path, ...)).amazon_order_id == order["orderId"]
    assert read(changed(order, path, None)).amazon_order_id == order["orderId"]


def test_what_amazon_adds_tomorrow_is_kept():
    order = plain_order(
        novelty={"deep": [1, {"er": None}]},
        programs=["PRIME", "AMAZON_TOMORROW", 7],
        fulfillment={"fulfillmentStatus": "TELEPORTED", "fulfilledBy": "ROBOT"},
    )
    reading = read(order)
    assert reading.payload["novelty"] == {"deep": [1, {"er": None}]}
    assert (reading.status, reading.fulfilled_by, reading.is_prime) == ("TELEPORTED", "ROBOT", True)
    assert reading.units_to_ship == 0
    assert outcome_of(order) == Held(
        Problem.STATUS_UNKNOWN, "Amazon says “TELEPORTED”, fulfilled by “ROBOT”. The order is kept and watched."
    )


def test_an_order_without_a_fulfiller_makes_no_commerce_order():
    assert outcome_of(plain_order(fulfillment={"fulfilledBy": None})) == Held(
        Problem.STATUS_UNKNOWN, "Amazon says “UNSHIPPED”, fulfilled by “–”. The order is kept and watched."
    )


@pytest.mark.parametrize("status", ["PENDING_AVAILABILITY", "PENDING", "CANCELLED", "UNFULFILLABLE"])
@pytest.mark.parametrize("fulfilled_by", ["MERCHANT", "AMAZON"])
def test_an_order_that_is_not_verified_is_not_wanted(status, fulfilled_by):
    order = plain_order(fulfillment={"fulfillmentStatus": status, "fulfilledBy": fulfilled_by})
    assert outcome_of(order) is None


def test_an_order_from_elsewhere_is_not_wanted():
    assert outcome_of(plain_order(salesChannel={"channelName": "NON_AMAZON"})) is None


def test_what_is_missing_is_named():
    assert outcome_of(plain_order(buyer=None, recipient=None, proceeds=None)) == Waiting(("prices", "buyer", "address"))
    only_city = {"deliveryAddress": {"city": "Seattle", "countryCode": "US"}}
    order = changed(plain_order(), "recipient", only_city)
    assert outcome_of(order) == Waiting(("address",))


def test_an_order_of_no_units_waits_for_them():
    order = plain_order()
    for item in order["orderItems"]:
        item["quantityOrdered"] = 0
    assert outcome_of(order) == Waiting(("items",))


def test_an_item_of_no_units_makes_no_line():
    order = changed(plain_order(), "orderItems.1.quantityOrdered", 0)
    order = changed(order, "orderItems.1.proceeds", ...)
    order = changed(order, "proceeds.grandTotal.amount", "20.00")
    order = changed(order, "proceeds.breakdowns.0.subtotal.amount", "20.00")
    assert [(line.sku, line.quantity) for line in outcome_of(order).lines] == [("SKU-1", 2)]


def test_units_to_ship_are_what_is_left():
    order = changed(plain_order(), "orderItems.0.fulfillment.quantityFulfilled", 1)
    assert (read(order).units_ordered, read(order).units_to_ship) == (3, 2)
    assert read(changed(order, "fulfillment.fulfillmentStatus", "SHIPPED")).units_to_ship == 0


def test_flags_come_from_programs_and_cancellation():
    order = plain_order(programs=["PRIME", "AMAZON_BUSINESS"])
    order["orderItems"][1]["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
    reading = read(order)
    assert (reading.is_prime, reading.is_business, reading.buyer_wants_to_cancel) == (True, True, True)
    plain = read(plain_order())
    assert (plain.is_prime, plain.is_business, plain.buyer_wants_to_cancel) == (False, False, False)


def test_packages_are_read_and_drafted():
    order = plain_order()
    first, second = (item["orderItemId"] for item in order["orderItems"])
    order["packages"] = [
        {
            "packageReferenceId": "1",
            "carrier": "UPS",
            "shipTime": "2026-11-20T12:00:00Z",
            "shippingService": "Ground",
            "trackingNumber": "1Z",
            "packageItems": [
                {"orderItemId": first, "quantity": 1},
                {"orderItemId": first, "quantity": 1},
                {"orderItemId": second, "quantity": 1},
            ],
        },
        {"packageReferenceId": "UK-PKG-CONSUMER-2024-002"},
    ]
    known, bare = read(order).packages
    shipped_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert known == PackageReading("1", "UPS", "Ground", "1Z", shipped_at, {first: 2, second: 1})
    assert (bare.reference, bare.shipped_at, bare.quantities) == ("UK-PKG-CONSUMER-2024-002", None, {})
    assert read(order).packages[1].reference == bare.reference
    drafts = outcome_of(order).packages
    assert drafts[0] == PackageDraft("1", "UPS", "Ground", "1Z", shipped_at, {first: 2, second: 1})
    assert drafts[1].shipped_at == read(order).last_updated_at


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "1989-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("key", ["createdTime", "lastUpdatedTime"])
def test_a_moment_that_databases_cannot_hold_is_refused(key, text):
    unreadable = refuse(plain_order(**{key: text}))
    assert unreadable.reason == f"{key} is not between 1990 and 2200"
    assert (unreadable.last_updated_at is None) == (key == "lastUpdatedTime")


def test_a_version_is_told_by_its_content():
    order = plain_order()
    assert identify(order) == identify(dict(reversed(order.items())))
    assert identify(order) != identify(plain_order(buyer={"buyerName": "Other"}))


def test_five_hundred_orders_are_read():
    for order in many_orders(500):
        reading = read_order(order, identify(order))
        assert reading.amazon_order_id == order["orderId"]
        assert len(reading.items) == len(order["orderItems"])
        assert reading.units_ordered == sum(item["quantityOrdered"] for item in order["orderItems"])
