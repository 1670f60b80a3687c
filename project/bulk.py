"""Many rows in one statement.

Django's ``bulk_create`` spends most of its time on model instances and on preparing each value through its field;
an import of orders writes some hundred values per order. This keeps Django's tables, quoting and conflict clauses,
and takes plain mappings. Rows bring every value that is not a field's default; nothing is validated but by the
database's own constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

import orjson
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.constants import OnConflict

Row = Mapping[str, Any]
Converter = Callable[[Any], Any]
Some = TypeVar("Some")

PORTION = 500

STORED_AS_THEY_ARE = (
    models.AutoField,
    models.BooleanField,
    models.CharField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
)


def in_portions(things: Iterable[Some], size: int = PORTION) -> Iterator[list[Some]]:
    """No database takes any number of values in one statement."""
    iterator = iter(things)
    while portion := list(islice(iterator, size)):
        yield portion


def insert_rows(
    model: type[models.Model], rows: Sequence[Row], *, unique: Sequence[str] = (), update: Sequence[str] = ()
) -> list[int]:
    """Insert ``rows`` (values by ``attname``, such as ``order_id``); returns their primary keys in that order.

    A row that conflicts on the columns of ``unique`` updates those of ``update`` instead. All rows have the same
    keys; columns that they leave out get the field's default. No statement for no rows.
    """
    return insert_and_ask(model, rows, unique=unique, update=update)[0]


def insert_and_ask(
    model: type[models.Model],
    rows: Sequence[Row],
    *,
    question: models.QuerySet[Any] | None = None,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
) -> tuple[list[int], bool]:
    """As ``insert_rows``, and whether ``question`` finds any row, which the same statement answers.

    So what nearly always has nothing to do costs no statement of its own. No for no rows.
    """
    if not rows:
        return [], False
    meta, quote = model._meta, connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if not field.primary_key or field.attname in rows[0]]
    table = quote(meta.db_table)
    source, parameters = _source(fields, [_values(field, rows) for field in fields], table)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"INSERT INTO {table} ({columns}) {source}"
    if unique:
        columns_of = {field.attname: field.column for field in meta.local_concrete_fields}
        statement += " " + connection.ops.on_conflict_suffix_sql(
            fields,
            OnConflict.UPDATE,
            [columns_of[name] for name in update],
            [columns_of[name] for name in unique],
        )
    returned = quote(str(meta.pk.column))
    if question is not None:
        asked, its_parameters = question.order_by().values("pk")[:1].query.sql_with_params()
        returned, parameters = f"{returned}, EXISTS ({asked})", [*parameters, *its_parameters]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {returned}", parameters)
        found = cursor.fetchall()
    return [row[0] for row in found], question is not None and bool(found[0][1])


def _source(
    fields: Sequence[models.Field[Any, Any]], columns: Sequence[list[Any]], table: str
) -> tuple[str, list[Any]]:
    """Where the rows come from, and the statement's parameters."""
    if connection.vendor == "postgresql":
        # One document instead of a mark per value, which the driver would look for and fill in one by one.
        names = [str(field.column) for field in fields]
        document = orjson.dumps(
            [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], default=_plain
        )
        selected = ", ".join(map(connection.ops.quote_name, names))
        return f"SELECT {selected} FROM json_populate_recordset(NULL::{table}, %s)", [document.decode()]  # noqa: S608
    marks = f"({', '.join(['%s'] * len(fields))})"
    return f"VALUES {', '.join([marks] * len(columns[0]))}", [
        value for row in zip(*columns, strict=True) for value in row
    ]


def _plain(value: Any) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "obj"):  # psycopg's wrapping of bytes
        return f"\\x{bytes(value.obj).hex()}"
    raise TypeError(f"{type(value).__name__} cannot be written")


def _values(field: models.Field[Any, Any], rows: Sequence[Row]) -> list[Any]:
    name, convert = field.attname, _converter(field, connection)
    values = [row[name] for row in rows] if name in rows[0] else [field.get_default()] * len(rows)
    return [None if value is None else convert(value) for value in values] if convert else values


def _converter(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Converter | None:
    """What has to be done to a value; ``None`` where it is taken as it is."""
    if isinstance(field, STORED_AS_THEY_ARE) and not hasattr(field, "from_db_value"):
        return None
    if isinstance(field, models.JSONField | models.DateTimeField | models.DecimalField):
        if connection.vendor == "postgresql":
            return None
        if isinstance(field, models.JSONField):
            return _json
        return _naive_utc if isinstance(field, models.DateTimeField) else str
    return lambda value: field.get_db_prep_save(value, connection=connection)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _naive_utc(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))
