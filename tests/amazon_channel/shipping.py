"""Shipping an order and telling Amazon, for tests."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.push import PushReport, push_shipments
from commerce_orders.models import Order, Shipment
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin

TRACKING = "1Z999AA10123456784"


def ship(amazon_order_id: str, *, despite_request: bool = True, **package: Any) -> Shipment:
    """Record a package of ours with everything that is left, or the ``quantities`` given by SKU."""
    order = Order.objects.get(channel_order_id=amazon_order_id)
    if quantities := package.pop("quantities", None):
        lines = {line.sku: line.pk for line in order.lines.all()}
        package["quantities"] = {lines[sku]: units for sku, units in quantities.items()}
    return record_shipment(
        order_id=order.pk,
        package=Package(**{"carrier_code": "UPS", "tracking_number": TRACKING} | package),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=timezone.now(),
        despite_request=despite_request,
    )


def push(shop: Any, *, at: datetime | None = None, **period: float) -> PushReport:
    """Send what is due ``at`` that time, or that ``period`` from now."""
    moment = at or timezone.now() + timedelta(**period)
    shop.account.refresh_from_db()
    return push_shipments(account=shop.account, clock=lambda: moment)


def only_confirmation() -> ShipmentConfirmation:
    return ShipmentConfirmation.objects.get()


def confirmations_at_amazon(shop: Any) -> list[tuple[str, int | None]]:
    """Reference and status of each confirmShipment call."""
    return [
        (entry["body"]["packageDetail"]["packageReferenceId"], entry["status"])
        for entry in shop.amazon.log(operation="confirmShipment")
    ]


def packages_at_amazon(shop: Any, amazon_order_id: str) -> list[tuple[str, str]]:
    """Reference and tracking number of each package that Amazon holds."""
    return [
        (package["packageReferenceId"], package["trackingNumber"])
        for package in shop.amazon.order(amazon_order_id).get("packages", [])
    ]


def counts(report: PushReport) -> tuple[int, int, int, int]:
    return report.sent, report.confirmed, report.retry_later, report.rejected
