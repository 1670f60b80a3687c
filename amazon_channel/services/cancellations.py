"""Cancellations on their way to Amazon and back: the outbox, and the run that empties it."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from amazon_channel.gateway.errors import AmazonError, AmazonMisconfigured
from amazon_channel.models import AmazonOrder, CancellationRequest, SellerAccount
from amazon_channel.services.account_errors import record_error
from amazon_channel.services.cancellation_results import CancellationResults
from amazon_channel.services.cancellation_run import CancellationReport
from amazon_channel.services.cancellation_sending import CancellationSending
from amazon_channel.services.feeding import Feeding
from amazon_channel.states import Problem
from commerce_orders.models import Cancellation
from project import jobs
from project.checkpoints import checkpoint


def queue_cancellation(*, cancellation: Cancellation, amazon_order: AmazonOrder, now: datetime) -> CancellationRequest:
    """Store that Amazon must be asked and ring for a worker, in the caller's transaction."""
    request = CancellationRequest.objects.create(
        amazon_order=amazon_order, cancellation=cancellation, not_before=now, created_at=now
    )
    checkpoint("CP_CANCELLATION_WRITTEN")
    amazon_order.clear_problem(Problem.CANCELLATION_REFUSED)  # this asks anew
    jobs.ring("amazon_channel.tasks.push_cancellations", amazon_order.account_id)
    return request


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
