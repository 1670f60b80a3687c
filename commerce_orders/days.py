"""Days as people's clocks have them: each begins and ends at other moments in every time zone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Q, Value, When


def start_of_day(day: date, zone: str) -> datetime:
    """When the day begins on the clock of ``zone`` (an IANA name), also where that clock leaves midnight out."""
    try:
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:  # the very first day, east of Greenwich
        return datetime.min.replace(tzinfo=UTC)


def within_days(field: str, first: date | None, last: date | None, *, clocks: Mapping[str, Q]) -> Q:
    """Rows whose ``field`` is on these days, both included, on the row's own clock; ``clocks`` has all rows by theirs.

    Where the days begin and end at once on all clocks it is one range. Else it is the range around them all, which an
    index finds, and the row's own bounds.
    """
    wanted = Q()
    if first:
        wanted &= _bound(f"{field}__gte", first, clocks, outermost=min)
    if last and last < date.max:  # no day comes after that one
        wanted &= _bound(f"{field}__lt", last + timedelta(days=1), clocks, outermost=max)
    return wanted


def _bound(
    lookup: str, day: date, clocks: Mapping[str, Q], *, outermost: Callable[[Iterable[datetime]], datetime]
) -> Q:
    """On the right side of the day's beginning. An OR of ranges would have SQLite collect and sort all of them."""
    rows_by_start: dict[datetime, Q] = defaultdict(Q)
    for zone, rows in (clocks or {"UTC": Q()}).items():
        rows_by_start[start_of_day(day, zone)] |= rows
    widest = Q(**{lookup: outermost(rows_by_start)})
    *others, (usual, _rows) = rows_by_start.items()
    if not others:
        return widest
    own = Case(*(When(rows, then=Value(start)) for start, rows in others), default=Value(usual))
    return widest & Q(**{lookup: own})
