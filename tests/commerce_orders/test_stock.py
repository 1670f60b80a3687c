"""Bringing the stock to what orders say they take: whatever is said again changes nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce_orders.models import Order, OrderLine, Product, Reservation
from commerce_orders.services.drafts import LineDraft, StockClaim
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.services.stock import settle_orders, settle_stock
from commerce_orders.services.transitions import change_status
from commerce_orders.states import OrderStatus, ShipmentOrigin
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.stocked import make_product, settle, stock
from tests.factories import NOW, make_amazon_order

pytestmark = pytest.mark.django_db


def claim(product, to_ship, shipped=0, line="L-1"):
    return StockClaim(line, product.pk if product else None, to_ship, shipped)


def test_what_is_to_ship_is_reserved_and_what_left_is_off_the_shelf():
    product = make_product()

    settle(claim(product, 3))
    assert stock() == (10, 3)
    settle(claim(product, 2, 1))
    assert stock() == (9, 2)
    settle(claim(product, 0, 3))
    assert stock() == (7, 0)


def test_saying_it_again_changes_nothing_and_writes_nothing():
    product = make_product()
    settle(claim(product, 2, 0))
    settle(claim(product, 1, 1))

    with CaptureQueriesContext(connection) as queries:
        settle(claim(product, 1, 1))

    assert stock() == (9, 1)
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == ["SELECT"]


def test_what_left_before_the_first_sight_never_touched_the_stock():
    product = make_product()

    settle(claim(product, 2, 5))
    assert stock() == (10, 2)
    settle(claim(product, 0, 7))
    assert stock() == (8, 0)


def test_an_order_first_seen_with_everything_shipped_leaves_no_row():
    settle(claim(make_product(), 0, 3))

    assert (stock(), Reservation.objects.count()) == ((10, 0), 0)


def test_an_order_that_reserves_nothing_yet_is_remembered_for_what_leaves():
    """A pending order, where those reserve nothing, may be shipped when it is seen the next time."""
    product = make_product()
    settle(claim(product, 0, 0))

    settle(claim(product, 0, 2))

    assert stock() == (8, 0)


def test_what_no_claim_names_any_more_is_given_up():
    product = make_product()
    settle(claim(product, 2), claim(product, 3, line="L-2"))

    settle(claim(product, 2))
    assert stock() == (10, 2)
    settle()
    assert stock() == (10, 0)


def test_units_that_left_do_not_come_back_by_themselves():
    product = make_product()
    settle(claim(product, 3))
    settle(claim(product, 0, 3))

    settle(claim(product, 3, 0))

    assert stock() == (7, 3)
    assert Reservation.objects.get().shipped == 3


def test_units_that_left_are_taken_off_once_though_two_lines_become_one():
    product = make_product()
    settle(claim(product, 1), claim(product, 1, line="L-2"))
    settle(claim(product, 0, 1), claim(product, 1, line="L-2"))
    assert stock() == (9, 1)

    for _reading in range(2):
        settle(claim(product, 1, 1, line="L-2"))
        assert stock() == (9, 1)

    settle(claim(product, 0, 2, line="L-2"))
    assert stock() == (8, 0)


def test_units_that_left_are_taken_off_once_though_one_line_becomes_two():
    product = make_product()
    settle(claim(product, 3))
    settle(claim(product, 1, 2))
    assert stock() == (8, 1)

    for _reading in range(2):
        settle(claim(product, 0, 1), claim(product, 1, 1, line="L-2"))
        assert stock() == (8, 1)

    settle(claim(product, 0, 2), claim(product, 0, 2, line="L-2"))
    assert stock() == (6, 0)


def test_units_move_between_lines_of_one_order_and_product_only():
    product, other = make_product(), make_product("OTHER")
    settle(claim(product, 1), claim(other, 1, line="L-2"))
    settle(claim(product, 0, 1), claim(other, 1, line="L-2"))
    settle(claim(product, 1), order="O-2")

    settle(claim(other, 0, 1, line="L-2"))
    settle(claim(product, 0, 1), order="O-2")

    assert (stock(), stock("OTHER")) == ((8, 0), (9, 0))


def test_a_line_that_gets_another_product_frees_the_first():
    first, second = make_product("A"), make_product("B")
    settle(claim(first, 2))

    settle(claim(second, 2))

    assert (stock("A"), stock("B")) == ((10, 0), (10, 2))


def test_a_line_that_loses_its_product_frees_it():
    settle(claim(make_product(), 2))

    settle(claim(None, 2))

    assert stock() == (10, 0)


def test_the_stock_may_fall_below_zero_as_the_parcel_has_left():
    product = make_product(quantity=1)
    settle(claim(product, 3))

    settle(claim(product, 0, 3))

    assert stock() == (-2, 0)


def test_accounts_do_not_touch_each_others_orders():
    product = make_product()
    settle(claim(product, 2), account="7")
    settle(claim(product, 3), account="8")

    settle(account="7")

    assert stock() == (10, 3)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_statements_do_not_grow_with_the_orders(count):
    products = [make_product(f"SKU-{number}", 1000) for number in range(3)]

    def settle_all(to_ship, shipped):
        claims = {
            f"O-{number}": [claim(product, to_ship, shipped, line=f"L-{product.pk}") for product in products]
            for number in range(count)
        }
        with CaptureQueriesContext(connection) as queries:
            settle_stock(claims, channel="amazon", channel_account="7", now=NOW)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    assert [settle_all(2, 0), settle_all(1, 1), settle_all(1, 1)] == [2, 4, 1]
    assert stock("SKU-0") == (1000 - count, count)


def test_no_orders_ask_no_question():
    with CaptureQueriesContext(connection) as queries:
        settle_stock({}, channel="amazon", channel_account="7", now=NOW)

    assert len(queries) == 0


# By the lines of Commerce orders


def taken_in(**changes):
    """A Commerce order of 1 × SKU-1, which the catalogue has ten of, and 2 × SKU-2, which it lacks."""
    product = make_product()
    lines = (
        LineDraft("L-1", "SKU-1", "One", 1, 0, None, 0, product.pk),
        LineDraft("L-2", "SKU-2", "Two", 2, 0, None, 0),
    )
    take_in(make_draft(lines=lines, **changes))
    order = Order.objects.get()
    settle_orders([order.pk], now=NOW)
    return order


def test_a_commerce_order_reserves_and_a_cancelled_one_gives_it_back():
    order = taken_in()
    assert stock() == (10, 1)

    change_status(order, OrderStatus.CANCELED, actor="ada", now=NOW)
    assert stock() == (10, 0)
    settle_orders([order.pk], now=NOW)
    assert stock() == (10, 0)


def test_an_order_that_the_channel_ships_takes_nothing():
    taken_in(is_fulfilled_by_channel=True)

    assert (stock(), Reservation.objects.count()) == ((10, 0), 0)


def test_shipping_takes_off_what_left():
    product = make_product(quantity=5)
    order = make_amazon_order(quantities=(3,)).commerce_order
    OrderLine.objects.update(product=product)
    settle_orders([order.pk], now=NOW)
    line = order.lines.get()

    for number, units in enumerate((1, 2), start=1):
        record_shipment(
            order_id=order.pk,
            package=Package(carrier_code="UPS", tracking_number=f"T-{number}", quantities={line.pk: units}),
            actor="ada",
            origin=ShipmentOrigin.STAFF,
            now=NOW,
        )
        assert stock() == [(4, 2), (2, 0)][number - 1]


def test_shipping_an_unmatched_line_asks_nothing_of_the_stock():
    order = make_amazon_order(quantities=(3,)).commerce_order
    with CaptureQueriesContext(connection) as queries:
        record_shipment(
            order_id=order.pk,
            package=Package(carrier_code="UPS", tracking_number="T-1"),
            actor="ada",
            origin=ShipmentOrigin.STAFF,
            now=NOW,
        )

    assert not [query for query in queries if "commerce_orders_reservation" in query["sql"]]


# Any history


LINES, PRODUCTS, UNITS = ("L-1", "L-2", "L-3"), ("A", "B"), 5
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "ship", "cancel", "again", "cancel_line"]), st.sampled_from(LINES), st.integers(1, 3)
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_whatever_happens_on_hand_is_what_was_there_less_what_left(steps):
    """A model in plain Python beside the database: initial − Σ shipped = on hand; Σ to ship = reserved."""
    Reservation.objects.all().delete()
    Product.objects.all().delete()
    products = {sku: make_product(sku, 100) for sku in PRODUCTS}
    line_products = dict(zip(LINES, ("A", "B", "A"), strict=True))
    to_ship, shipped = dict.fromkeys(LINES, 0), dict.fromkeys(LINES, 0)

    for step, line, units in steps:
        if step == "sell":
            to_ship[line] += units
        elif step == "ship":
            units = min(units, to_ship[line])
            to_ship[line] -= units
            shipped[line] += units
        elif step == "cancel_line":
            to_ship[line] = 0
        elif step == "cancel":
            to_ship = dict.fromkeys(LINES, 0)
        known = [name for name in LINES if to_ship[name] or shipped[name]] if step != "again" else LINES
        settle(*(StockClaim(name, products[line_products[name]].pk, to_ship[name], shipped[name]) for name in known))

        for sku in PRODUCTS:
            of_product = [name for name in LINES if line_products[name] == sku]
            left, promised = sum(shipped[name] for name in of_product), sum(to_ship[name] for name in of_product)
            assert stock(sku) == (100 - left, promised)
