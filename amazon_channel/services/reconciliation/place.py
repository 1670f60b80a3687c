"""Where a reconciliation stands: windows still to be walked through, and the next page of the first one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from amazon_channel.gateway.client import PAGE_TOKENS_LIVE

SMALLEST_HALVED = timedelta(hours=2)
BARREN_PAGES = 5
MOST_RESTARTS = 30  # from two years down to an hour, and then some

Span = tuple[datetime, datetime | None]


class WalkStuck(Exception):
    """Amazon refuses token after token, even for the smallest windows."""


@dataclass(slots=True)
class Place:
    """``spans`` are the windows left, each from a time to another, the last one without an end.

    ``barren`` counts pages in a row that brought no order that was not seen before, which after a restart is so for
    ``patience`` pages.
    """

    spans: list[Span]
    token: str | None = None
    token_at: datetime | None = None
    walked: int = 0
    barren: int = 0
    patience: int = BARREN_PAGES
    restarts: int = 0

    @classmethod
    def from_the_start(cls, since: datetime) -> Self:
        return cls([(since, None)])

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        spans = [
            (datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
            for start, end in kept["spans"]
        ]
        token_at = datetime.fromisoformat(kept["token_at"]) if kept["token_at"] else None
        return cls(**kept | {"spans": spans, "token_at": token_at})

    def as_json(self) -> dict[str, Any]:
        return {
            "spans": [[start.isoformat(), end.isoformat() if end else None] for start, end in self.spans],
            "token": self.token,
            "token_at": self.token_at.isoformat() if self.token_at else None,
            "walked": self.walked,
            "barren": self.barren,
            "patience": self.patience,
            "restarts": self.restarts,
        }

    def is_token_worn(self, now: datetime) -> bool:
        return self.token_at is not None and now - self.token_at > PAGE_TOKENS_LIVE

    def turn_page(self, next_token: str | None, *, is_fruitful: bool, now: datetime) -> bool:
        """A page was compared; go to the next. ``False`` when Amazon leads in a circle."""
        self.walked += 1
        self.barren = 0 if is_fruitful else self.barren + 1
        if next_token is None:
            self.spans.pop(0)
            self.token, self.token_at, self.walked, self.barren, self.patience = None, None, 0, 0, BARREN_PAGES
            return True
        if next_token == self.token or self.barren > self.patience:
            return False
        self.token, self.token_at = next_token, now
        return True

    def restart(self, *, now: datetime) -> None:
        """The token is no longer good: walk through this window again, halved where that is worth a call.

        Raises ``WalkStuck`` when this happens over and over.
        """
        self.restarts += 1
        if self.restarts > MOST_RESTARTS:
            raise WalkStuck
        start, end = self.spans[0]
        length = (end or now) - start
        if length >= SMALLEST_HALVED:
            middle = (start + length / 2).replace(microsecond=0)  # Amazon is asked in whole seconds
            self.spans[0:1] = [(start, middle), (middle, end)]
        self.patience = max(self.patience, BARREN_PAGES + self.walked)
        self.token, self.token_at, self.walked, self.barren = None, None, 0, 0
