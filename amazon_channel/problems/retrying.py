"""Trying again all that is wrong with some orders."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from amazon_channel.models import AmazonOrder
from amazon_channel.problems.cancellations import CancellationProblems
from amazon_channel.problems.orders import OrderProblems
from amazon_channel.problems.shipments import ShipmentProblems
from commerce_orders.problems import ProblemSource
from commerce_orders.services.retries import retry_chosen


@dataclass(frozen=True, slots=True)
class OrderRetry:
    """What became of one order: how many of its problems are tried again, and whether some may not be by the actor."""

    order: AmazonOrder
    retried: int
    is_forbidden: bool


def retry_problems_of(
    orders: Sequence[AmazonOrder], *, may: Callable[[str], bool], actor: str, now: datetime
) -> list[OrderRetry]:
    """Try the problems of each order again, its shipments' and cancellation's included.

    Each order's in a transaction of its own, so that none stops the others. ``may`` says whether the actor has a
    permission.
    """
    found = _problems_of(orders, now=now)
    outcomes = []
    for order in orders:
        retried, is_forbidden = 0, False
        for source, reason, keys in found[order.pk]:
            if may(source.retry_permission):
                retried += retry_chosen(source=source, reason=reason, keys=keys, actor=actor, now=now).retried
            else:
                is_forbidden = True
        outcomes.append(OrderRetry(order, retried, is_forbidden))
    return outcomes


def _problems_of(
    orders: Sequence[AmazonOrder], *, now: datetime
) -> dict[int, list[tuple[ProblemSource, str, list[int]]]]:
    """By order id: source, reason and keys of what is wrong; one query for each reason that is no order's own."""
    found: dict[int, list[tuple[ProblemSource, str, list[int]]]] = defaultdict(list)
    of_orders = OrderProblems()
    for order in orders:
        if order.problem_code in of_orders.reasons():
            found[order.pk].append((of_orders, order.problem_code, [order.pk]))
    for source in (ShipmentProblems(), CancellationProblems()):
        for reason in source.reasons():
            keys: dict[int, list[int]] = defaultdict(list)
            rows = source.rows(reason, now=now).filter(amazon_order__in=[order.pk for order in orders])
            for key, order_id in rows.values_list("pk", "amazon_order_id"):
                keys[order_id].append(key)
            for order_id, its_keys in keys.items():
                found[order_id].append((source, reason, its_keys))
    return found
