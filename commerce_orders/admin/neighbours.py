"""The orders beside one in a sorted list, found by an index and not by their position."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Addresses of the list and of the orders beside; empty where there is none."""

    list_address: str = ""
    previous: str = ""
    next: str = ""


def find_neighbours(rows: QuerySet[Any], row: Model, ordering: tuple[str, str]) -> tuple[int | None, int | None]:
    """Keys of the rows before and after ``row``, which need not be in the list any more itself.

    ``ordering`` is a field and the key, both in the same direction. Nobody is beside a row without a value.
    """
    field = ordering[0].removeprefix("-")
    value = getattr(row, field)
    if value is None:
        return None, None
    forward, backward = ("lt", "gt") if ordering[0].startswith("-") else ("gt", "lt")
    turned = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in ordering]
    return (
        _first(rows.order_by(*turned), field, value, row.pk, backward),
        _first(rows.order_by(*ordering), field, value, row.pk, forward),
    )


def _first(rows: QuerySet[Any], field: str, value: Any, key: int, side: str) -> int | None:
    # The first condition is what an index can begin at.
    beyond = rows.filter(Q(**{f"{field}__{side}": value}) | Q(**{f"pk__{side}": key}), **{f"{field}__{side}e": value})
    return beyond.values_list("pk", flat=True).first()
