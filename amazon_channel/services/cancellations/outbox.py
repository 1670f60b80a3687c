"""Writing down what Amazon must be asked to cancel, in the transaction that decided it."""

from datetime import datetime

from amazon_channel.models import AmazonOrder, CancellationRequest
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
