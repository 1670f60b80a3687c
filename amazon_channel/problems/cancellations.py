"""Cancellations that Amazon refused, or does not answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise

from amazon_channel.advice import REST_OF_A_REFUSED_CANCELLATION, advice_for
from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.models.cancellations import CancellationRequestQuerySet
from amazon_channel.problems.order_links import VIEW_ORDERS, links_to
from amazon_channel.states import PARTIALLY_SHIPPED, CancellationRequestState
from amazon_channel.states import Problem as Code
from commerce_orders.problems import Problem
from commerce_orders.services.cancellation import CancellationRefused, request_cancellation
from commerce_orders.states import OrderStatus


class CancellationProblems:
    code = "amazon_cancellations"
    view_permission = VIEW_ORDERS
    retry_permission = "commerce_orders.cancel_order"  # a retry asks for the cancellation anew

    def reasons(self) -> Mapping[str, str | Promise]:
        return {code.value: code.label for code in (Code.CANCELLATION_REFUSED, Code.CANCELLATION_UNANSWERED)}

    def rows(self, reason: str, *, now: datetime, account: str = "") -> CancellationRequestQuerySet:
        requests = CancellationRequest.objects.select_related(
            "amazon_order__account", "amazon_order__commerce_order", "cancellation"
        ).defer("amazon_order__payload", "amazon_order__status_changes", "amazon_order__account__encrypted_credentials")
        if reason == Code.CANCELLATION_REFUSED:
            requests = requests.refused_for_now()
        else:
            requests = requests.unanswered(now)
        return requests.filter(amazon_order__account=int(account)) if account else requests

    def rows_of_all(self, *, now: datetime) -> list[CancellationRequestQuerySet]:
        return [self.rows(reason, now=now) for reason in self.reasons()]

    def since(self, reason: str) -> str:
        return "created_at"

    def describe(self, rows: Sequence[CancellationRequest], *, reason: str, now: datetime) -> list[Problem]:
        return [_describe(request, Code(reason)) for request in rows]

    def of_order(self, order: AmazonOrder, *, now: datetime) -> list[Problem]:
        requests = CancellationRequest.objects.filter(amazon_order=order).select_related("cancellation__order")
        last = requests.order_by("-pk").first()
        if last is None:
            return []
        last.amazon_order = order
        if last.is_refused_for_now:
            return [_describe(last, Code.CANCELLATION_REFUSED)]
        return [_describe(last, Code.CANCELLATION_UNANSWERED)] if last.is_unanswered(now) else []

    def retry(self, rows: Sequence[CancellationRequest], *, reason: str, actor: str, now: datetime) -> int:
        """Ask Amazon anew where it refused; ask about the answer, or send what was not sent, at once."""
        if reason == Code.CANCELLATION_UNANSWERED:
            waiting = CancellationRequest.objects.filter(pk__in=[request.pk for request in rows])
            # One that is being sent is its worker's until the lease ends; a second feed would hide the first.
            return waiting.unanswered(now).exclude(state=CancellationRequestState.SENDING).update(not_before=now)
        # Newest order first, as a pull locks them.
        ordered = sorted(rows, key=lambda request: request.cancellation.order_id, reverse=True)
        return sum(_request_anew(request, actor=actor, now=now) for request in ordered)


def _request_anew(request: CancellationRequest, *, actor: str, now: datetime) -> bool:
    try:
        request_cancellation(
            order_id=request.cancellation.order_id, reason=request.cancellation.reason, actor=actor, now=now
        )
    except CancellationRefused:  # shipped, or asked for again, by somebody else meanwhile
        return False
    return True


def _describe(request: CancellationRequest, code: Code) -> Problem:
    order = request.amazon_order
    is_only_the_rest = code == Code.CANCELLATION_REFUSED and (
        order.status == PARTIALLY_SHIPPED
        or (order.commerce_order is not None and order.commerce_order.status == OrderStatus.PARTIALLY_SHIPPED)
    )
    return Problem(
        key=request.pk,
        reason=code.value,
        since=request.answered_at or request.created_at,
        what=str(code.label),
        words=str(request.error_detail),
        advice=str(REST_OF_A_REFUSED_CANCELLATION) if is_only_the_rest else advice_for(code),
        about=links_to(order),
        account=order.account.name,
        zone=order.account.time_zone,
        may_be_retried=not is_only_the_rest,  # an order of which a part has left is not canceled from here
    )
