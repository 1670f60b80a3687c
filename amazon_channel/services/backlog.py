"""Windows that are left to be read: kept when a walk stops, halved when Amazon gives up their token, done at the end.

Every change happens under the lease, together with what it means for the cursor.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from amazon_channel.gateway.client import PAGE_TOKENS_LIVE
from amazon_channel.gateway.errors import AmazonProtocolError
from amazon_channel.models import PullState, ReadingWindow
from amazon_channel.services.leases import Lease
from commerce_orders.wording import wording
from project.checkpoints import checkpoint

logger = logging.getLogger(__name__)

# While so many interrupted pulls wait, they come first: what is new would only be interrupted too.
MOST_HOLDING_CURSOR = 10
SHORTEST = timedelta(seconds=2)  # Amazon's bounds are whole seconds
MOST_RESTARTS = 3
PAUSE_WHEN_STUCK = timedelta(hours=1)
PAUSE_AFTER_FAULT = timedelta(minutes=15)


def keep_window(window: ReadingWindow, *, lease: Lease) -> None:
    """Store the place that a walk has reached, so that any later run goes on there.

    An open walk becomes a window up to where Amazon looked at its first page; live reading then goes on from there. A
    walk without a page, or without a word of Amazon on where it ends, has no place to keep; and where many wait that
    hold the cursor, one more is begun anew instead.
    """
    if window.pk is None:
        if not (window.token and window.updated_before):
            return
        if window.holds_cursor and _count_holding(window) >= MOST_HOLDING_CURSOR:
            return
    _save(window, lease=lease)


def finish_window(window: ReadingWindow, *, lease: Lease, covers: bool = False) -> None:
    """All pages are stored. The cursor goes to where live reading is, unless other windows still hold it.

    ``covers``: the walk read everything up to where Amazon looked, so that live reading is there now, and windows
    that lie inside of it need no reading any more.
    """
    with transaction.atomic():
        lease.check()
        if window.pk:
            window.delete()
        holding = ReadingWindow.objects.filter(account=window.account, holds_cursor=True)
        columns: dict[str, object] = {}
        if covers and not window.updated_before:
            logger.warning("Account %s: Amazon did not say up to when it looked; the cursor stays", window.account_id)
        elif covers:
            if window.since is not None:
                holding.filter(updated_after__gte=window.updated_after).delete()
            columns["read_to"] = window.updated_before
        elif not window.holds_cursor:
            return
        state = PullState.objects.get(account=window.account)
        read_to = columns.get("read_to", state.read_to)
        if read_to and not holding.exists():
            columns |= {"cursor": read_to, "read_to": None}
        if columns:
            lease.update(**columns)
    checkpoint("CP_CURSOR_MOVED")


def fit_window(window: ReadingWindow, *, marketplaces: list[str], now: datetime, lease: Lease) -> bool:
    """Make a kept window ready to be read on; whether there is still something to read in it.

    Its filters stay as they were, whatever the account's are by now, except that nothing more is read of a
    marketplace that was taken away. A token that is too old is not tried.
    """
    kept = [marketplace for marketplace in window.marketplaces if marketplace in marketplaces]
    if not kept:
        finish_window(window, lease=lease)
        return False
    if kept != window.marketplaces:
        window.marketplaces, window.token, window.is_bounded = kept, "", True
    elif window.token and window.token_at and now - window.token_at > PAGE_TOKENS_LIVE:
        split_window(window, now=now, lease=lease)
        return False
    return True


def split_window(window: ReadingWindow, *, now: datetime, lease: Lease) -> None:
    """Amazon's token is gone, and nobody knows what its pages held: halve the window by time, to be read anew.

    Halves are asked for with both bounds, so this ends at two seconds; such a window is begun anew a few times.
    Raises ``AmazonProtocolError`` when that does not help either; it is tried again an hour later.
    """
    length = window.updated_before - window.updated_after
    window.token, window.token_at, window.is_bounded = "", None, True
    if length < SHORTEST:
        window.restarts += 1
        if window.restarts > MOST_RESTARTS:
            window.restarts, window.not_before = 0, now + PAUSE_WHEN_STUCK
            _save(window, lease=lease)
            raise AmazonProtocolError(
                "window_stuck",
                wording(
                    "Amazon does not let the changes be read to their end: %(since)s to %(until)s UTC", **window.span
                ),
            )
        _save(window, lease=lease)
        return
    logger.warning("Account %s: a pagination token was refused; its window is halved", window.account_id)
    middle = (window.updated_after + length / 2).replace(microsecond=0)
    with transaction.atomic():
        lease.check()
        if window.pk is None and window.holds_cursor:
            lease.update(read_to=window.updated_before)
        ReadingWindow.objects.create(
            account=window.account,
            updated_after=middle,
            updated_before=window.updated_before,
            is_bounded=True,
            marketplaces=window.marketplaces,
            holds_cursor=window.holds_cursor,
            since=window.since,
        )
        window.updated_before = middle
        window.save()


def postpone_window(window: ReadingWindow, *, now: datetime, lease: Lease) -> None:
    """Something about this window is wrong; the others go first for a while."""
    if window.pk:
        window.not_before = max(window.not_before or now, now + PAUSE_AFTER_FAULT)
        _save(window, lease=lease)


def _count_holding(window: ReadingWindow) -> int:
    return ReadingWindow.objects.filter(account=window.account_id, holds_cursor=True).count()


def _save(window: ReadingWindow, *, lease: Lease) -> None:
    with transaction.atomic():
        lease.check()
        if window.pk is None and window.holds_cursor:
            lease.update(read_to=window.updated_before)
        window.save()
