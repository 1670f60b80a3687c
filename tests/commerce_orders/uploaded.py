"""Files of shipments that were handed in, for tests."""

import io
from typing import Any

from commerce_orders.models import Order, ShipmentUpload
from commerce_orders.services.upload_shipping import ship_portion, start_shipping
from commerce_orders.services.upload_words import words_of
from commerce_orders.services.uploads import start_upload
from tests.commerce_orders.product_files import csv_file
from tests.factories import NOW, make_account, make_amazon_order


def make_orders(count: int, **columns: Any) -> list[Order]:
    """Orders of 1 and 2 units, of SKU-1 and SKU-2."""
    account = make_account()
    orders = [make_amazon_order(account=account, **columns).commerce_order for _ in range(count)]
    return [order for order in orders if order]


def upload(file: io.BytesIO | list[list[Any]], *, name: str = "labels.csv") -> ShipmentUpload:
    file = csv_file(file) if isinstance(file, list) else file
    started = start_upload(file=file, name=name, actor="dana", language="en", now=NOW)
    return ShipmentUpload.objects.get(pk=started.pk)


def ship(uploaded: ShipmentUpload) -> None:
    start_shipping(upload_id=uploaded.pk, now=NOW)
    while ship_portion(upload_id=uploaded.pk, clock=lambda: NOW):
        pass
    uploaded.refresh_from_db()


def outcomes(uploaded: ShipmentUpload) -> list[tuple[str, str]]:
    return [(row.state, words_of(row)) for row in uploaded.rows.order_by("number")]
