"""Tables with named columns in a CSV or XLSX file that somebody hands in, with the row numbers that people see."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from commerce_orders.cells import DELIMITERS, Cells, TableRefused, Unreadable, cell_text, is_filled, read_cells

__all__ = ["TableRefused", "TableRow", "read_table"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """``cells`` are trimmed texts by column name; ``faults`` say, by column name, why a cell has none.

    A column that the file does not have is in neither. What stands under no heading is a fault of the column ``""``.
    """

    number: int
    cells: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)


def read_table(
    file: BinaryIO, *, columns: Sequence[str], needed: Collection[str], most_rows: int
) -> Iterator[TableRow]:
    """The rows of ``file`` that are not blank, in order; raises ``TableRefused``, also halfway.

    The first row names the columns, in any order and case; names other than ``columns`` are refused, as a misspelt
    one would otherwise be ignored in silence.
    """
    rows = read_cells(file, most_rows=most_rows, choose_delimiter=lambda first: _delimiter(first, needed))
    with closing(rows):
        _number, header = next(rows)
        names = _checked_names(header, columns=columns, needed=needed)
        for number, cells in rows:
            yield _row(number, names, cells)


def _checked_names(header: Cells, *, columns: Sequence[str], needed: Collection[str]) -> list[str]:
    names = [(cell_text(cell) or "").casefold() for cell in header]
    while names and not names[-1]:
        names.pop()
    allowed = {"allowed": ", ".join(columns)}
    if missing := [name for name in needed if name not in names]:
        raise TableRefused(
            "column_missing",
            _("The first row must name the column %(column)s. Columns are: %(allowed)s.")
            % {"column": missing[0], **allowed},
        )
    for position, name in enumerate(names):
        if name not in columns:
            raise TableRefused(
                "column_unknown",
                _("There is no column “%(column)s”. Columns are: %(allowed)s.") % {"column": name[:60], **allowed},
            )
        if name in names[:position]:
            raise TableRefused("column_twice", _("The column %(column)s appears twice.") % {"column": name})
    return names


def _row(number: int, names: Sequence[str], cells: Cells) -> TableRow:
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for position, name in enumerate(names):
        cell = cells[position] if position < len(cells) else None
        text = cell_text(cell)
        if text is None:
            faults[name] = _fault(cell)
        else:
            texts[name] = text
    if is_filled(cells[len(names) :]):
        faults[""] = _("The row has more cells than the first row has names.")
    return TableRow(number, texts, faults)


def _fault(cell: Any) -> str:
    if isinstance(cell, Unreadable) and cell.kind == "formula":
        return _("The cell holds a formula, which is not evaluated. Paste its value.")
    if isinstance(cell, date | datetime | time | timedelta):
        return _("The cell is a date. Format the column as text and enter it again.")
    return _("The cell holds an error instead of a value.")


def _delimiter(header: str, needed: Collection[str]) -> str:
    """The one that makes names of the first row that we know; a comma where none does."""
    for delimiter in DELIMITERS:
        names = {name.strip().strip('"').casefold() for name in header.split(delimiter)}
        if names.issuperset(needed):
            return delimiter
    return ","
