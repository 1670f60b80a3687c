"""What can be wrong with Amazon orders, shipments, cancellations and accounts, for the Problems page."""

from datetime import datetime

from amazon_channel.models import AmazonOrder
from amazon_channel.problems.accounts import AccountProblems
from amazon_channel.problems.cancellations import CancellationProblems
from amazon_channel.problems.orders import OrderProblems
from amazon_channel.problems.reconciliations import ReconciliationProblems
from amazon_channel.problems.shipments import ShipmentProblems
from commerce_orders.problems import Problem

__all__ = [
    "AccountProblems",
    "CancellationProblems",
    "OrderProblems",
    "ReconciliationProblems",
    "ShipmentProblems",
    "problems_of",
]


def problems_of(order: AmazonOrder, *, now: datetime) -> list[Problem]:
    """All that is wrong with one order, its shipments and its cancellation."""
    return [
        problem
        for source in (ShipmentProblems(), CancellationProblems(), OrderProblems())
        for problem in source.of_order(order, now=now)
    ]
