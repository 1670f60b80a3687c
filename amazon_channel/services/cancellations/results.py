"""Reading what became of the cancellations that were sent: the feed, its report, and each order in it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from amazon_channel.gateway.acknowledgements import ProcessingReport, Refusal
from amazon_channel.gateway.errors import WHOLE_ACCOUNT, AmazonError, AmazonMisconfigured, AmazonRejected
from amazon_channel.gateway.feeds import FeedReading
from amazon_channel.models import CancellationRequest, SellerAccount
from amazon_channel.services.cancellations.run import CancellationRun
from amazon_channel.services.cancellations.sending import FATAL, FIRST_LOOK
from amazon_channel.services.reading_again import read_order_again
from amazon_channel.states import CancellationRequestState
from commerce_orders.wording import wording

LONGEST_LOOK = timedelta(minutes=30)
FAILED_FEEDS = {"FATAL": FATAL, "CANCELLED": "feed_cancelled"}


class CancellationResults(CancellationRun):
    """The way back."""

    def read_answers(self) -> None:
        """Look at every feed whose time has come; one that cannot be read now does not keep the others back."""
        sent = sorted(self.requests().to_ask_about(self.clock()), key=attrgetter("feed_id", "pk"))
        for feed_id, requests in groupby(sent, key=attrgetter("feed_id")):
            of_feed = list(requests)
            if not self._put_off(feed_id, of_feed[0]):
                continue
            try:
                self._read_answer(feed_id, of_feed)
            except AmazonRejected as error:  # it does not know the feed, or its report, any more
                self.put_back(of_feed, error.code, error.detail, needs_a_person=True)
            except AmazonError as error:
                self.wait_longer(of_feed, error.code, error.detail)
                if isinstance(error, AmazonMisconfigured) or error.code in WHOLE_ACCOUNT:
                    raise

    def _put_off(self, feed_id: str, request: CancellationRequest) -> bool:
        """Claim the look at the feed; the longer it takes, the later the next one."""
        now = self.clock()
        assert request.sent_at is not None
        wait = min(max(now - request.sent_at, FIRST_LOOK), LONGEST_LOOK)
        looked_at = self.requests().to_ask_about(now).filter(feed_id=feed_id).order_by()
        return bool(CancellationRequest.objects.filter(pk__in=looked_at.values("pk")).update(not_before=now + wait))

    def _read_answer(self, feed_id: str, requests: Sequence[CancellationRequest]) -> None:
        feed = self.feeding.read(feed_id)
        if feed.status in FAILED_FEEDS:
            self._failed(requests, feed)
        elif feed.status != "DONE":
            self.wait_longer(requests, "feed_unfinished", wording("Amazon has not answered the request."))
        elif not feed.result_document_id:
            words = wording("Amazon processed the request without saying what came of it.")
            self.put_back(requests, "result_missing", words, needs_a_person=True)
        else:
            report = self._report(feed)
            if report.rejection:
                self._rejected(requests, FATAL, feed.status, report.rejection.words)
                return
            sent = CancellationRequest.objects.of_account(self.account).filter(feed_id=feed_id).count()
            for request in requests:
                self._take_answer(request, report.errors.get(request.pk), is_accepted=report.accepts_the_rest(sent))

    def _failed(self, requests: Sequence[CancellationRequest], feed: FeedReading) -> None:
        words = ""
        if feed.result_document_id:
            with suppress(AmazonError):  # what Amazon says of it helps people, and is no reason to wait
                rejection = self._report(feed).rejection
                words = rejection.words if rejection else ""
        self._rejected(requests, FAILED_FEEDS[feed.status], feed.status, words)

    def _rejected(self, requests: Sequence[CancellationRequest], code: str, status: str, words: str) -> None:
        detail = wording("Amazon did not process the request: %(status)s.", status=status)
        if "MerchantIdentifier" in words:
            code = "merchant_token_wrong"  # not one order's fault: smaller feeds would not help
            detail = wording("%(words)s Enter the merchant token on the account's page.", words=words)
        elif words:
            detail = wording("Amazon did not process the request: %(status)s. %(words)s", status=status, words=words)
        self.put_back(requests, code, detail, needs_a_person=True)

    def _report(self, feed: FeedReading) -> ProcessingReport:
        """Read the report, and from it the account's merchant token where nobody has entered it."""
        report = self.feeding.report(feed.result_document_id)
        if report.merchant_token and not self.account.merchant_token:
            self.account.merchant_token = report.merchant_token
            SellerAccount.objects.filter(pk=self.account.pk, merchant_token="").update(
                merchant_token=report.merchant_token
            )
        return report

    def _take_answer(self, request: CancellationRequest, refusal: Refusal | None, *, is_accepted: bool) -> None:
        """One order's part of the report.

        The order is read before a refusal is believed: an order that an earlier feed canceled, whose number was lost
        in a crash, is refused as canceled already. Amazon's words are kept first, for whoever finds that they are true.
        """
        if refusal is None and is_accepted:
            self.accepted(request)
            return
        if refusal is not None:
            CancellationRequest.objects.filter(
                pk=request.pk, state=CancellationRequestState.SENT, attempts=request.attempts
            ).update(error_code=refusal.code, error_detail=refusal.words)
        with suppress(AmazonRejected):  # Amazon does not show the order: then its words are all there is
            read_order_again(
                account=self.account,
                gateway=self.feeding.gateway,
                amazon_order_id=request.amazon_order.amazon_order_id,
                now=self.clock(),
            )
        request = self.requests().get(pk=request.pk)
        if request.state == CancellationRequestState.ACCEPTED:
            self.report.accepted += 1
        elif request.state == CancellationRequestState.REFUSED:
            self.report.refused += 1
        elif self.is_settled(request):
            return
        elif refusal is not None:
            self.refused(request, refusal)
        else:
            words = wording("Amazon processed the request without saying what came of it.")
            self.put_back([request], "result_missing", words, needs_a_person=True)
