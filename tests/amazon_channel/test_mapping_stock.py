"""What an order takes of the stock, by its status and the settings; neither database nor network."""

import pytest

from amazon_channel.mapping.drafts import Held, make_draft
from amazon_channel.mapping.stock import stock_claims
from amazon_channel.models import OrderSettings
from amazon_channel.states import Problem
from commerce_orders.services.drafts import OrderDraft, StockClaim
from tests.amazon_channel.readings import changed, plain_order, proceeds, read

KNOWN = {"SKU-1": 11, "SKU-2": 12}


def order_of(status="UNSHIPPED", *, shipped=0, **fulfillment):
    """2 × SKU-1, of which some have left, and 1 × SKU-2."""
    order = changed(plain_order(), "fulfillment.fulfillmentStatus", status)
    order["orderItems"][0]["fulfillment"] = {"quantityFulfilled": shipped}
    order["fulfillment"] |= fulfillment
    return order


def taken(order, *, products=KNOWN, **settings):
    claims = stock_claims(read(order), settings=OrderSettings(**settings), products=products)
    return claims if claims is None else [(claim.product_id, claim.to_ship, claim.shipped) for claim in claims]


@pytest.mark.parametrize(
    ("status", "shipped", "expected"),
    [
        ("PENDING_AVAILABILITY", 0, [(11, 2, 0), (12, 1, 0)]),
        ("PENDING", 0, [(11, 2, 0), (12, 1, 0)]),
        ("UNSHIPPED", 0, [(11, 2, 0), (12, 1, 0)]),
        ("PARTIALLY_SHIPPED", 1, [(11, 1, 1), (12, 1, 0)]),
        ("PARTIALLY_SHIPPED", 9, [(11, 0, 2), (12, 1, 0)]),
        ("SHIPPED", 0, [(11, 0, 2), (12, 0, 1)]),
        ("CANCELLED", 0, []),
        ("UNFULFILLABLE", 0, []),
        ("BRAND_NEW", 0, None),
    ],
)
def test_each_status_takes_what_is_to_leave(status, shipped, expected):
    assert taken(order_of(status, shipped=shipped)) == expected


@pytest.mark.parametrize("status", ["PENDING_AVAILABILITY", "PENDING"])
def test_pending_orders_reserve_only_if_the_settings_say_so(status):
    assert taken(order_of(status), reserve_pending_stock="no") == [(11, 0, 0), (12, 0, 0)]
    assert taken(order_of(), reserve_pending_stock="no") == [(11, 2, 0), (12, 1, 0)]


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"])
@pytest.mark.parametrize("fulfilled_by", ["AMAZON", "SOMEBODY", None])
def test_what_others_ship_takes_nothing(status, fulfilled_by):
    assert taken(order_of(status, fulfilledBy=fulfilled_by)) == []


def test_orders_are_shipped_whether_or_not_a_commerce_order_is_wanted():
    assert taken(order_of(), import_orders="disabled") == [(11, 2, 0), (12, 1, 0)]


def test_an_order_from_elsewhere_takes_nothing():
    assert taken(changed(plain_order(), "salesChannel.channelName", "NON_AMAZON")) == []


def test_a_sku_that_nobody_knows_has_no_product():
    assert taken(order_of(), products={"SKU-2": 12}) == [(None, 2, 0), (12, 1, 0)]


# The same for the lines of the draft


def outcome(order, *, products=KNOWN, **settings):
    reading = read(order)
    return make_draft(
        reading, settings=OrderSettings(**settings), contact_id=1, details=reading.details, products=products
    )


@pytest.mark.parametrize(("status", "shipped"), [("UNSHIPPED", 0), ("PARTIALLY_SHIPPED", 1), ("SHIPPED", 2)])
def test_the_draft_says_what_the_order_takes(status, shipped):
    order = order_of(status, shipped=shipped)
    draft = outcome(order)
    assert isinstance(draft, OrderDraft)

    assert stock_claims(read(order), settings=OrderSettings(), products=KNOWN) == tuple(
        StockClaim(line.channel_line_id, line.product_id, line.quantity - line.quantity_shipped, line.quantity_shipped)
        for line in draft.lines
    )


def test_an_unknown_sku_is_imported_as_an_unmatched_line():
    draft = outcome(order_of(), products={"SKU-1": 11})

    assert isinstance(draft, OrderDraft)
    assert [line.product_id for line in draft.lines] == [11, None]


def test_an_unknown_sku_can_hold_the_order():
    held = outcome(order_of(), products={"SKU-1": 11}, unknown_sku="hold")

    assert held == Held(Problem.UNKNOWN_SKU, "No product matches: SKU-2.")
    assert isinstance(outcome(order_of(), unknown_sku="hold"), OrderDraft)


def test_an_item_without_a_sku_counts_as_unknown():
    order = changed(order_of(), "orderItems.1.product.sellerSku", ...)
    asin = order["orderItems"][1]["product"]["asin"]

    assert outcome(order, unknown_sku="hold") == Held(
        Problem.UNKNOWN_SKU, f"No product matches: an item without SKU ({asin})."
    )


def test_an_item_that_was_canceled_altogether_holds_nothing():
    order = order_of()
    order["orderItems"][1] |= {"quantityOrdered": 0, "proceeds": None}
    order["proceeds"] = proceeds("grandTotal", "20.00")

    assert isinstance(outcome(order, products={"SKU-1": 11}, unknown_sku="hold"), OrderDraft)


def test_nothing_is_held_that_would_make_no_commerce_order_anyway():
    unwanted = order_of("SHIPPED", fulfilledBy="AMAZON")

    assert outcome(unwanted, products={}, unknown_sku="hold", fba_orders="ignore") is None
    assert outcome(order_of("PENDING"), products={}, unknown_sku="hold") is None
    assert isinstance(outcome(unwanted, products={}, unknown_sku="hold"), Held)
