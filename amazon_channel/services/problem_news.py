"""Other systems are told when an order begins to need a person."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from amazon_channel import states
from amazon_channel.models import AmazonOrder
from amazon_channel.states import Problem
from commerce_orders.models import Order
from commerce_orders.services.timeline import subject_of
from commerce_orders.services.webhooks.outbox import News, Subject, listeners, write_news
from commerce_orders.states import WebhookEventType

Beginning = tuple[str, int | None, str]  # Amazon's order number, the Commerce order if there is one, and the problem


def begin_problem(order: AmazonOrder, problem: Problem, detail: str, *, now: datetime) -> None:
    """Set the problem of one order and tell of it, unless the order has it already."""
    with transaction.atomic():
        if order.set_problem(problem, detail, now=now):
            tell_of_problem(order, now=now)


def tell_of_problem(order: AmazonOrder, *, now: datetime) -> None:
    if listeners().exists():
        tell_of_problems([(order.amazon_order_id, order.commerce_order_id, order.problem_code)], now=now)


def tell_of_problems(beginnings: Sequence[Beginning], *, now: datetime) -> None:
    """Of new problems, in the transaction that stores them; at most three statements."""
    keys = [order_id for _number, order_id, _problem in beginnings if order_id is not None]
    orders = Order.objects.in_bulk(keys) if keys else {}
    write_news(
        [
            News(
                WebhookEventType.ORDER_PROBLEM,
                now,
                subject_of(orders[order_id]) if order_id in orders else Subject(states.CHANNEL, amazon_order_id),
                {"problem": str(problem)},
            )
            for amazon_order_id, order_id, problem in beginnings
        ]
    )
