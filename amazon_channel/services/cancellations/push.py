"""Cancellations on their way to Amazon and back: the run that empties the outbox."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from amazon_channel.gateway.errors import AmazonError, AmazonMisconfigured
from amazon_channel.models import SellerAccount
from amazon_channel.services.account_errors import record_error
from amazon_channel.services.cancellations.feeding import Feeding
from amazon_channel.services.cancellations.results import CancellationResults
from amazon_channel.services.cancellations.run import CancellationReport
from amazon_channel.services.cancellations.sending import CancellationSending


def push_cancellations(*, account: SellerAccount, clock: Callable[[], datetime] = timezone.now) -> CancellationReport:
    """Read the answers to what was sent, then send what is due in one feed.

    Several workers may do so at once: each row is claimed by compare-and-set. Reading and sending have budgets of
    their own, so that an error in one (``report.error``) does not keep the other back.
    """
    started_at = clock()
    report = CancellationReport()
    feeding = Feeding(account, clock=clock)
    results = CancellationResults(account, feeding=feeding, report=report, clock=clock)
    sending = CancellationSending(account, feeding=feeding, report=report, clock=clock)
    for step in (results.read_answers, sending.send_due):
        try:
            step()
        except AmazonError as error:
            report.error = report.error or error
            if isinstance(error, AmazonMisconfigured):
                record_error(account, error, now=clock())
                break
    if report.error:
        report.retry_later += sending.due(started_at).count()  # what was put back is due later than that
    return report
