"""Counting several lists at once without ever counting a whole table."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def count_each(rows: Mapping[str, QuerySet[Any]], *, at_most: int) -> dict[str, int]:
    """How many rows each of the querysets has, none counted beyond ``at_most``; one statement for all of them."""
    counts: list[str] = []
    params: list[Any] = []
    for each in rows.values():
        try:
            selected, its_params = each.order_by().values("pk")[:at_most].query.sql_with_params()
        except EmptyResultSet:  # Django knows that nothing can match
            selected, its_params = "SELECT 1 WHERE 1 = 0", ()
        counts.append(f"(SELECT COUNT(*) FROM ({selected}) AS counted)")  # noqa: S608
        params.extend(its_params)
    if not counts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", params)
        return dict(zip(rows, cursor.fetchone(), strict=True))
