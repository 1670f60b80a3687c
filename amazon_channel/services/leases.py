"""Who may read an account's orders now: one worker, by lease and fence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from amazon_channel.models import PullState, SellerAccount

LEASE = timedelta(minutes=10)
RENEWED_BEFORE = timedelta(minutes=9)  # so the place is kept each minute, within the time limit of a job


class PullRunning(Exception):
    """Another worker reads this account's orders."""


class LeaseLost(Exception):
    """Another worker took over, because this one was silent for too long. Nothing more may be stored."""


@dataclass(slots=True)
class Lease:
    """The right to store pages of one account. ``fence`` grows with every lease given.

    ``unended_runs`` is how many holders before this one died without ending their run.
    """

    account: SellerAccount
    fence: int
    until: datetime
    unended_runs: int = 0

    def check(self) -> None:
        """Lock the account's row to the end of the transaction, or raise ``LeaseLost``."""
        if not self.states().select_for_update().exists():
            raise LeaseLost

    def is_worn(self, now: datetime) -> bool:
        return self.until - now < RENEWED_BEFORE

    def update(self, **columns: object) -> None:
        """Change the account's pull state, if the lease is still ours."""
        if not self.states().update(**columns):
            raise LeaseLost

    def states(self) -> QuerySet[PullState]:
        """The account's pull state; none when another worker took over."""
        return PullState.objects.filter(account=self.account, fence=self.fence)


def take_lease(account: SellerAccount, *, now: datetime) -> Lease:
    """Raises ``PullRunning``. A lease that its holder did not renew is taken over.

    The run counts as one that died until it ends, which is written before any of its work.
    """
    taken = PullState.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), account=account).update(
        fence=F("fence") + 1, leased_until=now + LEASE, unended_runs=F("unended_runs") + 1
    )
    if not taken:
        raise PullRunning
    fence, unended_runs = PullState.objects.values_list("fence", "unended_runs").get(account=account)
    return Lease(account, fence, now + LEASE, unended_runs - 1)


def lock_account(account: SellerAccount) -> None:
    """Make stores of one account wait for each other, for those who read without a lease."""
    PullState.objects.select_for_update().get(account=account)
