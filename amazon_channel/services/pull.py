"""The only way in: reading what changed at Amazon since the cursor."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from amazon_channel.gateway.client import AmazonGateway, OrderPage
from amazon_channel.gateway.errors import (
    AmazonError,
    AmazonMisconfigured,
    AmazonProtocolError,
    AmazonRejected,
    AmazonTransient,
)
from amazon_channel.models import PullState, SellerAccount, SyncRun
from amazon_channel.services.accounts import clear_error, record_error
from amazon_channel.services.batch import PageResult
from amazon_channel.services.budgets import SEARCH_ORDERS, Budget
from amazon_channel.services.leases import LEASE, Lease, LeaseLost, take_lease
from amazon_channel.services.reading_again import read_waiting_orders
from amazon_channel.services.runs import close_abandoned_runs
from amazon_channel.services.store import decide_again, store_page
from amazon_channel.services.walks import Walk, begin_walk, resume_walk
from project.checkpoints import checkpoint

logger = logging.getLogger(__name__)

PAUSE_AFTER_MISCONFIGURATION = timedelta(minutes=15)
WAITING_CODES = frozenset({"throttled", "budget_empty"})


def pull_orders(
    *, account: SellerAccount, since: datetime | None = None, clock: Callable[[], datetime] = timezone.now
) -> SyncRun:
    """Read every page of what changed, store it, and move the cursor last.

    Returns the finished run, failed or not; its error also stands on the account. A run that had to stop keeps its
    place, and the next one goes on from there. Raises ``PullRunning`` when another worker reads this account, and
    lets errors of our own database through; then nothing but whole pages is stored and the cursor has not moved.
    """
    lease = take_lease(account, now=clock())
    close_abandoned_runs(account, now=clock())
    run = SyncRun.objects.create(account=account, started_at=clock())
    pull = Pull(account, lease=lease, run=run, clock=clock)
    try:
        pull.read(since)
    except AmazonError as error:
        pull.stop(error)
    except LeaseLost:
        pull.finish(SyncRun.Outcome.FAILED, code="lease_lost", detail="Another worker took over")
    except BaseException:  # also a worker's time limit
        pull.keep_place()
        pull.finish(SyncRun.Outcome.FAILED, code="unexpected", detail="See the log")
        raise
    else:
        clear_error(account)
        pull.finish(SyncRun.Outcome.DONE)
    return run


class Pull:
    """One run for one account, under its lease."""

    def __init__(self, account: SellerAccount, *, lease: Lease, run: SyncRun, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.lease = lease
        self.run = run
        self.clock = clock
        self.gateway = AmazonGateway(account.credentials, region=account.region)
        self.budget = Budget(account, SEARCH_ORDERS)
        self.counts = PageResult()
        self.walk: Walk | None = None

    def read(self, since: datetime | None) -> None:
        state = PullState.objects.get(account=self.account)
        resumed = resume_walk(self.account, state, now=self.clock()) if since is None else None
        if resumed is not None:
            self._walk_or_restart(resumed)
            state.refresh_from_db()  # what changed since that walk began is still to be read
        self._walk_or_restart(begin_walk(self.account, state, since=since, now=self.clock()))
        self.counts.add(decide_again(account=self.account, now=self.clock()))
        self.counts.add(
            read_waiting_orders(account=self.account, gateway=self.gateway, now=self.clock(), check=self.lease.check)
        )

    def _walk_or_restart(self, walk: Walk) -> None:
        """Amazon refuses a token that is too old; then the same window is asked for once more from its start."""
        try:
            self._walk(walk)
        except AmazonRejected:
            if walk.token is None:
                raise
            logger.warning("Account %s: the pagination token was refused; the walk starts anew", self.account.pk)
            walk.token = None
            self._walk(walk)

    def _walk(self, walk: Walk) -> None:
        self.walk = walk
        tokens = {walk.token}
        while True:
            page = self._next_page(walk)
            checkpoint("CP_PAGE_FETCHED")
            self.counts.add(
                store_page(
                    account=self.account,
                    orders=page.orders,
                    now=self.clock(),
                    check=self.lease.check,
                )
            )
            self.run.pages += 1
            if walk.token is None:
                walk.until = page.last_updated_before
            if page.next_token is None:
                break
            if page.next_token in tokens:
                walk.token = None
                raise AmazonProtocolError("page_loop", "Amazon gave the same page again")
            walk.go_on(page.next_token, now=self.clock())
            tokens.add(walk.token)
            self._keep_lease(walk)
        self.walk = None
        columns: dict[str, object] = {"walk": None}
        if walk.until is None:
            logger.warning("Account %s: Amazon did not say up to when it looked; the cursor stays", self.account.pk)
        elif walk.moves_cursor:
            columns["cursor"] = walk.until
        self.lease.update(**columns)
        checkpoint("CP_CURSOR_MOVED")

    def _next_page(self, walk: Walk) -> OrderPage:
        self.budget.spend(self.clock())
        try:
            page = self.gateway.search_orders(walk.window, token=walk.token)
        except AmazonTransient as error:
            if error.code == "throttled":
                error.retry_after = self.budget.exhaust(self.clock())
            raise
        self.budget.learn(page.rate, self.clock())
        return page

    def _keep_lease(self, walk: Walk) -> None:
        now = self.clock()
        if self.lease.is_worn(now):
            self.lease.update(leased_until=now + LEASE, walk=walk.as_json())
            self.lease.until = now + LEASE

    def keep_place(self, **columns: object) -> None:
        """Let the next run go on here, if the lease is still ours; orders already stored stay, the cursor too."""
        self.lease.states().update(walk=self.walk.as_json() if self.walk else None, **columns)

    def stop(self, error: AmazonError) -> None:
        """Keep the place and say why."""
        now = self.clock()
        columns: dict[str, object] = {}
        if isinstance(error, AmazonTransient) and error.retry_after:
            columns["not_before"] = now + timedelta(seconds=error.retry_after)
        elif isinstance(error, AmazonMisconfigured):
            columns["not_before"] = now + PAUSE_AFTER_MISCONFIGURATION
        self.keep_place(**columns)
        if error.code in WAITING_CODES:
            self.finish(SyncRun.Outcome.WAITING, code=error.code, detail=error.detail)
        else:
            logger.error("Pull of account %s stopped: %s", self.account.pk, error)
            record_error(self.account, error, now=now)
            self.finish(SyncRun.Outcome.FAILED, code=error.code, detail=error.detail)

    def finish(self, outcome: SyncRun.Outcome, *, code: str = "", detail: str = "") -> None:
        """Give the lease back, if it is still ours, and complete the run's row."""
        now = self.clock()
        released: dict[str, object] = {"leased_until": None, "pulled_at": now}
        if outcome == SyncRun.Outcome.DONE:
            released |= {"succeeded_at": now, "not_before": None}
        self.lease.states().update(**released)
        run = self.run
        run.outcome, run.error_code, run.error_detail, run.finished_at = outcome, code, detail, now
        run.api_calls = self.gateway.calls
        run.cursor = PullState.objects.values_list("cursor", flat=True).get(account=self.account)
        for name in PageResult.__slots__:
            setattr(run, name, getattr(self.counts, name))
        run.save()
