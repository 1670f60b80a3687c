"""Products, aliases, and the orders that wait for them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce_orders.models import Order, OrderEvent, OrderLine, Product, SkuAlias
from commerce_orders.services.catalogue import (
    ProductRefused,
    add_alias,
    change_product,
    create_product,
    find_products,
    remove_alias,
)
from commerce_orders.services.stock import settle_orders
from commerce_orders.services.transitions import change_status
from commerce_orders.states import OrderStatus
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.stocked import make_alias, make_product, stock
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def unmatched_order(serial=1, **changes):
    """1 × SKU-1 and 2 × SKU-2, neither known."""
    take_in(make_draft(serial, **changes))
    return Order.objects.get(channel_order_id=f"O-{serial}")


def products_of(order):
    return [line.product and line.product.sku for line in order.lines.select_related("product")]


def test_an_alias_leads_to_its_product_before_our_own_sku():
    own, other = make_product("SKU-1"), make_product("SKU-9")
    assert find_products(channel="amazon", skus={"SKU-1", "SKU-2", ""}) == {"SKU-1": own.pk}

    make_alias(other, "SKU-1")
    make_alias(own, "FBA-SKU-1")

    with CaptureQueriesContext(connection) as queries:
        found = find_products(channel="amazon", skus={"SKU-1", "FBA-SKU-1", "sku-1"})
    assert found == {"SKU-1": other.pk, "FBA-SKU-1": own.pk}
    assert len(queries) == 1
    assert find_products(channel="elsewhere", skus={"SKU-1", "FBA-SKU-1"}) == {"SKU-1": own.pk}


def test_no_sku_asks_no_question():
    with CaptureQueriesContext(connection) as queries:
        assert find_products(channel="amazon", skus=["", ""]) == {}
    assert len(queries) == 0


def test_a_new_product_reaches_the_open_lines_that_wait_for_it():
    order = unmatched_order()

    make_product("SKU-2", quantity=5)

    assert products_of(order) == [None, "SKU-2"]
    assert stock("SKU-2") == (5, 2)
    event = OrderEvent.objects.get(kind="changed")
    assert (event.order, event.actor, event.reason) == (order, "catalogue", "matched")
    assert Order.objects.get().version == order.version + 1


def test_an_alias_reaches_the_open_lines_that_wait_for_it():
    order = unmatched_order()

    make_alias(make_product("MINE", quantity=5), "SKU-1")

    assert products_of(order) == ["MINE", None]
    assert stock("MINE") == (5, 1)


@pytest.mark.parametrize("status", [OrderStatus.COMPLETE, OrderStatus.CANCELED])
def test_an_order_that_is_over_stays_as_it_was(status):
    order = unmatched_order(status=OrderStatus.PROCESSING)
    change_status(order, status, actor="ada", now=NOW)

    make_product("SKU-1")

    assert products_of(order) == [None, None]
    assert stock("SKU-1") == (10, 0)


def test_lines_that_have_a_product_keep_it():
    order = unmatched_order()
    make_alias(make_product("MINE"), "SKU-1")

    make_product("SKU-1")

    assert products_of(order) == ["MINE", None]


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow_with_the_orders_that_wait(count):
    for serial in range(count):
        unmatched_order(serial)

    with CaptureQueriesContext(connection) as queries:
        make_product("SKU-1")

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 14
    assert OrderLine.objects.exclude(product=None).count() == count


def test_removing_an_alias_takes_back_what_it_had_matched():
    order = unmatched_order()
    wrong = make_product("WRONG")
    make_alias(wrong, "SKU-1")
    assert stock("WRONG") == (10, 1)

    remove_alias(alias_id=SkuAlias.objects.get().pk, now=NOW)

    assert products_of(order) == [None, None]
    assert (stock("WRONG"), SkuAlias.objects.count()) == ((10, 0), 0)
    make_alias(make_product("RIGHT"), "SKU-1")
    assert (products_of(order), stock("RIGHT"), stock("WRONG")) == (["RIGHT", None], (10, 1), (10, 0))


def test_removing_an_alias_leaves_what_has_left_where_it_was():
    order = unmatched_order()
    product = make_product("MINE")
    make_alias(product, "SKU-2")
    order.lines.filter(sku="SKU-2").update(quantity_shipped=1)
    settle_orders([order.pk], now=NOW)

    remove_alias(alias_id=SkuAlias.objects.get().pk, now=NOW)

    assert products_of(order) == [None, "MINE"]
    assert stock("MINE") == (9, 1)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"sku": " "}, "sku_invalid", "sku"),
        ({"sku": "A\nB"}, "sku_invalid", "sku"),
        ({"sku": "A" * 121}, "sku_invalid", "sku"),
        ({"sku": "SKU-1"}, "sku_taken", "sku"),
        ({"quantity": -1}, "quantity_invalid", "quantity"),
        ({"quantity": 1_000_000_000}, "quantity_invalid", "quantity"),
    ],
)
def test_a_product_that_cannot_be_is_refused(values, code, field):
    make_product("SKU-1")

    with pytest.raises(ProductRefused) as refused:
        create_product(**{"sku": "SKU-2", "name": "", "quantity": 0, "is_active": True, "now": NOW} | values)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert Product.objects.count() == 1


def test_an_alias_that_means_another_product_is_refused():
    make_alias(make_product("MINE"), "SKU-1")
    other = make_product("OTHER")

    with pytest.raises(ProductRefused) as refused:
        add_alias(product_id=other.pk, channel="amazon", sku="SKU-1", now=NOW)

    assert str(refused.value) == "SKU-1 means the product MINE already. Remove that alias first."
    assert SkuAlias.objects.get().product.sku == "MINE"


def test_an_alias_of_a_channel_that_is_not_there_is_refused():
    with pytest.raises(ProductRefused) as refused:
        add_alias(product_id=make_product().pk, channel="bazaar", sku="X", now=NOW)

    assert str(refused.value) == "There is no sales channel bazaar. Choose from: amazon."
    assert not SkuAlias.objects.exists()


def change(product, **values):
    now_there = {"name": product.name, "is_active": True, "quantity": product.quantity}
    return change_product(product_id=product.pk, **now_there | {"quantity_seen": product.quantity, "now": NOW} | values)


def test_a_product_is_changed_by_hand():
    product = make_product()

    assert change(product, name="New", quantity=12) == ["name", "quantity"]
    assert change(product, name="New", quantity=10) == []

    product.refresh_from_db()
    assert (product.name, product.quantity, product.is_active) == ("New", 12, True)


def test_a_count_that_is_out_of_date_is_refused():
    product = make_product()
    Product.objects.update(quantity=9)

    with pytest.raises(ProductRefused) as refused:
        change(product, name="New", quantity=12)

    assert (refused.value.code, refused.value.field) == ("quantity_changed", "quantity")
    assert str(refused.value) == "The quantity on hand is now 9, not 10. Count again."
    assert Product.objects.get().name == "Product SKU-1"


def test_a_name_can_be_changed_while_parcels_leave():
    product = make_product()
    Product.objects.update(quantity=9)

    assert change(product, name="New") == ["name"]
    assert stock() == (9, 0)
