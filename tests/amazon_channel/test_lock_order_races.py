"""Two who lock many orders at the same moment: they wait for each other. The control takes them in two orders."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from amazon_channel.models import AmazonOrder
from amazon_channel.services.following import follow_amazon
from amazon_channel.services.store import store_page
from commerce_orders.models import Order, OrderLine, Product
from commerce_orders.models.orders import OrderQuerySet
from commerce_orders.services import catalogue
from commerce_orders.services.bulk_shipping import record_packages
from commerce_orders.services.fulfilment import Package
from commerce_orders.services.product_import import import_products
from commerce_orders.states import ShipmentOrigin
from project.bulk import in_portions
from tests.amazon_channel.readings import many_orders, read
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.product_files import csv_file
from tests.factories import NOW, make_account, make_amazon_order
from tests.locks import until_waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]


def while_held(held: Order, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """What comes of ``first`` and then ``second``, which begin while somebody holds an order that both want."""
    is_held, first_waits = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=held.pk)
            is_held.set()
            until_waiting(1)
            first_waits.set()
            until_waiting(2)

    def begin(at: threading.Event, work: Callable[[], Any]) -> Any:
        assert at.wait(10)
        return work()

    holding, *results = at_once(hold, partial(begin, is_held, first), partial(begin, first_waits, second))
    assert holding is None, holding
    return results


def ship(orders: list[Order]) -> list[str]:
    packages = [(order.pk, Package(carrier_code="UPS", tracking_number=f"1Z{order.pk}")) for order in orders]
    outcomes = record_packages(packages, actor="token:erp", origin=ShipmentOrigin.API, now=NOW)
    return [type(outcome).__name__ for outcome in outcomes]


def ship_while_they_are_read() -> list[Any]:
    """Of three orders the middle one is held first."""
    account, page = make_account(), many_orders(3, status="UNSHIPPED", fulfilled_by="MERCHANT")
    store_page(account=account, orders=page, now=NOW)
    rows = {row.amazon_order_id: row for row in AmazonOrder.objects.select_related("commerce_order")}
    readings = {rows[raw["orderId"]].pk: (rows[raw["orderId"]], read(raw)) for raw in page}
    orders = list(Order.objects.order_by("pk"))

    def follow() -> int:
        with transaction.atomic():
            return len(follow_amazon(readings, actor="amazon", now=NOW))

    return while_held(orders[1], partial(ship, orders), follow)


def test_packages_of_orders_that_are_read_at_the_same_moment_are_recorded():
    assert ship_while_they_are_read() == [["Shipment"] * 3, 3]


def test_orders_that_one_takes_from_the_other_end_would_block_both(monkeypatch):
    """The control."""
    directions = iter(["pk", "-pk"])
    monkeypatch.setattr(OrderQuerySet, "locked", lambda rows: rows.order_by(next(directions)).select_for_update())

    results = ship_while_they_are_read()

    assert sum(isinstance(result, OperationalError) for result in results) == 1


def test_packages_of_orders_whose_products_are_imported_in_portions_are_recorded(monkeypatch):
    monkeypatch.setattr(catalogue, "in_portions", partial(in_portions, size=1))
    earlier, later = (make_amazon_order(quantities=(1,)).commerce_order for _ in range(2))
    OrderLine.objects.filter(order=later).update(sku="A")
    OrderLine.objects.filter(order=earlier).update(sku="B")
    file = csv_file([["sku", "name"], ["A", "First"], ["B", "Second"]])

    results = while_held(
        earlier,
        partial(ship, [earlier, later]),
        lambda: import_products(file=file, actor="ada", now=NOW, dry_run=False).is_stored,
    )

    assert results == [["Shipment"] * 2, True]
    assert set(Product.objects.values_list("sku", flat=True)) == {"A", "B"}
