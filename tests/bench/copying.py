"""A table's rows many times over, by one statement of the database's own: some minutes for a million orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, models

STRIDE = 100_000  # between a row's key and that of its next copy; more than any table has rows to begin with


@dataclass(frozen=True)
class Copies:
    """Rows of ``first`` to ``last`` key, ``count`` times; the last copy is the youngest.

    ``begin`` is the number of the first copy, ``seconds`` how much older each is than the next.
    """

    first: int
    last: int
    begin: int
    count: int
    seconds: float

    @property
    def until(self) -> int:
        return self.begin + self.count


def copy_rows(
    model: type[models.Model],
    copies: Copies,
    *,
    copied: Sequence[type[models.Model]],
    columns: Mapping[str, str],
) -> None:
    """``columns`` are expressions in SQL of ``k``, the copy's number, for columns that are not just copied.

    Keys, and those that lead to a table of ``copied``, move on by the stride; times move back.
    """
    meta = model._meta
    fields = meta.local_concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(columns.get(str(field.column)) or _value(field, copies, copied) for field in fields)
    order = f'k.k, "{meta.pk.column}"'
    with connection.cursor() as cursor:
        cursor.execute(
            f'{_numbers(copies)} INSERT INTO "{meta.db_table}" ({names}) SELECT {values} FROM "{meta.db_table}", k '
            f'WHERE "{meta.pk.column}" BETWEEN {copies.first} AND {copies.last} ORDER BY {order}'
        )


def padded(text: str, width: int) -> str:
    """``text`` in SQL, filled up with noughts on the left."""
    if connection.vendor == "postgresql":
        return f"lpad(({text})::text, {width}, '0')"
    return f"substr('{'0' * width}' || ({text}), -{width})"


def _numbers(copies: Copies) -> str:
    return f"WITH RECURSIVE k(k) AS (SELECT {copies.begin} UNION ALL SELECT k + 1 FROM k WHERE k + 1 < {copies.until})"


def _value(field: "models.Field[object, object]", copies: Copies, copied: Sequence[type[models.Model]]) -> str:
    column = f'"{field.column}"'
    if field.primary_key or (isinstance(field, models.ForeignKey) and field.related_model in copied):
        return f"{column} + k * {STRIDE}"
    if isinstance(field, models.DateTimeField):
        seconds = f"round(({copies.until} - 1 - k) * {copies.seconds})"
        if connection.vendor == "postgresql":
            return f"{column} - make_interval(secs => {seconds})"
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || {seconds} || ' seconds')"
    return column
