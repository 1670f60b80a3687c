"""The raw floor: the rows of an import once more, by ``executemany`` or ``COPY``, into the same tables."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from amazon_channel.models import AmazonOrder, AmazonOrderItem
from commerce_orders.models import Order, OrderEvent, OrderLine
from customers.models import Contact, Customer

IN_ORDER_OF_REFERENCE = (Contact, Customer, Order, OrderLine, OrderEvent, AmazonOrder, AmazonOrderItem)


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Floor:
    seconds: float
    rows: int


def raw_floor() -> Floor:
    """Empty the tables of the import and write their rows back, all in one transaction."""
    tables = [_read(model) for model in IN_ORDER_OF_REFERENCE]
    for table in reversed(tables):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table.name}")
    write = _copy if connection.vendor == "postgresql" else _execute_many
    started = time.perf_counter()
    with transaction.atomic():
        for table in tables:
            write(table)
    return Floor(time.perf_counter() - started, sum(len(table.rows) for table in tables))


def _read(model: Any) -> Table:
    name, columns = model._meta.db_table, tuple(field.column for field in model._meta.local_concrete_fields)
    with connection.cursor() as cursor:
        # As text, so that COPY takes JSON as it stands.
        casts = {
            field.column: "::text" for field in model._meta.local_concrete_fields if "JSON" in type(field).__name__
        }
        selected = (
            f"{column}{casts.get(column, '')}" if connection.vendor == "postgresql" else column for column in columns
        )
        cursor.execute(f"SELECT {', '.join(selected)} FROM {name} ORDER BY id")
        return Table(name, columns, cursor.fetchall())


def _execute_many(table: Table) -> None:
    marks = ", ".join(["?"] * len(table.columns))
    connection.connection.executemany(
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})", table.rows
    )


def _copy(table: Table) -> None:
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN") as copy,
    ):
        for row in table.rows:
            copy.write_row(row)
