"""Two at the same moment who take of one product, or change what a SKU means. Each race has a control."""

import threading
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from amazon_channel.models import AmazonOrder, OrderSettings, PullState
from amazon_channel.services import batch, store
from amazon_channel.services import stock as amazon_stock
from commerce_orders.models import Order, OrderLine, Product
from commerce_orders.services import product_import
from commerce_orders.services import stock as stock_service
from commerce_orders.services.drafts import StockClaim
from commerce_orders.services.stock import settle_orders, settle_stock
from tests.amazon_channel.readings import plain_order
from tests.amazon_channel.test_concurrency import at_once, ship_everything
from tests.commerce_orders.product_files import csv_file
from tests.commerce_orders.stocked import make_product, stock
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]

A_MOMENT = 2  # seconds that one waits for the other, which cannot come where it waits for a lock


def stocked_orders(count):
    """Orders of three units each, which reserve them."""
    product = make_product(quantity=1000)
    orders = [make_amazon_order(quantities=(3,)).commerce_order for _ in range(count)]
    OrderLine.objects.update(product=product)
    settle_orders([order.pk for order in orders], now=NOW)
    return orders


def test_an_order_that_many_ship_at_once_leaves_the_shelf_once():
    (order,) = stocked_orders(1)

    at_once(*[lambda: ship_everything(order)] * 4)

    assert stock() == (997, 0)


def test_orders_that_are_shipped_at_once_each_take_their_units():
    orders = stocked_orders(6)

    results = at_once(*[partial(ship_everything, order) for order in orders])

    assert [result for result in results if isinstance(result, Exception)] == []
    assert stock() == (1000 - 18, 0)


def test_by_read_and_write_units_would_be_lost(monkeypatch):
    """The control: what is on hand is worked out in Python instead of in the statement."""
    orders, both_have_read = stocked_orders(2), threading.Barrier(2)

    def read_and_write(left, *, now):
        for product in Product.objects.filter(pk__in=left):
            both_have_read.wait(10)
            Product.objects.filter(pk=product.pk).update(quantity=product.quantity - left[product.pk])

    monkeypatch.setattr(stock_service, "_take_off", read_and_write)

    at_once(*[partial(ship_everything, order) for order in orders])

    assert stock() == (997, 0)  # six units have left


def settle_of_account(account, skus, *, shipped):
    """Each SKU one order with one unit, in the order of ``skus``."""
    products = dict(Product.objects.values_list("sku", "pk"))
    claims = {f"O-{sku}": [StockClaim("L-1", products[sku], 1 - shipped, shipped)] for sku in skus}
    settle_stock(claims, channel="amazon", channel_account=account, now=NOW)


def prepare_two_accounts():
    skus = [f"SKU-{number}" for number in range(20)]
    for sku in skus:
        make_product(sku)
    for account in "78":
        settle_of_account(account, skus, shipped=0)
    return skus


def test_two_accounts_that_ship_the_same_products_do_not_block_each_other_for_ever():
    skus = prepare_two_accounts()

    results = at_once(
        lambda: settle_of_account("7", skus, shipped=1), lambda: settle_of_account("8", skus[::-1], shipped=1)
    )

    assert results == [None, None]
    assert {stock(sku) for sku in skus} == {(8, 0)}


def test_products_taken_one_after_the_other_would_block_each_other(monkeypatch):
    """The control: each product is locked when its turn comes."""
    skus, both_hold_one = prepare_two_accounts(), threading.Barrier(2)

    def one_by_one(left, *, now):
        for number, (product_id, units) in enumerate(left.items()):
            if number == 1:
                both_hold_one.wait(10)
            Product.objects.filter(pk=product_id).update(quantity=F("quantity") - units)

    monkeypatch.setattr(stock_service, "_take_off", one_by_one)
    monkeypatch.setattr(stock_service, "_targets", in_the_order_of_the_claims)

    results = at_once(
        lambda: settle_of_account("7", skus, shipped=1), lambda: settle_of_account("8", skus[::-1], shipped=1)
    )

    assert sorted(type(result).__name__ for result in results) == ["NoneType", "OperationalError"]
    assert [str(result).splitlines()[0] for result in results if isinstance(result, OperationalError)] == [
        "deadlock detected"
    ]


