"""What Amazon's answer to a cancellation does here, whether a feed's report brings it or the order itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.models.cancellations import UNANSWERED
from amazon_channel.services.followed import Followed
from amazon_channel.states import CancellationRequestState, Problem
from commerce_orders.models import Order
from commerce_orders.services.cancellation import complete_cancellation, refuse_cancellation, refuse_cancellations
from project.checkpoints import checkpoint

LEFT_ALREADY = frozenset({states.PARTIALLY_SHIPPED, states.SHIPPED})


def accept(request: CancellationRequest, *, now: datetime) -> bool:
    """Amazon canceled the order, and so do we. ``False`` where a reading or another worker was faster."""
    with transaction.atomic():
        _lock_order_of(request)
        accepted = _close(request, now=now, state=CancellationRequestState.ACCEPTED, error_code="", error_detail="")
        if accepted:
            complete_cancellation(cancellation_id=request.cancellation_id, actor=states.ACTOR, now=now)
            _clear_problem(request.amazon_order)
    return accepted


def refuse(request: CancellationRequest, *, code: str, words: str, now: datetime) -> bool:
    """Amazon did not cancel: the order is to be shipped again, and staff read why. ``False`` as in ``accept``."""
    with transaction.atomic():
        _lock_order_of(request)
        refused = _close(request, now=now, state=CancellationRequestState.REFUSED, error_code=code, error_detail=words)
        if refused:
            refuse_cancellation(cancellation_id=request.cancellation_id, answer=words, actor=states.ACTOR, now=now)
            request.amazon_order.set_problem(Problem.CANCELLATION_REFUSED, words, now=now)
    return refused


def follow_cancellations(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Take what was read now for Amazon's answer, in the caller's transaction, before it changes the orders.

    An order that is canceled by now was canceled as asked, by whomever; its Commerce order and the cancellation
    follow with the order's own status. One that has left cannot be canceled. No statement where nothing was asked
    for, and otherwise a number that does not grow with the orders.
    """
    asked = [each for each in followed if each.order.cancellation_requested_at]
    canceled = [each for each in asked if each.reading.status == states.CANCELLED]
    left = [each for each in asked if each.reading.status in LEFT_ALREADY]
    if canceled:
        _close_open(canceled, now=now, state=CancellationRequestState.ACCEPTED, error_code="", error_detail="")
    if left:
        words = shipped_words()
        _close_open(left, now=now, state=CancellationRequestState.REFUSED, error_code="shipped", error_detail=words)
        refuse_cancellations([each.order for each in left], answer=words, actor=actor, now=now)
    for each in followed:
        each.problem = each.problem or _problem_of(each, has_left=each in left)


def shipped_words() -> str:
    return _("Amazon shows items of this order as shipped, so it can no longer be canceled.")


def _problem_of(each: Followed, *, has_left: bool) -> Held | None:
    """A refusal and a silence stay with the order over its next versions, while there is something to do."""
    row, status = each.amazon_order, each.reading.status
    if has_left:
        return Held(Problem.CANCELLATION_REFUSED, shipped_words())
    is_to_ship = status in states.TO_SHIP and each.order.is_open
    is_asked = status != states.CANCELLED and each.order.cancellation_requested_at is not None
    if (row.problem_code == Problem.CANCELLATION_REFUSED and is_to_ship) or (
        row.problem_code == Problem.CANCELLATION_UNANSWERED and is_asked
    ):
        return Held(Problem(row.problem_code), row.problem_detail)
    return None


def _lock_order_of(request: CancellationRequest) -> None:
    """Lock the Commerce order before its request, as a pull does, so that the two never wait for each other."""
    Order.objects.select_for_update().get(cancellations=request.cancellation_id)


def _close(request: CancellationRequest, *, now: datetime, **columns: Any) -> bool:
    open_still = CancellationRequest.objects.filter(pk=request.pk, state=request.state, attempts=request.attempts)
    closed = open_still.update(answered_at=now, **columns)
    checkpoint("CP_CANCELLATION_ANSWERED")
    return bool(closed)


def _close_open(followed: Sequence[Followed], *, now: datetime, **columns: Any) -> None:
    CancellationRequest.objects.filter(
        amazon_order__in=[each.amazon_order.pk for each in followed], state__in=UNANSWERED
    ).update(answered_at=now, **columns)


def _clear_problem(amazon_order: AmazonOrder) -> None:
    amazon_order.refresh_from_db(fields=["problem_code", "problem_detail", "problem_since"])
    for problem in (Problem.CANCELLATION_UNANSWERED, Problem.CANCELLATION_REFUSED):
        amazon_order.clear_problem(problem)
