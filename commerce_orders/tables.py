"""Rows of a CSV or XLSX file that somebody hands in, with the numbers that people see beside them.

Read one by one, so that a long file needs no more memory than a short one. What a file really is counts, not what it
is called. Formulas are not evaluated; only the first sheet of a workbook is read.
"""

import csv
import io
import zipfile
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Literal

from django.utils.translation import gettext as _
from openpyxl import load_workbook

LARGEST_FILE = 50 * 2**20  # bytes
LARGEST_UNPACKED = 200 * 2**20  # bytes; what 100,000 long rows take, several times over
MOST_COLUMNS = 50
LAST_ROW = 1_048_576  # of a sheet, blank rows included
BEGINNING = 4096
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t")

Cells = Sequence[Any]


class TableRefused(Exception):
    """The file as a whole cannot be read: a stable code, and a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


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
    file.seek(0, io.SEEK_END)
    if file.tell() > LARGEST_FILE:
        raise TableRefused(
            "file_too_large", _("The file is larger than %(most)s MB. Split it.") % {"most": LARGEST_FILE // 2**20}
        )
    file.seek(0)
    beginning = file.read(BEGINNING)
    file.seek(0)
    if not beginning.strip():
        raise TableRefused("file_empty", _("The file is empty."))
    rows = _xlsx_rows(file) if beginning.startswith(ZIP) else _csv_rows(file, beginning, needed)
    with closing(rows):
        filled = _filled(rows, most_rows=most_rows)
        _number, header = next(filled, (0, ()))
        if not header:
            raise TableRefused("file_empty", _("The file is empty."))
        names = _checked_names(header, columns=columns, needed=needed)
        for count, (number, cells) in enumerate(filled, start=1):
            if count > most_rows:
                raise _too_many_rows(most_rows)
            yield _row(number, names, cells)


def _filled(rows: Iterator[Cells], *, most_rows: int) -> Iterator[tuple[int, Cells]]:
    for number, cells in enumerate(rows, start=1):
        if number > LAST_ROW:  # blank ones: the library fills every row before the one that a sheet names
            raise _too_many_rows(most_rows)
        if _is_filled(cells):
            yield number, cells


def _too_many_rows(most_rows: int) -> TableRefused:
    return TableRefused(
        "too_many_rows", _("The file has more than %(most)s rows. Split it.") % {"most": f"{most_rows:,}"}
    )


def _checked_names(header: Cells, *, columns: Sequence[str], needed: Collection[str]) -> list[str]:
    names = [(_text(cell) or "").casefold() for cell in header]
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
        text = _text(cell)
        if text is None:
            faults[name] = _fault(cell)
        else:
            texts[name] = text
    if _is_filled(cells[len(names) :]):
        faults[""] = _("The row has more cells than the first row has names.")
    return TableRow(number, texts, faults)


def _is_filled(cells: Cells) -> bool:
    return any(_text(cell) != "" for cell in cells)


# Cells


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell of a workbook without a value of its own."""

    kind: Literal["formula", "error"]


def _text(cell: Any) -> str | None:
    """As a person would write it; ``None`` where that cannot be said."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return None


def _fault(cell: Any) -> str:
    if isinstance(cell, Unreadable) and cell.kind == "formula":
        return _("The cell holds a formula, which is not evaluated. Paste its value.")
    if isinstance(cell, date | datetime | time | timedelta):
        return _("The cell is a date. Format the column as text and enter it again.")
    return _("The cell holds an error instead of a value.")


# CSV


def _csv_rows(file: BinaryIO, beginning: bytes, needed: Collection[str]) -> Generator[Cells]:
    if beginning.startswith(OLD_EXCEL):
        raise TableRefused(
            "old_excel",
            _("This is an old or a protected Excel file. Save it as .xlsx without a password, or as CSV UTF-8."),
        )
    if beginning.startswith(UTF_16):
        raise TableRefused("not_utf_8", _("The file is in UTF-16. Save it as CSV UTF-8."))
    if b"\x00" in beginning:
        raise TableRefused("no_table", _("This is neither CSV nor XLSX."))
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        text.seek(0)
        yield from csv.reader(text, delimiter=_delimiter(first, needed), strict=True)
    except UnicodeDecodeError as error:
        raise TableRefused("not_utf_8", _("The file is not in UTF-8. Save it as CSV UTF-8.")) from error
    except csv.Error as error:
        raise TableRefused(
            "no_table", _("The file cannot be read as CSV: a quotation mark is not closed, or a cell is too long.")
        ) from error
    finally:
        text.detach()  # the file is the caller's to close


def _delimiter(header: str, needed: Collection[str]) -> str:
    """The one that makes names of the first row that we know; a comma where none does."""
    for delimiter in DELIMITERS:
        names = {name.strip().strip('"').casefold() for name in header.split(delimiter)}
        if names.issuperset(needed):
            return delimiter
    return ","


# XLSX


def _xlsx_rows(file: BinaryIO) -> Generator[Cells]:
    no_workbook = TableRefused("no_table", _("The file cannot be read as XLSX. Save it again, or as CSV UTF-8."))
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise TableRefused(
                "file_too_large",
                _("The file unpacks to more than %(most)s MB. Split it.") % {"most": LARGEST_UNPACKED // 2**20},
            )
        workbook = load_workbook(file, read_only=True)
    except TableRefused:
        raise
    except Exception as error:  # whatever the library stumbles over in a file that is made to make it
        raise no_workbook from error
    with closing(workbook):
        if not workbook.worksheets:
            raise no_workbook
        sheet = workbook.worksheets[0]
        # What the sheet says of its own size is not believed: it may claim every cell there can be.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=MOST_COLUMNS)
        while True:
            try:
                cells = [_cell(cell) for cell in next(rows)]
            except StopIteration:
                return
            except Exception as error:
                raise no_workbook from error
            yield cells


def _cell(cell: Any) -> Any:
    if cell.data_type == "f":
        return Unreadable("formula")
    return Unreadable("error") if cell.data_type == "e" else cell.value
