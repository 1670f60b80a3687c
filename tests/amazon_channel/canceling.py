"""Canceling an order at Amazon, for tests."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.services.cancellations.push import CancellationReport, push_cancellations
from commerce_orders.models import Cancellation, Order
from commerce_orders.services.cancellation import request_cancellation


def cancel(amazon_order_id: str, *, reason: str = "NoInventory") -> Cancellation:
    """Ask for the cancellation of an order that was pulled."""
    order = Order.objects.get(channel_order_id=amazon_order_id)
    return request_cancellation(order_id=order.pk, reason=reason, actor="ada", now=timezone.now())


def push_at(shop: Any, moment: datetime) -> tuple[int, int, int, int]:
    return counts(report_at(shop, moment))


def report_at(shop: Any, moment: datetime) -> CancellationReport:
    shop.account.refresh_from_db()
    return push_cancellations(account=shop.account, clock=lambda: moment)


def push(shop: Any, **period: float) -> tuple[int, int, int, int]:
    """Send and read what is due that ``period`` from now: sent, accepted, refused, to be tried later."""
    return push_at(shop, timezone.now() + timedelta(**period))


def counts(report: CancellationReport) -> tuple[int, int, int, int]:
    return report.sent, report.accepted, report.refused, report.retry_later


def only_request() -> CancellationRequest:
    return CancellationRequest.objects.select_related("amazon_order", "cancellation__order").get()


def status_at_amazon(shop: Any, amazon_order_id: str) -> str:
    status: str = shop.amazon.order(amazon_order_id)["fulfillment"]["fulfillmentStatus"]
    return status


def problem() -> str:
    """The problem of the only order."""
    return AmazonOrder.objects.get().problem_code


def is_canceled() -> bool:
    """Whether the only order is canceled here, as asked, without a problem."""
    states = (only_request().state, Cancellation.objects.get().state, Order.objects.get().status, problem())
    return states == ("accepted", "canceled", "canceled", "")
