"""Counting several lists at once without ever counting a whole table."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

NAMED_AT_MOST = 500

Rows = TypeVar("Rows", bound="QuerySet[Any]")


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
