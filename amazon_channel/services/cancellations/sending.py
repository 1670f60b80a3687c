"""Sending cancellations to Amazon: one feed for all that are due, as Amazon takes few feeds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from amazon_channel.gateway.acknowledgements import OrderCancellation
from amazon_channel.gateway.errors import AmazonError, AmazonRejected
from amazon_channel.models import CancellationRequest
from amazon_channel.models.cancellations import CancellationRequestQuerySet
from amazon_channel.services.cancellations.run import CancellationRun
from amazon_channel.states import CancellationRequestState
from project.checkpoints import checkpoint

SENDING_LEASE = timedelta(minutes=10)  # longer than three calls and a token may take
FIRST_LOOK = timedelta(minutes=1)
MOST_IN_FEED = 100
FATAL = "feed_fatal"


class CancellationSending(CancellationRun):
    """The way out."""

    def send_due(self) -> None:
        # What was tried is due later, or is another worker's, so this ends.
        while due := list(self.due(self.clock())[:MOST_IN_FEED]):
            claimed = [request.pk for request in _one_feed(due) if self._claim(request)]
            checkpoint("CP_CANCELLATIONS_CLAIMED")
            ours = self.requests().filter(pk__in=claimed).order_by("id").prefetch_related("amazon_order__items")
            if to_send := [request for request in ours if not self.is_settled(request)]:
                self._send(to_send)

    def due(self, now: datetime) -> CancellationRequestQuerySet:
        return self.requests().to_send(now)

    def _claim(self, request: CancellationRequest) -> bool:
        """Whether this worker may send it now; ``attempts`` is the fence that the outcome is written behind."""
        claimed = CancellationRequest.objects.filter(
            pk=request.pk, state=request.state, attempts=request.attempts
        ).update(
            state=CancellationRequestState.SENDING, attempts=F("attempts") + 1, not_before=self.clock() + SENDING_LEASE
        )
        return bool(claimed)

    def _send(self, requests: Sequence[CancellationRequest]) -> None:
        known = {request.amazon_order.marketplace_id for request in requests} - {""}
        marketplace_ids = sorted(known or self.account.marketplaces)
        try:
            feed_id = self.feeding.send([_message(request) for request in requests], marketplace_ids)
        except AmazonRejected as error:
            self.put_back(requests, FATAL, error.detail, needs_a_person=True)
        except AmazonError as error:
            self.put_back(requests, error.code, error.detail, after=getattr(error, "retry_after", None))
            raise
        else:
            checkpoint("CP_FEED_CREATED")
            self.report.sent += self._sent(requests, feed_id)

    def _sent(self, requests: Sequence[CancellationRequest], feed_id: str) -> int:
        now = self.clock()
        written = 0
        for attempts in {request.attempts for request in requests}:
            written += CancellationRequest.objects.filter(
                pk__in=[request.pk for request in requests if request.attempts == attempts],
                state=CancellationRequestState.SENDING,
                attempts=attempts,
            ).update(
                state=CancellationRequestState.SENT,
                feed_id=feed_id,
                sent_at=now,
                not_before=now + FIRST_LOOK,
                error_code="",
                error_detail="",
            )
        return written


def _one_feed(due: Sequence[CancellationRequest]) -> Sequence[CancellationRequest]:
    """What goes into one feed: everything, but ever smaller parts of one that Amazon could not work off.

    So what is wrong with one order ends up alone, and the others are canceled.
    """
    first = due[0]
    if first.error_code != FATAL:
        return [request for request in due if request.error_code != FATAL]
    alike = [request for request in due if (request.error_code, request.attempts) == (FATAL, first.attempts)]
    return alike[: max(MOST_IN_FEED >> first.attempts, 1)]


def _message(request: CancellationRequest) -> OrderCancellation:
    return OrderCancellation(
        message_id=request.pk,
        amazon_order_id=request.amazon_order.amazon_order_id,
        order_item_ids=tuple(item.order_item_id for item in request.amazon_order.items.all() if item.quantity_ordered),
        reason=request.cancellation.reason,
    )
