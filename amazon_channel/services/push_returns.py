"""Pushing at Amazon's rate: what one run may not send is sent by jobs that come back when it may be."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from amazon_channel.gateway.errors import OUT_OF_CALLS
from amazon_channel.models import SellerAccount, ShipmentConfirmation
from amazon_channel.services.budgets import CONFIRM_SHIPMENT, Budget
from amazon_channel.services.push import PushReport, push_shipments
from amazon_channel.states import ConfirmationState
from project import jobs


def push_and_return(*, account: SellerAccount, clock: Callable[[], datetime] = timezone.now) -> PushReport:
    """``push_shipments``, and where Amazon's rate ends it, a job that goes on; one for all workers of the account.

    The sweep alone would send one burst a minute, a twelfth of what Amazon allows.
    """
    report = push_shipments(account=account, clock=clock)
    if report.error is not None and report.error.code in OUT_OF_CALLS:
        return_later(account=account, now=clock())
    return report


def return_later(*, account: SellerAccount, now: datetime) -> timedelta | None:
    """Ring for a push once there are calls for it; how long that is, or ``None`` where nothing waits for it."""
    waiting = ShipmentConfirmation.objects.of_account(account).filter(
        state=ConfirmationState.WAITING, error_code__in=["", *OUT_OF_CALLS]
    )
    if not waiting.exists():
        return None
    wait = Budget(account, CONFIRM_SHIPMENT).book_return(now)
    if wait is not None:
        jobs.ring_later("amazon_channel.tasks.push_account", account.pk, wait=wait)
    return wait
