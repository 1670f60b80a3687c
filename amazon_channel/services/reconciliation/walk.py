"""Proving completeness: what Amazon lists as created in a window against what is stored."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from amazon_channel.gateway.client import OrderPage, Window
from amazon_channel.gateway.errors import (
    OUT_OF_CALLS,
    AmazonError,
    AmazonMisconfigured,
    AmazonProtocolError,
    AmazonRejected,
    AmazonTransient,
)
from amazon_channel.models import Reconciliation, SellerAccount
from amazon_channel.services.access_tokens import open_gateway
from amazon_channel.services.account_errors import record_error
from amazon_channel.services.budgets import SEARCH_ORDERS, Budget
from amazon_channel.services.leases import LeaseLost
from amazon_channel.services.reconciliation.audits import audit_orders
from amazon_channel.services.reconciliation.comparing import compare_page
from amazon_channel.services.reconciliation.completeness import complete_run
from amazon_channel.services.reconciliation.place import Place, WalkStuck
from amazon_channel.services.reconciliation.runs import (
    LEASE,
    MOST_PAGES,
    NIGHTLY_DAYS,
    Hold,
    count_differences,
    end,
    hold,
    open_reconciliation,
)
from commerce_orders.wording import wording

logger = logging.getLogger(__name__)

KEPT_FOR_PULLS = 5.0  # of a bucket of 20: a quarter of an hour of pulls
RETRY_AFTER = timedelta(minutes=5)
RETRY_AFTER_MISCONFIGURATION = timedelta(minutes=15)


def reconcile_orders(
    *,
    account: SellerAccount,
    days: int = NIGHTLY_DAYS,
    since: datetime | None = None,
    asked_by: str = "",
    clock: Callable[[], datetime] = timezone.now,
) -> Reconciliation:
    """Compare and repair now, as far as Amazon's budget goes; returns the run as it stands.

    A run that had to stop keeps its place, and the next call or the next sweep goes on from there. Then orders that
    no list shows are asked for one by one. Raises ``WindowRefused`` and ``ReconciliationRunning``; errors of our own
    database are let through, with whole pages compared.
    """
    run = open_reconciliation(account=account, days=days, since=since, asked_by=asked_by, now=clock())
    go_on(run=run, account=account, clock=clock)
    if run.is_complete:
        audit_orders(account=account, clock=clock)
        run.refresh_from_db()
    return run


def go_on(
    *,
    run: Reconciliation,
    account: SellerAccount,
    clock: Callable[[], datetime] = timezone.now,
    stretch: timedelta | None = None,
) -> None:
    """Walk on from where ``run`` stands until its end, a fault, or the end of ``stretch``; ``run`` is brought up to
    date. Raises ``ReconciliationRunning``.
    """
    held = hold(run, now=clock())
    if run.finished_at is None:
        walk = _Walk(held, account, clock=clock)
        try:
            walk.go_on(stretch)
        except LeaseLost:
            logger.warning("Reconciliation %s: another worker took over", run.pk)
        except WalkStuck:
            end(run, code="token_refused", detail=wording("Amazon refuses one page token after the other"), now=clock())
        except AmazonError as error:
            walk.stop(error)
    run.refresh_from_db()


class _Walk:
    """One worker's part of a run."""

    def __init__(self, held: Hold, account: SellerAccount, *, clock: Callable[[], datetime]) -> None:
        self.hold = held
        self.run = held.run
        self.account = account
        self.clock = clock
        self.place = Place.from_json(self.run.place)
        self.gateway = open_gateway(account, clock=clock)
        self.budget = Budget(account, SEARCH_ORDERS)

    def go_on(self, stretch: timedelta | None) -> None:
        begun_at = self.clock()
        while self.place.spans:
            if stretch is not None and self.clock() - begun_at > stretch:
                self.hold.update(leased_until=None)
                return
            self._compare_next_page()
        complete_run(hold=self.hold, account=self.account, now=self.clock())

    def _compare_next_page(self) -> None:
        if self.run.pages >= MOST_PAGES:
            raise WalkStuck
        if self.place.is_token_worn(self.clock()):
            self._restart()
        page = self._read_page()
        if page is None:
            return
        is_fruitful = compare_page(hold=self.hold, account=self.account, orders=page.orders, now=self.clock())
        if self.run.until is None and self.place.spans[0][1] is None:
            self.run.until = page.created_before
        now = self.clock()
        moves_on = self.place.turn_page(page.next_token, is_fruitful=is_fruitful, now=now)
        self.run.pages += 1
        self.run.amazon += len(page.orders)
        if not moves_on:
            self.place.restart(now=now)
        self._keep_place(leased_until=now + LEASE, attempts=0 if moves_on else self.run.attempts)
        if not moves_on:
            raise AmazonProtocolError("page_loop", wording("Amazon gave the same page again"))

    def _read_page(self) -> OrderPage | None:
        """The next page; ``None`` when Amazon refused its token, and the window is to be walked through again."""
        start, end = self.place.spans[0]
        window = Window(None, tuple(self.run.marketplaces), created_after=start, created_before=end)
        try:
            with self.budget.spending(self.clock, keep=KEPT_FOR_PULLS):
                page = self.gateway.search_orders(window, token=self.place.token)
        except AmazonRejected:
            if self.place.token is None:
                raise
            logger.warning("Reconciliation %s: the pagination token was refused; its window starts anew", self.run.pk)
            self._restart()
            return None
        self.budget.learn(page.rate, self.clock())
        return page

    def _restart(self) -> None:
        now = self.clock()
        self.place.restart(now=now)
        self._keep_place(leased_until=now + LEASE)

    def _keep_place(self, **columns: object) -> None:
        self.hold.update(
            place=self.place.as_json(),
            pages=self.run.pages,
            amazon=self.run.amazon,
            until=self.run.until,
            api_calls=self.run.api_calls + self.gateway.calls,
            **columns,
        )

    def stop(self, error: AmazonError) -> None:
        """Keep the place and say why; what Amazon will refuse again ends the run."""
        now = self.clock()
        count_differences(self.run)
        if isinstance(error, AmazonMisconfigured):
            record_error(self.account, error, now=now)
        if isinstance(error, AmazonRejected):
            end(self.run, code=error.code, detail=error.detail, now=now)
            return
        wait = RETRY_AFTER_MISCONFIGURATION if isinstance(error, AmazonMisconfigured) else RETRY_AFTER
        if isinstance(error, AmazonTransient) and error.retry_after:
            wait = timedelta(seconds=error.retry_after)
        if error.code not in OUT_OF_CALLS:
            logger.error("Reconciliation %s of account %s waits: %s", self.run.pk, self.account.pk, error)
        gets_nowhere = isinstance(error, AmazonProtocolError)
        self.hold.rows().update(
            outcome=Reconciliation.Outcome.WAITING,
            leased_until=None,
            not_before=now + wait,
            attempts=self.run.attempts if gets_nowhere else 0,
            api_calls=self.run.api_calls + self.gateway.calls,
            error_code=error.code,
            error_detail=error.detail,
        )
