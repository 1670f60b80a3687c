"""Orders that could not be read, stored or made a Commerce order."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from amazon_channel.advice import advice_for
from amazon_channel.models import AmazonOrder
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.problems.order_links import RETRY_ORDERS, VIEW_ORDERS, links_to
from amazon_channel.services.reading_again import retry_orders
from amazon_channel.states import NOT_MIRRORED
from amazon_channel.states import Problem as Code
from commerce_orders.problems import Problem

# Sources of their own: an order can have several of each.
OF_SHIPMENTS_AND_CANCELLATIONS = frozenset(
    {
        Code.SHIPMENT_REFUSED,
        Code.SHIPMENT_NOT_SHOWN,
        Code.CANCELLATION_REFUSED,
        Code.CANCELLATION_UNANSWERED,
    }
)


class OrderProblems:
    code = "amazon_orders"
    view_permission = VIEW_ORDERS
    retry_permission = RETRY_ORDERS

    def reasons(self) -> Mapping[str, str | Promise]:
        return {code.value: code.label for code in Code if code not in OF_SHIPMENTS_AND_CANCELLATIONS}

    def rows(self, reason: str, *, now: datetime, account: str = "") -> AmazonOrderQuerySet:
        orders = (
            AmazonOrder.objects.with_account()
            .with_problem()
            .filter(problem_code=reason)
            .defer("payload", "status_changes")
        )
        return orders.filter(account=int(account)) if account else orders

    def rows_of_all(self, *, now: datetime) -> list[AmazonOrderQuerySet]:
        return [AmazonOrder.objects.with_problem().filter(problem_code__in=self.reasons())]

    def since(self, reason: str) -> str:
        return "problem_since"

    def describe(self, rows: Sequence[AmazonOrder], *, reason: str, now: datetime) -> list[Problem]:
        return [describe_order(order, now=now) for order in rows]

    def of_order(self, order: AmazonOrder, *, now: datetime) -> list[Problem]:
        return [describe_order(order, now=now)] if order.problem_code in self.reasons() else []

    def retry(self, rows: Sequence[AmazonOrder], *, reason: str, actor: str, now: datetime) -> int:
        return retry_orders(orders=rows, now=now)


def detail_in_words(order: AmazonOrder) -> str:
    """What stopped an order from being stored names fields and errors, which are not for everybody."""
    if order.problem_detail and order.problem_code in NOT_MIRRORED:
        return _("For technical support: %(detail)s") % {"detail": order.problem_detail}
    return str(order.problem_detail)


def describe_order(order: AmazonOrder, *, now: datetime) -> Problem:
    assert order.problem_since is not None
    return Problem(
        key=order.pk,
        reason=order.problem_code,
        since=order.problem_since,
        what=str(order.get_problem_code_display()),
        detail=detail_in_words(order),
        advice=advice_for(order.problem_code),
        about=links_to(order),
        account=order.account.name,
        zone=order.account.time_zone,
        is_being_retried=order.is_to_decide or (order.read_again_at is not None and order.read_again_at <= now),
    )
