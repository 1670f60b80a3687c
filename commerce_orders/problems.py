"""What needs a person, and the register of those who know of it.

There is no table of problems: a problem stays where it arose, such as a refused shipment, and is gone when that is
well again. Each part of the program that can have some registers a source, and the Problems page shows them all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from commerce_orders.counting import count_each

COUNTED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    """An admin page that a problem is about; shown as mere text to those without ``permission``."""

    text: str
    address: str
    permission: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in the reader's language. ``words`` are the channel's own and hostile, like all from outside.

    ``may_be_retried`` is false where ``advice`` is all that helps.
    """

    key: int
    reason: str
    since: datetime
    what: str
    advice: str
    detail: str = ""
    words: str = ""
    about: tuple[Link, ...] = ()
    account: str = ""
    zone: str = "UTC"
    is_being_retried: bool = False
    may_be_retried: bool = True


class ProblemSource(Protocol):
    code: str
    view_permission: str
    retry_permission: str

    def reasons(self) -> Mapping[str, str | Promise]:
        """What can be wrong, most urgent first: stable code to name. No other source has the same codes."""

    def rows(self, reason: str, *, now: datetime, account: str = "") -> QuerySet[Any]:
        """The rows with that problem, found by an index. ``account`` as in ``Order.channel_account``; empty: all."""

    def rows_of_all(self, *, now: datetime) -> Sequence[QuerySet[Any]]:
        """``rows`` of all reasons, in as few querysets as there can be: every page counts them."""

    def since(self, reason: str) -> str:
        """The column, never empty, by which those rows are shown newest first; the index is in its order."""

    def describe(self, rows: Sequence[Any], *, reason: str, now: datetime) -> list[Problem]:
        """In a constant number of queries."""

    def retry(self, rows: Sequence[Any], *, reason: str, actor: str, now: datetime) -> int:
        """Put ``rows`` where workers find them, in the caller's transaction; how many it was. Harmless if repeated."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place among those of its reason. Pages go on behind it, so that none is counted or skipped."""

    since: datetime
    key: int

    def __str__(self) -> str:
        return f"{self.since.isoformat()},{self.key}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises ``ValueError``."""
        since, _, key = text.rpartition(",")
        place = cls(datetime.fromisoformat(since), int(key))
        if place.since.tzinfo is None:
            raise ValueError("a place needs a time zone")
        try:
            place.since.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("a place needs a time that there is in UTC") from error
        return place


_sources: dict[str, ProblemSource] = {}


def register(source: ProblemSource) -> None:
    _sources[source.code] = source


def sources() -> list[ProblemSource]:
    return list(_sources.values())


def source_of(reason: str) -> ProblemSource | None:
    return next((source for source in sources() if reason in source.reasons()), None)


def count_problems(sources: Collection[ProblemSource], *, now: datetime) -> dict[str, int]:
    """How many problems of each reason there are, none of them beyond ``COUNTED_AT_MOST``; one statement."""
    rows = {reason: source.rows(reason, now=now) for source in sources for reason in source.reasons()}
    return count_each(rows, at_most=COUNTED_AT_MOST)


def count_all_problems(sources: Collection[ProblemSource], *, now: datetime) -> int:
    """How many problems there are, of each queryset of a source at most ``COUNTED_AT_MOST``; one statement."""
    rows = {
        f"{source.code} {place}": each for source in sources for place, each in enumerate(source.rows_of_all(now=now))
    }
    return sum(count_each(rows, at_most=COUNTED_AT_MOST).values())


def newest_problems(
    source: ProblemSource, reason: str, *, now: datetime, account: str = "", behind: Place | None = None, limit: int
) -> list[Any]:
    """At most ``limit`` rows with that problem, newest first, from ``behind`` on."""
    since = source.since(reason)
    rows = source.rows(reason, now=now, account=account).order_by(f"-{since}", "-pk")
    if behind is not None:
        # The first condition is what an index can begin at.
        rows = rows.filter(
            Q(**{f"{since}__lt": behind.since}) | Q(pk__lt=behind.key), **{f"{since}__lte": behind.since}
        )
    return list(rows[:limit])


def place_of(row: Any, source: ProblemSource, reason: str) -> Place:
    return Place(getattr(row, source.since(reason)), row.pk)
