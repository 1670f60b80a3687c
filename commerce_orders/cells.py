"""Cells of a CSV or XLSX file that somebody hands in, row by row.

Read one by one, so that a long file needs no more memory than a short one. What a file really is counts, not what it
is called. Formulas are not evaluated; only the first sheet of a workbook is read.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from commerce_orders.refusals import Refused

LARGEST_FILE = 50 * 2**20  # bytes
LARGEST_UNPACKED = 200 * 2**20  # bytes; what 100,000 long rows take, several times over
MOST_COLUMNS = 50
LAST_ROW = 1_048_576  # of a sheet, blank rows included
BEGINNING = 4096
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t")
EXACT_DIGITS = 15  # of a number in a workbook

Cells = Sequence[Any]


class TableRefused(Refused):
    """The file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell of a workbook without a value of its own."""

    kind: Literal["formula", "error"]


def read_cells(
    file: BinaryIO, *, most_rows: int, choose_delimiter: Callable[[str], str], encoding: str = "utf-8-sig"
) -> Generator[tuple[int, Cells]]:
    """The rows that are not blank, with their numbers; raises ``TableRefused``, also halfway.

    ``most_rows`` are those below the first. ``encoding`` is that of a CSV file, whose first line
    ``choose_delimiter`` is given.
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
    is_workbook = beginning.startswith(ZIP)
    rows = _xlsx_rows(file) if is_workbook else _csv_rows(file, beginning, choose_delimiter, encoding)
    with closing(rows):
        count = -1
        for number, cells in enumerate(rows, start=1):
            if number > LAST_ROW:  # blank ones: the library fills every row before the one that a sheet names
                raise _too_many_rows(most_rows)
            if not is_filled(cells):
                continue
            count += 1
            if count > most_rows:
                raise _too_many_rows(most_rows)
            yield number, cells
    if count < 0:
        raise TableRefused("file_empty", _("The file is empty."))


def is_filled(cells: Cells) -> bool:
    return any(cell_text(cell) != "" for cell in cells)


def cell_text(cell: Any) -> str | None:
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


def _too_many_rows(most_rows: int) -> TableRefused:
    return TableRefused(
        "too_many_rows", _("The file has more than %(most)s rows. Split it.") % {"most": f"{most_rows:,}"}
    )


# CSV


def _csv_rows(
    file: BinaryIO, beginning: bytes, choose_delimiter: Callable[[str], str], encoding: str
) -> Generator[Cells]:
    if beginning.startswith(OLD_EXCEL):
        raise TableRefused(
            "old_excel",
            _("This is an old or a protected Excel file. Save it as .xlsx without a password, or as CSV UTF-8."),
        )
    is_utf_8 = encoding == "utf-8-sig"
    if is_utf_8 and beginning.startswith(UTF_16):
        raise TableRefused("not_utf_8", _("The file is in UTF-16. Save it as CSV UTF-8."))
    if b"\x00" in beginning and not encoding.startswith("utf-16"):
        raise TableRefused("no_table", _("This is neither CSV nor XLSX."))
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        first = text.readline()
        text.seek(0)
        yield from csv.reader(text, delimiter=choose_delimiter(first), strict=True)
    except UnicodeError as error:
        raise TableRefused("not_utf_8", _("The file is not in UTF-8. Save it as CSV UTF-8.")) from error
    except csv.Error as error:
        raise TableRefused(
            "no_table", _("The file cannot be read as CSV: a quotation mark is not closed, or a cell is too long.")
        ) from error
    finally:
        text.detach()  # the file is the caller's to close


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
