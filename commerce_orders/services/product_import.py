"""Products from a file: every row is judged, and all are stored or none."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from commerce_orders.channels import installed_channels
from commerce_orders.models import Product
from commerce_orders.services.catalogue import (
    CONTROL_CHARACTERS,
    LONGEST_SKU,
    MOST_ON_HAND,
    skus_getting_products,
)
from commerce_orders.tables import TableRow, read_table
from project.bulk import Row, in_portions, insert_rows

logger = logging.getLogger(__name__)

COLUMNS = ("sku", "name", "quantity", "active")
MOST_ROWS = 100_000
LONGEST_NAME = 500
WHOLE_NUMBER = re.compile(r"([0-9]{1,12})(\.0{1,2})?")  # not "1.000", which is a thousand to many
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
STORED = ("name", "is_active", "quantity")


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    NOT_STORED = "not_stored"  # a good row of a file that was refused for another one


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What a row does, or would do; ``errors`` are sentences by column."""

    row: int
    sku: str
    outcome: Outcome
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ImportReport:
    rows: Sequence[RowOutcome]
    is_stored: bool

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome == outcome for row in self.rows)


@dataclass(frozen=True, slots=True)
class _ProductRow:
    """What a row sets, by columns of the product; what it leaves out, or leaves blank, stays as it is."""

    number: int
    sku: str
    values: dict[str, Any]
    errors: dict[str, str]


def import_products(*, file: BinaryIO, actor: str, now: datetime, dry_run: bool) -> ImportReport:
    """Create and change the products of a CSV or XLSX file, in one transaction.

    With any refused row, or with ``dry_run``, nothing is stored and the report says what would be. Open orders with
    the SKUs of new products get them. Raises ``TableRefused`` for a file that is no such table. A number of statements
    per 500 rows; rows that change nothing are not written.
    """
    rows = _read(file)
    stored = _stored([row.sku for row in rows if not row.errors])
    is_refused = any(row.errors for row in rows)
    is_stored = not dry_run and not is_refused
    outcomes = [RowOutcome(row.number, row.sku, _outcome(row, stored.get(row.sku)), row.errors) for row in rows]
    if is_refused and not dry_run:
        outcomes = [_not_stored(outcome) for outcome in outcomes]
    if is_stored:
        _store(rows, stored, now=now)
    report = ImportReport(outcomes, is_stored)
    if is_stored:
        counts = {outcome.value: report.count(outcome) for outcome in Outcome}
        logger.info("%s: %s imported products: %s", now.isoformat(), actor, counts)
    return report


def _read(file: BinaryIO) -> list[_ProductRow]:
    first_seen: dict[str, int] = {}
    rows = []
    for row in read_table(file, columns=COLUMNS, needed=["sku"], most_rows=MOST_ROWS):
        product = _judge(row)
        earlier = first_seen.setdefault(product.sku, product.number)
        if product.sku and earlier != product.number:
            product.errors["sku"] = _("Row %(row)s has this SKU already.") % {"row": earlier}
        rows.append(product)
    return rows


def _judge(row: TableRow) -> _ProductRow:
    cells, errors = row.cells, dict(row.faults)
    values: dict[str, Any] = {}
    sku, name = cells.get("sku", ""), cells.get("name", "")
    if "sku" not in errors and (not 0 < len(sku) <= LONGEST_SKU or CONTROL_CHARACTERS.search(sku)):
        errors["sku"] = _("A SKU has 1 to %(longest)s characters and no line breaks.") % {"longest": LONGEST_SKU}
    if len(name) > LONGEST_NAME or CONTROL_CHARACTERS.search(name):
        errors["name"] = _("A name has at most %(longest)s characters and no line breaks.") % {"longest": LONGEST_NAME}
    elif name:
        values["name"] = name
    if quantity := cells.get("quantity"):
        number = WHOLE_NUMBER.fullmatch(quantity)
        if number is None or int(number[1]) > MOST_ON_HAND:
            errors["quantity"] = _("“%(value)s” is not a whole number from 0 to %(most)s.") % {
                "value": quantity[:40],
                "most": MOST_ON_HAND,
            }
        else:
            values["quantity"] = int(number[1])
    if active := cells.get("active"):
        if active.casefold() not in YES_OR_NO:
            errors["active"] = _("“%(value)s” is not one of: %(allowed)s.") % {
                "value": active[:40],
                "allowed": ", ".join(YES_OR_NO),
            }
        else:
            values["is_active"] = YES_OR_NO[active.casefold()]
    return _ProductRow(row.number, sku, values, errors)


def _stored(skus: Sequence[str]) -> dict[str, Row]:
    """The products that are there, by SKU."""
    stored: dict[str, Row] = {}
    for some in in_portions(skus):
        for product in Product.objects.filter(sku__in=some).values("pk", "sku", *STORED):
            stored[product["sku"]] = product
    return stored


def _outcome(row: _ProductRow, product: Row | None) -> Outcome:
    if row.errors:
        return Outcome.REFUSED
    if product is None:
        return Outcome.CREATED
    return Outcome.UPDATED if _changes(row, product) else Outcome.UNCHANGED


def _not_stored(row: RowOutcome) -> RowOutcome:
    """What a row would have done had no other been refused."""
    has_done_nothing = row.outcome in (Outcome.CREATED, Outcome.UPDATED)
    return replace(row, outcome=Outcome.NOT_STORED) if has_done_nothing else row


def _changes(row: _ProductRow, product: Row) -> bool:
    return any(product[column] != value for column, value in row.values.items())


def _store(rows: Sequence[_ProductRow], stored: Mapping[str, Row], *, now: datetime) -> None:
    new = [row for row in rows if row.sku not in stored]
    changed = [row for row in rows if row.sku in stored and _changes(row, stored[row.sku])]
    changed.sort(key=lambda row: stored[row.sku]["pk"])  # locked by key as everywhere, whatever the file's order
    skus = [row.sku for row in new]
    with transaction.atomic():
        # Open orders get the new products and are locked for it, which whoever ships one is before its products.
        with skus_getting_products(skus, channels=installed_channels() if new else [], now=now):
            _write(new, now=now)
        _write(changed, now=now)


def _write(rows: Sequence[_ProductRow], *, now: datetime) -> None:
    for some in in_portions(rows):
        locked = Product.objects.filter(sku__in=[row.sku for row in some]).order_by("pk")
        # As they are now, not as they were when the rows were judged: units may have left meanwhile.
        current = {product["sku"]: product for product in locked.select_for_update(no_key=True).values("sku", *STORED)}
        insert_rows(
            Product,
            [{**_as_stored(row, current.get(row.sku)), "sku": row.sku, "updated_at": now} for row in some],
            unique=["sku"],
            update=[*STORED, "updated_at"],
        )


def _as_stored(row: _ProductRow, product: Row | None) -> Row:
    before = product or {"name": "", "is_active": True, "quantity": 0}
    return {column: row.values.get(column, before[column]) for column in STORED}
