"""Counting several lists at once without ever counting a whole table."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

NAMED_AT_MOST = 500
MORE_FOR_SECONDS = 60

Rows = TypeVar("Rows", bound="QuerySet[Any]")


class LongLists:
    """Which lists had more rows than are counted. For a minute they are taken to have them still.

    To count them costs most, and where thousands are too many, a minute changes nothing. Shorter lists are counted
    each time, so what somebody does shows at once. Each process remembers for itself.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str, str, int], float] = {}

    def __contains__(self, key: tuple[str, str, int]) -> bool:
        return self._until.get(key, 0) > monotonic()

    def add(self, key: tuple[str, str, int]) -> None:
        self._until[key] = monotonic() + MORE_FOR_SECONDS

    def clear(self) -> None:
        self._until.clear()


long_lists = LongLists()


def count_lists(group: str, rows: Mapping[str, QuerySet[Any]], *, at_most: Mapping[str, int]) -> dict[str, int]:
    """As ``count_each``, for a fixed ``group`` of lists whose length everybody sees, but see ``LongLists``."""
    known = {name: at_most[name] for name in rows if (group, name, at_most[name]) in long_lists}
    counts = known | count_each({name: each for name, each in rows.items() if name not in known}, at_most=at_most)
    for name, count in counts.items():
        if count == at_most[name] and name not in known:
            long_lists.add((group, name, count))
    return counts


def count_each(rows: Mapping[str, QuerySet[Any]], *, at_most: int | Mapping[str, int]) -> dict[str, int]:
    """How many rows each of the querysets has, none counted beyond its ``at_most``; one statement for all of them."""
    limits = at_most if isinstance(at_most, Mapping) else dict.fromkeys(rows, at_most)
    counts: list[str] = []
    params: list[Any] = []
    for name, each in rows.items():
        try:
            selected, its_params = each.order_by().values("pk")[: limits[name]].query.sql_with_params()
        except EmptyResultSet:  # Django knows that nothing can match
            selected, its_params = "SELECT 1 WHERE 1 = 0", ()
        counts.append(f"(SELECT COUNT(*) FROM ({selected}) AS counted)")  # noqa: S608
        params.extend(its_params)
    if not counts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", params)
        return dict(zip(rows, cursor.fetchone(), strict=True))


def among(rows: Rows, keys: QuerySet[Any]) -> Rows:
    """Those of ``rows`` whose key is among ``keys``, a queryset of one column. Looks at once whether these are few.

    Few are then named one by one. For a subquery, of which it does not know how little it finds, PostgreSQL may read
    all rows in the order that is wanted, until enough of them are in it; where it finds many, that is quickest.
    """
    few = [next(iter(row.values())) for row in keys[: NAMED_AT_MOST + 1]]
    return rows.filter(pk__in=keys if len(few) > NAMED_AT_MOST else few)
