"""What Amazon's answer to a cancellation does here, whether a feed's report brings it or the order itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.models.cancellations import UNANSWERED, CancellationRequestQuerySet
from amazon_channel.services.followed import Followed
from amazon_channel.services.problem_news import begin_problem
from amazon_channel.states import CancellationRequestState, Problem
from commerce_orders.models import Order
from commerce_orders.services.cancellation import complete_cancellation, refuse_cancellation, refuse_cancellations
from commerce_orders.wording import wording
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
            _show_refusal(request, words, now=now)
    return refused


def follow_cancellations(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Take what was read now for Amazon's answer, in the caller's transaction, before it changes the orders.

    An order that is canceled by now was canceled as asked, by whomever; its Commerce order and the cancellation
    follow with the order's own status. One that has left cannot be canceled; where Amazon said so itself, its words
    stay. No statement where nothing was asked for, and otherwise a number that does not grow with the orders.
    """
    asked = [each for each in followed if each.order.cancellation_requested_at]
    canceled = [each for each in asked if each.reading.status == states.CANCELLED]
    left = [each for each in asked if each.reading.status in LEFT_ALREADY]
    if canceled:
        _close_open(canceled, now=now, state=CancellationRequestState.ACCEPTED, error_code="", error_detail="")
    words = _close_left(left, actor=actor, now=now) if left else {}
    for each in followed:
        each.problem = each.problem or _problem_of(each, words.get(each.order.pk))


def shipped_words() -> str:
    return wording("Amazon shows items of this order as shipped, so it can no longer be canceled.")


def _problem_of(each: Followed, refusal: str | None) -> Held | None:
    """A refusal and a silence stay with the order over its next versions, while there is something to do.

    Of an order that has left as a whole there is not: that it could not be canceled stands on its timeline.
    """
    row, status = each.amazon_order, each.reading.status
    is_to_ship = status not in states.ENDED and each.order.is_open
    if refusal is not None and is_to_ship:
        return Held(Problem.CANCELLATION_REFUSED, refusal)
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


def _show_refusal(request: CancellationRequest, words: str, *, now: datetime) -> None:
    """As the order's problem, unless it has ended meanwhile: then there is nothing to ship or cancel any more."""
    is_ended = request.amazon_order.status in states.ENDED
    if not is_ended and Order.objects.get(cancellations=request.cancellation_id).is_open:
        begin_problem(request.amazon_order, Problem.CANCELLATION_REFUSED, words, now=now)


def _close_open(followed: Sequence[Followed], *, now: datetime, **columns: Any) -> None:
    _open_requests(followed).update(answered_at=now, **columns)


def _close_left(left: Sequence[Followed], *, actor: str, now: datetime) -> dict[int, str]:
    """Refuse what was asked of orders that have left; the words of each refusal by order."""
    answered = _open_requests(left).refused_by_report()
    words = {each.order.pk: shipped_words() for each in left}
    words.update(answered.values_list("cancellation__order_id", "error_detail"))
    answered.update(state=CancellationRequestState.REFUSED, answered_at=now)
    _close_open(
        left, now=now, state=CancellationRequestState.REFUSED, error_code="shipped", error_detail=shipped_words()
    )
    refuse_cancellations([each.order for each in left], answers=words, actor=actor, now=now)
    return words


def _open_requests(followed: Sequence[Followed]) -> CancellationRequestQuerySet:
    return CancellationRequest.objects.filter(
        amazon_order__in=[each.amazon_order.pk for each in followed], state__in=UNANSWERED
    )


def _clear_problem(amazon_order: AmazonOrder) -> None:
    amazon_order.refresh_from_db(fields=["problem_code", "problem_detail", "problem_since"])
    for problem in (Problem.CANCELLATION_UNANSWERED, Problem.CANCELLATION_REFUSED):
        amazon_order.clear_problem(problem)