def in_the_order_of_the_claims(claims, stored):
    return {
        (order_id, claim.channel_line_id): (claim.product_id, claim.to_ship, claim.shipped)
        for order_id, lines in claims.items()
        for claim in lines
    }


def store_while_the_catalogue_changes(monkeypatch):
    """A page has looked its SKUs up and is not stored yet when somebody adds them."""
    account = make_account()
    OrderSettings.objects.filter(account=account).update(unknown_sku="hold")
    has_looked, is_added = threading.Event(), threading.Event()
    find = batch.find_page_products

    def find_slowly(plans):
        found = find(plans)
        has_looked.set()
        is_added.wait(A_MOMENT)
        return found

    def add():
        has_looked.wait(10)
        make_product("SKU-1")
        make_product("SKU-2")
        is_added.set()

    with monkeypatch.context() as patch:
        patch.setattr(batch, "find_page_products", find_slowly)
        results = at_once(lambda: store.store_page(account=account, orders=[plain_order()], now=NOW), add)
    assert [result for result in results if isinstance(result, Exception)] == []
    store.decide_again(account=account, now=NOW)


def test_a_sku_that_is_added_while_its_order_is_stored_is_not_missed(monkeypatch):
    store_while_the_catalogue_changes(monkeypatch)

    assert (AmazonOrder.objects.get().problem_code, Order.objects.count()) == ("", 1)
    assert (stock("SKU-1"), stock("SKU-2")) == ((10, 2), (10, 1))


def test_without_the_accounts_lock_it_would_be_missed(monkeypatch):
    """The control."""
    monkeypatch.setattr(amazon_stock, "PullState", WithoutLock)

    store_while_the_catalogue_changes(monkeypatch)

    assert (AmazonOrder.objects.get().problem_code, Order.objects.count()) == ("unknown_sku", 0)


def import_while_an_order_leaves(monkeypatch):
    """A file with a product that an order has and one that it lacks, while the order is shipped."""
    product = make_product(quantity=10)
    order = make_amazon_order(quantities=(1, 1)).commerce_order
    stocked, unmatched = order.lines.order_by("id")
    OrderLine.objects.filter(pk=stocked.pk).update(product=product)
    OrderLine.objects.filter(pk=unmatched.pk).update(sku="NEW")
    settle_orders([order.pk], now=NOW)
    has_order, has_product = threading.Event(), threading.Event()
    take_off, write = stock_service._take_off, product_import._write

    def take_off_slowly(left, *, now):
        has_order.set()
        has_product.wait(A_MOMENT)
        take_off(left, now=now)

    def write_and_say(rows, *, now):
        write(rows, now=now)
        if any(row.sku == product.sku for row in rows):
            has_product.set()

    def load():
        has_order.wait(10)
        file = csv_file([["sku", "name"], [product.sku, "Renamed"], ["NEW", "New"]])
        product_import.import_products(file=file, actor="ada", now=NOW, dry_run=False)

    monkeypatch.setattr(stock_service, "_take_off", take_off_slowly)
    monkeypatch.setattr(product_import, "_write", write_and_say)
    return at_once(lambda: ship_everything(order), load)


def test_a_file_and_a_shipment_of_the_same_products_do_not_block_each_other_for_ever(monkeypatch):
    results = import_while_an_order_leaves(monkeypatch)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(Product.objects.values_list("sku", "name", "quantity")) == {("SKU-1", "Renamed", 9), ("NEW", "New", 0)}


def test_products_that_a_file_locks_before_the_orders_would_block_them(monkeypatch):
    """The control: what is there already is changed first."""
    store = product_import._store

    def store_the_other_way_round(rows, stored, *, now):
        with transaction.atomic():
            product_import._write([row for row in rows if row.sku in stored], now=now)
            store(rows, stored, now=now)

    monkeypatch.setattr(product_import, "_store", store_the_other_way_round)

    results = import_while_an_order_leaves(monkeypatch)

    assert [type(result).__name__ for result in results if isinstance(result, Exception)] == ["OperationalError"]


class WithoutLock:
    class objects:
        @staticmethod
        def select_for_update():
            return PullState.objects.none()
