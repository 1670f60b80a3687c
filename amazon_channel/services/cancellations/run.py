"""One run of a worker over the cancellations of an account: what it may touch, and what it writes down."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from amazon_channel import states
from amazon_channel.gateway.acknowledgements import Refusal
from amazon_channel.gateway.errors import AmazonError
from amazon_channel.models import CancellationRequest, SellerAccount
from amazon_channel.models.cancellations import ANSWERED_WITHIN, CancellationRequestQuerySet
from amazon_channel.services.cancellations.answers import LEFT_ALREADY, accept, refuse, shipped_words
from amazon_channel.services.cancellations.feeding import Feeding
from amazon_channel.services.problem_news import begin_problem
from amazon_channel.states import CancellationRequestState, Problem
from commerce_orders.states import CancellationState
from commerce_orders.wording import wording

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)


@dataclass(slots=True)
class CancellationReport:
    """``retry_later`` are those that stay due; ``accepted`` and ``refused`` those that Amazon answered meanwhile."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    retry_later: int = 0
    error: AmazonError | None = None


class CancellationRun:
    """One run for one account."""

    def __init__(
        self, account: SellerAccount, *, feeding: Feeding, report: CancellationReport, clock: Callable[[], datetime]
    ) -> None:
        self.account = account
        self.feeding = feeding
        self.report = report
        self.clock = clock

    def requests(self) -> CancellationRequestQuerySet:
        """Those of the account, with what is asked of each; Amazon's whole data are of no use here."""
        return (
            CancellationRequest.objects.of_account(self.account)
            .select_related("amazon_order", "cancellation")
            .defer("amazon_order__payload")
        )

    def is_settled(self, request: CancellationRequest) -> bool:
        """Whether there is nothing left to ask, as the order or its cancellation went another way meanwhile.

        ``request`` must have been read behind what made it ours.
        """
        status, state = request.amazon_order.status, request.cancellation.state
        if status == states.CANCELLED or state == CancellationState.CANCELED:
            self.accepted(request)
        elif status in LEFT_ALREADY or state == CancellationState.REFUSED:
            self.refused(request, _refusal_of(request))
        else:
            return False
        return True

    def accepted(self, request: CancellationRequest) -> None:
        with self._alone(request):
            self.report.accepted += accept(request, now=self.clock())

    def refused(self, request: CancellationRequest, refusal: Refusal) -> None:
        with self._alone(request):
            self.report.refused += refuse(request, code=refusal.code, words=refusal.words, now=self.clock())

    @contextmanager
    def _alone(self, request: CancellationRequest) -> Iterator[None]:
        """Whatever one order makes our code or the database raise must not stop the others.

        Its request stays as it is and comes again when its time has come.
        """
        try:
            yield
        except Exception as error:
            logger.exception("The answer to cancellation request %s could not be stored", request.pk)
            self.report.retry_later += 1
            detail = wording("Amazon's answer could not be stored: %(error)s.", error=type(error).__name__)
            begin_problem(request.amazon_order, Problem.CANCELLATION_UNANSWERED, detail, now=self.clock())

    def wait_longer(self, requests: Sequence[CancellationRequest], code: str, detail: str) -> None:
        """Leave the feed to be looked at again, unless that has been tried for a day: then another one is sent."""
        sent_at = requests[0].sent_at
        if sent_at is not None and self.clock() - sent_at > ANSWERED_WITHIN:
            self.put_back(requests, code, detail, needs_a_person=True)

    def put_back(
        self,
        requests: Sequence[CancellationRequest],
        code: str,
        detail: str,
        *,
        after: float | None = None,
        needs_a_person: bool = False,
    ) -> None:
        """Send them again later, ``after`` seconds or at growing intervals; at most Amazon says "canceled already"."""
        now = self.clock()
        for request in requests:
            wait = min(FIRST_RETRY * 2 ** min(request.attempts - 1, 10), LONGEST_RETRY)
            written = CancellationRequest.objects.filter(
                pk=request.pk, state=request.state, attempts=request.attempts
            ).update(
                state=CancellationRequestState.WAITING,
                not_before=now + (timedelta(seconds=after) if after else wait),
                error_code=code,
                error_detail=detail,
            )
            if written:
                self.report.retry_later += 1
                if needs_a_person or now - request.created_at > ANSWERED_WITHIN:
                    begin_problem(request.amazon_order, Problem.CANCELLATION_UNANSWERED, detail, now=now)


def _refusal_of(request: CancellationRequest) -> Refusal:
    """In Amazon's words, where its report has said why."""
    if request.state == CancellationRequestState.SENT and request.error_detail:
        return Refusal(request.error_code, request.error_detail)
    return Refusal("shipped", shipped_words())
