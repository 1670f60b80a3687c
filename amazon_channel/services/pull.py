"""The only way in: reading what changed at Amazon since the cursor."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from amazon_channel.gateway.errors import OUT_OF_CALLS, AmazonError, AmazonMisconfigured, AmazonTransient
from amazon_channel.models import PullState, ReadingWindow, SellerAccount, SyncRun
from amazon_channel.services.access_tokens import open_gateway
from amazon_channel.services.account_errors import clear_error, record_error
from amazon_channel.services.backlog import MOST_HOLDING_CURSOR, finish_window, fit_window, postpone_window
from amazon_channel.services.batch import PageResult
from amazon_channel.services.budgets import LIVE_RESERVE, SEARCH_ORDERS, Budget
from amazon_channel.services.leases import Lease, LeaseLost, take_lease
from amazon_channel.services.page_reader import PageReader
from amazon_channel.services.pull_runs import close_abandoned_runs
from amazon_channel.services.quarantine import watch_for
from amazon_channel.services.reading_again import read_waiting_orders
from amazon_channel.services.store import decide_again
from amazon_channel.services.walks import begin_walk
from commerce_orders.wording import wording

logger = logging.getLogger(__name__)

POLLS_PAUSED = 2  # after a misconfiguration, which somebody may mend at any time
ENDED_WELL = OUT_OF_CALLS | {"time_up"}
WAITING_CODES = ENDED_WELL | {"window_waits"}


def pull_orders(
    *,
    account: SellerAccount,
    since: datetime | None = None,
    clock: Callable[[], datetime] = timezone.now,
    time_limit: timedelta | None = None,
) -> SyncRun:
    """Read every page of what changed, store it, and move the cursor last; then go on with what was left earlier.

    ``since`` reads everything that changed from then on, and what the budget does not allow now is left to later
    runs, which go on by themselves. ``time_limit`` ends the run at the next page, for callers that are killed later.

    Returns the finished run, failed or not; its error also stands on the account. A run that had to stop keeps its
    place, and the next one goes on from there. Raises ``PullRunning`` when another worker reads this account, and
    lets errors of our own database through; then nothing but whole pages is stored and the cursor has not moved.
    """
    lease = take_lease(account, now=clock())
    close_abandoned_runs(account, now=clock())
    run = SyncRun.objects.create(account=account, started_at=clock())
    pull = Pull(account, lease=lease, run=run, clock=clock, time_limit=time_limit)
    try:
        pull.read(since)
    except AmazonError as error:
        pull.stop(error)
    except LeaseLost:
        pull.finish(SyncRun.Outcome.FAILED, code="lease_lost", detail=wording("Another worker took over"))
    except BaseException:  # also a worker's time limit
        pull.finish(SyncRun.Outcome.FAILED, code="unexpected", detail=wording("See the log"))
        raise
    else:
        clear_error(account, now=clock())
        pull.finish(SyncRun.Outcome.DONE)
    return run


class LiveIsDue(Exception):
    """It is time to read what is new before the backlog goes on."""


class Pull:
    """One run for one account, under its lease.

    What is new comes first, so that a long backlog never delays it. The backlog gets the calls above a reserve; where
    the budget does not reach for both, the two take turns from run to run.
    """

    def __init__(
        self,
        account: SellerAccount,
        *,
        lease: Lease,
        run: SyncRun,
        clock: Callable[[], datetime],
        time_limit: timedelta | None,
    ) -> None:
        self.account = account
        self.lease = lease
        self.run = run
        self.clock = clock
        self.gateway = open_gateway(account, clock=clock)
        self.watch = watch_for(lease)
        self.reader = PageReader(
            account,
            gateway=self.gateway,
            budget=Budget(account, SEARCH_ORDERS),
            lease=lease,
            watch=self.watch,
            clock=clock,
        )
        self.counts = PageResult()
        self.time_limit = time_limit
        self.live_read_at = run.started_at
        self.is_reading_live = False
        self.is_live_read = False
        self.is_backlogs_turn = False

    def read(self, since: datetime | None) -> None:
        state = PullState.objects.get(account=self.account)
        left = ReadingWindow.objects.filter(account=self.account)
        holding = list(left.due(self.clock()).values_list("holds_cursor", flat=True))
        self.is_backlogs_turn = bool(holding) and (state.is_backlogs_turn or sum(holding) >= MOST_HOLDING_CURSOR)
        if since is not None and not left.filter(since=since).exists():
            self._read_since(state, since)
        elif since is None and not self.is_backlogs_turn:
            self._read_live()
        pages = self.reader.pages
        stopped = self._read_backlog()
        is_out_of_calls = stopped is not None and stopped.code in OUT_OF_CALLS
        if self.is_backlogs_turn and (self.reader.pages == pages or not is_out_of_calls):
            self._read_live()
        self.is_backlogs_turn = is_out_of_calls and self.reader.pages == pages
        self._read_single_orders()
        if stopped is None and (window := left.order_by("not_before").first()):
            stopped = self._wait_for(window)
        if stopped is not None:
            raise stopped

    def _wait_for(self, window: ReadingWindow) -> AmazonTransient:
        """Something is left, be it postponed, or halved just now."""
        wait = (window.not_before - self.clock()) / timedelta(seconds=1) if window.not_before else None
        detail = wording("Still to be read: %(since)s to %(until)s UTC", **window.span)
        return AmazonTransient("window_waits", detail, retry_after=wait)

    def _read_live(self) -> None:
        """What changed since the last time, whose end is where Amazon looks up to now."""
        self.is_reading_live, self.live_read_at = True, self.clock()
        state = PullState.objects.get(account=self.account)
        window = begin_walk(self.account, state, since=None, now=self.clock())
        if self.reader.read(window, keep=0, before_page=self._check_time):
            finish_window(window, lease=self.lease, covers=True)
        self.is_reading_live, self.is_live_read, self.live_read_at = False, True, self.clock()

    def _read_since(self, state: PullState, since: datetime) -> None:
        window = begin_walk(self.account, state, since=since, now=self.clock())
        try:
            if self.reader.read(window, keep=LIVE_RESERVE, before_page=self._before_page_of_backlog):
                covers = window.holds_cursor or (state.cursor is not None and since <= state.cursor)
                finish_window(window, lease=self.lease, covers=covers)
        except LiveIsDue:
            self._read_live()

    def _read_backlog(self) -> AmazonError | None:
        """Go on with what was left earlier; returns what stopped it, or what is wrong with one of the windows."""
        fault: AmazonError | None = None
        keep = 0 if self.is_backlogs_turn else LIVE_RESERVE
        while window := ReadingWindow.objects.filter(account=self.account).due(self.clock()).first():
            try:
                if not fit_window(window, marketplaces=self.account.marketplaces, now=self.clock(), lease=self.lease):
                    continue
                if self.reader.read(window, keep=keep, before_page=self._before_page_of_backlog):
                    finish_window(window, lease=self.lease)
            except LiveIsDue:
                self._read_live()
            except (AmazonTransient, AmazonMisconfigured) as error:
                return error
            except AmazonError as error:
                logger.warning("Account %s: a window cannot be read now: %s", self.account.pk, error)
                postpone_window(window, now=self.clock(), lease=self.lease)
                fault = fault or error
        return fault

    def _read_single_orders(self) -> None:
        self.counts.add(decide_again(account=self.account, now=self.clock(), check=self.lease.check, watch=self.watch))
        self.counts.add(
            read_waiting_orders(
                account=self.account,
                gateway=self.gateway,
                now=self.clock(),
                check=self.lease.check,
                watch=self.watch,
            )
        )

    def _before_page_of_backlog(self) -> None:
        """A long run must not delay what is new either. Raises ``LiveIsDue``."""
        self._check_time()
        if self.reader.pages and self.clock() - self.live_read_at >= timedelta(seconds=settings.AMAZON_PULL_SECONDS):
            raise LiveIsDue

    def _check_time(self) -> None:
        limit = self.time_limit
        if limit is not None and self.reader.pages and self.clock() - self.run.started_at >= limit:
            raise AmazonTransient("time_up", wording("The rest is read in the next run"))

    def stop(self, error: AmazonError) -> None:
        """Say why, and until when to wait. An empty budget keeps the backlog waiting, not what is new."""
        now = self.clock()
        if self.is_reading_live:  # the rest of what is new is the first thing to go on with
            self.is_backlogs_turn = error.code in OUT_OF_CALLS
        pause: timedelta | None = None
        if isinstance(error, AmazonMisconfigured):
            pause = POLLS_PAUSED * timedelta(seconds=settings.AMAZON_PULL_SECONDS)
        elif isinstance(error, AmazonTransient) and error.retry_after:
            pause = timedelta(seconds=error.retry_after)
        if pause is not None:
            self.run.goes_on_at = now + pause
            if self.is_reading_live or error.code not in {"budget_empty", "window_waits"}:
                self.lease.states().update(not_before=now + pause)
        if error.code in WAITING_CODES:
            if self.is_live_read and error.code in ENDED_WELL:
                clear_error(self.account, now=now)
            self.finish(SyncRun.Outcome.WAITING, code=error.code, detail=error.detail)
        else:
            logger.error("Pull of account %s stopped: %s", self.account.pk, error)
            record_error(self.account, error, now=now)
            self.finish(SyncRun.Outcome.FAILED, code=error.code, detail=error.detail)

    def finish(self, outcome: SyncRun.Outcome, *, code: str = "", detail: str = "") -> None:
        """Give the lease back, if it is still ours, and complete the run's row."""
        now = self.clock()
        released: dict[str, object] = {
            "leased_until": None,
            "pulled_at": now,
            "is_backlogs_turn": self.is_backlogs_turn,
            "unended_runs": 0,
        }
        if self.watch is not None:
            released["suspects"] = {} if outcome == SyncRun.Outcome.DONE else self.watch.kills
        if outcome == SyncRun.Outcome.DONE or (outcome == SyncRun.Outcome.WAITING and self.is_live_read):
            released["succeeded_at"] = now
        if outcome == SyncRun.Outcome.DONE:
            released["not_before"] = None
        self.lease.states().update(**released)
        run = self.run
        run.outcome, run.error_code, run.error_detail, run.finished_at = outcome, code, detail, now
        run.api_calls = self.gateway.calls
        run.pages = self.reader.pages
        run.cursor = PullState.objects.values_list("cursor", flat=True).get(account=self.account)
        self.counts.add(self.reader.counts)
        for name in PageResult.__slots__:
            setattr(run, name, getattr(self.counts, name))
        run.save()
