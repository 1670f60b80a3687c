"""Rows that are older than a column learn what it says of them."""

from importlib import import_module

import pytest
from django.apps import apps

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db
migration = import_module("amazon_channel.migrations.0011_older_rows")


def test_older_rows_are_brought_up_to_date_in_portions(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(migration, "PORTION", 2)
    account = make_account()
    orders = [make_amazon_order(account=account) for _ in range(3)]
    make_amazon_order(account=account, with_commerce_order=False)
    for order in orders:
        record_shipment(
            order_id=order.commerce_order_id,
            package=Package("UPS", f"1Z{order.pk}"),
            actor="dana",
            origin=ShipmentOrigin.STAFF,
            now=NOW,
        )
    sent = ShipmentConfirmation.objects.exclude(amazon_order=orders[0])
    sent.update(sent_at=NOW)
    AmazonOrder.objects.update(had_commerce_order=False)

    with django_assert_num_queries(3 + 5):
        migration.copy_sent(apps, None)
        migration.mark_orders_taken_in(apps, None)

    assert list(ShipmentConfirmation.objects.order_by("pk").values_list("first_sent_at", flat=True)) == [None, NOW, NOW]
    assert list(AmazonOrder.objects.order_by("pk").values_list("had_commerce_order", flat=True)) == [True] * 3 + [False]
