"""The error that stands on a seller account: since when, until which call succeeds, and trying again."""

from collections.abc import Sequence
from datetime import datetime

from amazon_channel.gateway.errors import NEEDS_A_PERSON, AmazonError, AmazonMisconfigured
from amazon_channel.models import CancellationRequest, PullState, SellerAccount, ShipmentConfirmation
from amazon_channel.models.cancellations import CancellationRequestQuerySet
from amazon_channel.models.confirmations import ShipmentConfirmationQuerySet
from amazon_channel.states import CancellationRequestState, ConfirmationState
from project import jobs


def record_error(account: SellerAccount, error: AmazonError, *, now: datetime) -> None:
    """Show ``error`` on the account; the time of the first one stays."""
    since = account.error_since if account.error_code == error.code else now
    account.error_code, account.error_detail, account.error_since = error.code, error.detail, since
    account.save(update_fields=["error_code", "error_detail", "error_since"])


def clear_error(account: SellerAccount, *, now: datetime) -> None:
    """Orders can be read. What waits because Amazon denies another call is no better for it, and is shown instead."""
    if not account.error_code:
        return
    if denial := _denial(account):
        record_error(account, denial, now=now)
        return
    account.error_code, account.error_detail, account.error_since = "", "", None
    account.save(update_fields=["error_code", "error_detail", "error_since"])


def retry_accounts(*, accounts: Sequence[SellerAccount], now: datetime) -> int:
    """Have their orders read now, also where a pull was put off, and what is due or was denied be sent; how many.

    If a job is lost, the next sweep does it.
    """
    for account in accounts:
        PullState.objects.filter(account=account).update(not_before=None)
        for denied in _denied(account):
            denied.update(not_before=now)
        for task in ("pull_account", "push_account", "push_cancellations"):
            jobs.ring(f"amazon_channel.tasks.{task}", account.pk)
    return len(accounts)


def _denied(account: SellerAccount) -> tuple[ShipmentConfirmationQuerySet, CancellationRequestQuerySet]:
    """Shipments and cancellations that wait because Amazon denied them."""
    return (
        ShipmentConfirmation.objects.of_account(account).filter(
            state=ConfirmationState.WAITING, error_code__in=NEEDS_A_PERSON
        ),
        CancellationRequest.objects.of_account(account).filter(
            state=CancellationRequestState.WAITING, error_code__in=NEEDS_A_PERSON
        ),
    )


def _denial(account: SellerAccount) -> AmazonMisconfigured | None:
    for denied in _denied(account):
        if (row := denied.first()) is not None:
            return AmazonMisconfigured(row.error_code, row.error_detail)
    return None
