"""Reading the pages of one window after another and storing them, within one run."""

import logging
from collections.abc import Callable
from datetime import datetime

from amazon_channel.gateway.client import AmazonGateway, OrderPage
from amazon_channel.gateway.errors import AmazonRejected
from amazon_channel.models import ReadingWindow, SellerAccount
from amazon_channel.services.backlog import keep_window, split_window
from amazon_channel.services.batch import PageResult
from amazon_channel.services.budgets import Budget
from amazon_channel.services.leases import LEASE, Lease, LeaseLost
from amazon_channel.services.quarantine import Watch
from amazon_channel.services.store import store_page
from amazon_channel.services.walks import Progress, TokenRepeated, search_of
from project.checkpoints import checkpoint

logger = logging.getLogger(__name__)


class PageReader:
    """Reads windows for one run, under its lease; counts what it did.

    ``before_page`` is called before each page and may raise to stop the walk.
    """

    def __init__(
        self,
        account: SellerAccount,
        *,
        gateway: AmazonGateway,
        budget: Budget,
        lease: Lease,
        watch: Watch | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._budget = budget
        self._lease = lease
        self._watch = watch
        self._clock = clock
        self.counts = PageResult()
        self.pages = 0

    def read(self, window: ReadingWindow, *, keep: float, before_page: Callable[[], None]) -> bool:
        """Read and store the window from where it is to its end; ``False`` when it was halved instead.

        Leaves ``keep`` calls in the budget. Whatever stops it, the place is kept.
        """
        try:
            return self._read_or_split(window, keep=keep, before_page=before_page)
        except LeaseLost:
            raise
        except BaseException as error:  # also a worker's time limit
            if isinstance(error, TokenRepeated):
                window.token, window.is_bounded = "", window.pk is not None
            keep_window(window, lease=self._lease)
            raise

    def _read_or_split(self, window: ReadingWindow, *, keep: float, before_page: Callable[[], None]) -> bool:
        try:
            self._read(window, keep=keep, before_page=before_page)
        except AmazonRejected:
            if not window.token:
                raise
            if window.updated_before:
                split_window(window, now=self._clock(), lease=self._lease)
                return False
            logger.warning("Account %s: a pagination token was refused; its walk starts anew", self._account.pk)
            window.token = ""
            self._read(window, keep=keep, before_page=before_page)
        return True

    def _read(self, window: ReadingWindow, *, keep: float, before_page: Callable[[], None]) -> None:
        progress = Progress(window)
        while True:
            before_page()
            page = self._next_page(window, keep=keep)
            checkpoint("CP_PAGE_FETCHED")
            self.counts.add(
                store_page(
                    account=self._account,
                    orders=page.orders,
                    now=self._clock(),
                    check=self._lease.check,
                    watch=self._watch,
                )
            )
            self.pages += 1
            window.pages += 1
            if not window.token and not window.is_bounded and page.last_updated_before:
                window.updated_before = page.last_updated_before
            if page.next_token is None:
                return
            window.token, window.token_at = page.next_token, self._clock()
            progress.note(page)
            self._keep_place(window)

    def _next_page(self, window: ReadingWindow, *, keep: float) -> OrderPage:
        with self._budget.spending(self._clock, keep=keep):
            page = self._gateway.search_orders(search_of(window), token=window.token or None)
        self._budget.learn(page.rate, self._clock())
        return page

    def _keep_place(self, window: ReadingWindow) -> None:
        """With each page of a window that waits, because calls are scarce; with others now and then."""
        now = self._clock()
        is_worn = self._lease.is_worn(now)
        if window.pk or is_worn:
            keep_window(window, lease=self._lease)
        if is_worn:
            self._lease.update(leased_until=now + LEASE)
            self._lease.until = now + LEASE
