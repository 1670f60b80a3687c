"""A file of shipments that somebody has just handed in."""

from typing import Any

from django.utils import timezone

from amazon_channel.models import AmazonOrder
from commerce_orders.models import ShipmentUpload
from commerce_orders.services.uploads import start_upload
from tests.commerce_orders.product_files import csv_file


def furnish_upload(to_ship: AmazonOrder, *, hostile: str) -> ShipmentUpload:
    rows: list[list[Any]] = [
        ["Order no", "SKU", "Qty", "Courier", "Tracking no", "Consignee"],  # theirs: no words of our pages
        [to_ship.amazon_order_id, "SKU-2", "1", "usps", "9400110200881234567890", "Ada Lovelace"],
        [to_ship.amazon_order_id, "SKU-9", "1", "usps", "9400110200881234567890", "Ada Lovelace"],
        [hostile[:60], "", "", "UPS", "1Z999AA10123456784", hostile],
        [to_ship.amazon_order_id, "SKU-1", "1", "Carrier pigeon", "1Z999AA10123456784", ""],
        [to_ship.amazon_order_id, "SKU-1", "1", "UPS", "9,40011E+21", ""],
    ]
    return start_upload(
        file=csv_file(rows), name="labels of today.csv", actor="dana", language="en", now=timezone.now()
    )
