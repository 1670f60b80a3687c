"""A walk over the pages of one search: what is asked, where it begins, and when its pages lead nowhere."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from amazon_channel.gateway.client import OrderPage, Window
from amazon_channel.gateway.errors import AmazonProtocolError
from amazon_channel.models import PullState, ReadingWindow, SellerAccount
from commerce_orders.wording import wording

# Pages in a row, empty or seen before, that are walked over; Amazon's filters can leave some of them empty.
MOST_IDLE_PAGES = 10


def search_of(window: ReadingWindow) -> Window:
    """What Amazon is asked for; the same for all pages."""
    return Window(
        window.updated_after,
        tuple(window.marketplaces),
        last_updated_before=window.updated_before if window.is_bounded else None,
    )


def begin_walk(account: SellerAccount, state: PullState, *, since: datetime | None, now: datetime) -> ReadingWindow:
    """From ``since``; without it from where live reading is less an overlap, or some days back at the first time.

    Orders can become visible after others that changed later, hence the overlap (Amazon, "Get orders with filtering
    criteria"). The row is not stored: a walk that comes to its end never needs it. Its end is known with the first
    page, because only Amazon's clock says how far one may look.
    """
    start = state.live_from
    if since is not None:
        after = since
    elif start is not None:
        after = start - timedelta(seconds=settings.AMAZON_OVERLAP_SECONDS)
    else:
        after = now - timedelta(days=settings.AMAZON_FIRST_PULL_DAYS)
    return ReadingWindow(
        account=account,
        updated_after=after,
        marketplaces=list(account.marketplaces),
        holds_cursor=since is None or start is None,
        since=since,
    )


class Progress:
    """Whether a walk still brings something, as one run sees it."""

    def __init__(self, window: ReadingWindow) -> None:
        self._tokens = {window.token}
        self._pages: set[int] = set()
        self._idle = 0

    def note(self, page: OrderPage) -> None:
        """Raises ``AmazonProtocolError`` where the pages after ``page`` would go on for ever."""
        content = hash(tuple(_version_of(raw) for raw in page.orders))
        self._idle = self._idle + 1 if not page.orders or content in self._pages else 0
        self._pages.add(content)
        if page.next_token is None:
            return
        if page.next_token in self._tokens:
            raise TokenRepeated("page_loop", wording("Amazon gave the same page again"))
        self._tokens.add(page.next_token)
        if self._idle >= MOST_IDLE_PAGES:
            raise AmazonProtocolError(
                "page_loop", wording("Amazon gave %(pages)s pages in a row with nothing new", pages=self._idle)
            )


class TokenRepeated(AmazonProtocolError):
    """A token that leads back to its own page: the walk can only start anew."""


def _version_of(raw: Any) -> tuple[str, ...]:
    """What tells one version of an order from others."""
    return (str(raw.get("orderId")), str(raw.get("lastUpdatedTime"))) if isinstance(raw, dict) else (repr(raw),)
