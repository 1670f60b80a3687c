"""Stock from the buyer's click to the parcel, and SKUs that nobody knows yet."""

import pytest

from amazon_channel.models import AmazonOrder, OrderSettings
from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.models import Order, OrderEvent, Reservation
from commerce_orders.services.catalogue import remove_alias
from commerce_orders.services.drafts import StockClaim
from tests.amazon_channel.shipping import push, ship
from tests.commerce_orders.stocked import make_alias, make_product, settle, stock
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def configure(shop, **changes):
    change_order_settings(account=shop.account, changes=changes, actor="dana", now=NOW)


def products():
    return [line.product and line.product.sku for line in Order.objects.get().lines.select_related("product")]


def test_a_pending_order_reserves_and_its_shipment_deducts(shop):
    make_product("SKU-1")
    order_id = shop.place(status="PENDING", quantities=(3,))
    shop.pull()
    assert (stock(), Order.objects.count()) == ((10, 3), 0)

    shop.amazon.act(order_id, "verify", details_in_seconds=120)
    shop.pull()
    assert (stock(), Order.objects.count()) == ((10, 3), 0)

    shop.amazon.set_clock(advance_seconds=121)
    shop.pull()
    assert (stock(), products()) == ((10, 3), ["SKU-1"])

    ship(order_id, quantities={"SKU-1": 1})
    assert stock() == (9, 2)
    push(shop)
    shop.pull()
    ship(order_id)
    assert stock() == (7, 0)
    push(shop)
    shop.pull()
    assert (AmazonOrder.objects.get().status, stock()) == ("SHIPPED", (7, 0))


def test_an_order_that_is_read_again_and_again_takes_its_units_once(shop):
    make_product("SKU-1")
    order_id = shop.place(quantities=(3,))
    for _ in range(3):
        shop.pull()
        shop.amazon.act(order_id, "touch")
    AmazonOrder.objects.update(content_hash="")
    shop.pull()

    assert (stock(), Reservation.objects.count()) == ((10, 3), 1)


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED"])
def test_a_canceled_order_frees_what_it_took(shop, status):
    make_product("SKU-1")
    order_id = shop.place(status=status, quantities=(3,))
    shop.pull()
    assert stock() == (10, 3)

    shop.amazon.act(order_id, "cancel")
    shop.pull()

    assert stock() == (10, 0)
    assert [order.status for order in Order.objects.all()] == ["canceled"] * (status == "UNSHIPPED")


def test_canceled_units_are_freed(shop):
    make_product("SKU-1")
    order_id = shop.place(quantities=(3,))
    shop.pull()

    shop.amazon.act(order_id, "cancel_units", quantity=2)
    shop.pull()
    assert stock() == (10, 1)
    ship(order_id)
    assert stock() == (9, 0)


def test_what_is_shipped_in_seller_central_leaves_our_shelf(shop):
    make_product("SKU-1")
    order_id = shop.place(quantities=(3,))
    shop.pull()

    shop.amazon.act(order_id, "ship")
    shop.pull()

    assert (Order.objects.get().status, stock()) == ("complete", (7, 0))


def test_what_left_before_we_knew_the_order_does_not(shop):
    make_product("SKU-1")
    shop.place(status="SHIPPED", quantities=(3,))

    shop.pull()

    assert (products(), stock()) == (["SKU-1"], (10, 0))


def test_orders_fulfilled_by_amazon_never_touch_the_stock(shop):
    make_product("SKU-1")
    order_id = shop.place(status="PENDING", fulfilled_by="AMAZON", quantities=(3,))
    for action in ("verify", "fulfil_fba"):
        shop.pull()
        shop.amazon.act(order_id, action)
    shop.pull()

    assert (products(), stock(), Reservation.objects.count()) == (["SKU-1"], (10, 0), 0)


def test_orders_that_make_no_commerce_order_reserve_and_deduct_all_the_same(shop):
    OrderSettings.objects.update(import_orders="disabled")
    make_product("SKU-1")
    order_id = shop.place(quantities=(3,))
    shop.pull()
    assert (stock(), Order.objects.count()) == ((10, 3), 0)

    shop.amazon.act(order_id, "ship")
    shop.pull()

    assert (stock(), Order.objects.count()) == ((7, 0), 0)


def test_pending_orders_follow_the_setting_when_it_changes(shop):
    make_product("SKU-1")
    order_id = shop.place(status="PENDING", quantities=(3,))
    shop.pull()

    configure(shop, reserve_pending_stock="no")
    shop.pull()
    assert stock() == (10, 0)
    configure(shop, reserve_pending_stock="yes")
    shop.pull()
    assert stock() == (10, 3)
    configure(shop, reserve_pending_stock="no")
    shop.amazon.act(order_id, "verify")
    shop.pull()
    assert (stock(), products()) == ((10, 3), ["SKU-1"])


