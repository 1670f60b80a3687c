"""The rows of a sorted list, some at a time: a million of them take neither memory nor a transaction.

A portion begins behind the last row of the one before it, which an index finds as quickly at the end of a list as at
its beginning. Of a row that moves within the list meanwhile, the portions to come know only the new place.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.db import connections
from django.db.models import Q, QuerySet

PORTION = 1000


def walk(rows: QuerySet[Any], *, by: Sequence[str] = ("-pk",)) -> Iterator[list[Any]]:
    """``rows`` as ``order_by(*by)`` has them. Only the first of several fields may be empty in a row."""
    sorts = _unambiguous(rows, by)
    if not _may_be_empty(rows, sorts[0]):
        yield from _walk(rows, sorts)
        return
    # An index begins at a value, so the rows without one are walked by themselves.
    field, is_descending = _parts(sorts[0])
    valued, empty = rows.filter(**{f"{field}__isnull": False}), rows.filter(**{f"{field}__isnull": True})
    parts = [_walk(valued, sorts), walk(empty, by=sorts[1:])]
    is_empty_first = connections[rows.db].features.order_by_nulls_first != is_descending
    for part in reversed(parts) if is_empty_first else parts:
        yield from part


def _walk(rows: QuerySet[Any], sorts: Sequence[str]) -> Iterator[list[Any]]:
    last = None
    while some := list((rows.filter(_behind(last, sorts)) if last else rows).order_by(*sorts)[:PORTION]):
        yield some
        if len(some) < PORTION:
            return
        last = some[-1]


def _behind(last: Any, sorts: Sequence[str]) -> Q:
    """Databases take an index for ``a>=x AND (a>x OR id>y)``, not for the plain OR."""
    field, is_descending = _parts(sorts[0])
    side, value = "lt" if is_descending else "gt", attrgetter(field.replace("__", "."))(last)
    beyond = Q(**{f"{field}__{side}": value})
    return Q(**{f"{field}__{side}e": value}) & (beyond | _behind(last, sorts[1:])) if sorts[1:] else beyond


def _unambiguous(rows: QuerySet[Any], by: Sequence[str]) -> list[str]:
    """``by`` as far as the key, which no two rows share."""
    keys = {f"{sign}{name}" for sign in ("", "-") for name in ("pk", rows.model._meta.pk.name)}
    place = next((place for place, sort in enumerate(by) if sort in keys), len(by))
    return [*by[:place], by[place] if place < len(by) else "-pk"]


def _may_be_empty(rows: QuerySet[Any], sort: str) -> bool:
    field, _is_descending = _parts(sort)
    return field != "pk" and any(each.null for each in get_fields_from_path(rows.model, field))


def _parts(sort: str) -> tuple[str, bool]:
    return sort.removeprefix("-"), sort.startswith("-")
