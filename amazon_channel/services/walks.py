"""A walk over the pages of one search: what was asked, how far it got. Kept, so that the next run goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from amazon_channel.gateway.client import Window
from amazon_channel.models import PullState, SellerAccount

TOKENS_LIVE = timedelta(hours=23)  # Amazon: 24 hours


@dataclass(slots=True)
class Walk:
    """``until`` is Amazon's own upper bound on the first page; ``moves_cursor`` is off where a gap would be left.

    ``token_at`` is when Amazon gave ``token``, which lives a day.
    """

    window: Window
    token_at: datetime
    moves_cursor: bool = True
    until: datetime | None = None
    token: str | None = None

    def go_on(self, token: str, *, now: datetime) -> None:
        """Amazon gave the token of the next page."""
        self.token, self.token_at = token, now

    def as_json(self) -> dict[str, Any]:
        assert self.window.last_updated_after is not None
        return {
            "since": self.window.last_updated_after.isoformat(),
            "marketplaces": list(self.window.marketplace_ids),
            "token_at": self.token_at.isoformat(),
            "moves_cursor": self.moves_cursor,
            "until": self.until.isoformat() if self.until else None,
            "token": self.token,
        }


def begin_walk(account: SellerAccount, state: PullState, *, since: datetime | None, now: datetime) -> Walk:
    """From ``since``; without it from the cursor less an overlap, or some days back at the first time.

    Orders can become visible after others that changed later, hence the overlap (Amazon, "Get orders with filtering
    criteria").
    """
    marketplaces = tuple(account.marketplaces)
    if since is not None:
        return Walk(
            window=Window(since, marketplaces),
            token_at=now,
            moves_cursor=state.cursor is None or since <= state.cursor,
        )
    if state.cursor is not None:
        start = state.cursor - timedelta(seconds=settings.AMAZON_OVERLAP_SECONDS)
    else:
        start = now - timedelta(days=settings.AMAZON_FIRST_PULL_DAYS)
    return Walk(window=Window(start, marketplaces), token_at=now)


def resume_walk(account: SellerAccount, state: PullState, *, now: datetime) -> Walk | None:
    """The walk that an earlier run had to leave; ``None`` when its token is no longer good."""
    kept = state.walk
    if not kept or not kept["token"]:
        return None
    token_at = datetime.fromisoformat(kept["token_at"])
    if now - token_at > TOKENS_LIVE or kept["marketplaces"] != account.marketplaces:
        return None
    return Walk(
        window=Window(datetime.fromisoformat(kept["since"]), tuple(kept["marketplaces"])),
        token_at=token_at,
        moves_cursor=kept["moves_cursor"],
        until=datetime.fromisoformat(kept["until"]) if kept["until"] else None,
        token=kept["token"],
    )