# SKUs that nobody knows


def test_an_unknown_sku_makes_an_unmatched_line_until_it_is_mapped(shop):
    order_id = shop.place(quantities=(3,))
    shop.pull()
    assert (products(), Reservation.objects.count()) == ([None], 0)

    make_alias(make_product("MINE"), "SKU-1")

    assert (products(), stock("MINE")) == (["MINE"], (10, 3))
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert stock("MINE") == (10, 3)
    ship(order_id)
    assert stock("MINE") == (7, 0)


def test_a_mapping_that_is_made_again_takes_no_units_twice(shop):
    """Mapped, shipped in part, the mapping taken back and made again."""
    order_id = shop.place(quantities=(3,))
    shop.pull()
    product = make_product("MINE")
    make_alias(product, "SKU-1")
    ship(order_id, quantities={"SKU-1": 1})
    assert stock("MINE") == (9, 2)

    remove_alias(alias_id=product.aliases.get().pk, now=NOW)
    make_alias(product, "SKU-1")
    shop.amazon.act(order_id, "touch")
    shop.pull()

    assert (products(), stock("MINE")) == (["MINE"], (9, 2))


@pytest.mark.parametrize("by_alias", [True, False])
def test_a_held_order_heals_when_its_sku_is_mapped(shop, by_alias):
    OrderSettings.objects.update(unknown_sku="hold")
    order_id = shop.place(quantities=(3,))
    shop.pull()
    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.problem_detail) == ("unknown_sku", "No product matches: SKU-1.")
    assert (row.commerce_order, Order.objects.count(), Reservation.objects.count()) == (None, 0, 0)

    sku = "MINE" if by_alias else "SKU-1"
    product = make_product(sku)
    if by_alias:
        make_alias(product, "SKU-1")
    assert AmazonOrder.objects.get().is_to_decide
    shop.pull()

    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.is_to_decide, products(), stock(sku)) == ("", False, [sku], (10, 3))
    assert shop.amazon.log(operation="getOrder") == []
    assert row.amazon_order_id == order_id


def test_a_held_order_heals_when_the_setting_lets_it_in(shop):
    OrderSettings.objects.update(unknown_sku="hold")
    shop.place(quantities=(3,))
    shop.pull()

    configure(shop, unknown_sku="import")
    shop.pull()

    assert (AmazonOrder.objects.get().problem_code, products()) == ("", [None])


def test_an_order_with_one_known_sku_of_two_reserves_it_while_held(shop):
    OrderSettings.objects.update(unknown_sku="hold")
    make_product("SKU-1")
    shop.place(quantities=(1, 2))
    shop.pull()
    assert (stock(), Order.objects.count()) == ((10, 1), 0)

    make_product("SKU-2")
    shop.pull()

    assert (stock("SKU-1"), stock("SKU-2"), products()) == ((10, 1), (10, 2), ["SKU-1", "SKU-2"])


def test_a_pending_order_reserves_once_its_sku_is_mapped(shop):
    shop.place(status="PENDING", quantities=(3,))
    shop.pull()

    product = make_product("MINE")
    make_alias(product, "SKU-1")
    shop.pull()
    assert stock("MINE") == (10, 3)

    remove_alias(alias_id=product.aliases.get().pk, now=NOW)
    shop.pull()
    assert stock("MINE") == (10, 0)


def test_an_fba_order_is_held_too_where_it_would_make_a_commerce_order(shop):
    OrderSettings.objects.update(unknown_sku="hold")
    shop.place(status="SHIPPED", fulfilled_by="AMAZON", quantities=(3,))
    shop.pull()
    assert AmazonOrder.objects.get().problem_code == "unknown_sku"

    make_product("SKU-1")
    shop.pull()

    assert (Order.objects.get().status, products(), stock()) == ("complete", ["SKU-1"], (10, 0))


def test_a_sku_that_becomes_known_leaves_other_orders_alone(shop):
    OrderSettings.objects.update(unknown_sku="hold")
    shop.place(quantities=(3,))
    shop.pull()

    make_product("SKU-77")

    assert not AmazonOrder.objects.get().is_to_decide
    assert OrderEvent.objects.count() == 0


def test_a_row_that_was_lost_and_comes_back_takes_nothing_twice(shop):
    """The mirror's row is gone, the Commerce order and its reservation are there: its lines count."""
    product = make_product("SKU-1")
    order_id = shop.place(quantities=(3,))
    shop.pull()
    ship(order_id, quantities={"SKU-1": 2})
    assert stock() == (8, 1)
    AmazonOrder.objects.update(commerce_order=None, content_hash="")
    settle(
        StockClaim(Reservation.objects.get().channel_line_id, product.pk, 1, 2),
        order=order_id,
        account=shop.account.reference,
    )

    shop.pull()

    assert stock() == (8, 1)
