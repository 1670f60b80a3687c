"""CSV and XLSX that are made for people: streamed, and never a formula, whatever the cells say."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

FORMATS = ("csv", "xlsx")
# What spreadsheets take for the beginning of a formula (OWASP, "CSV injection").
FORMULA_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# In most of Europe a spreadsheet parts our lines at semicolons, and then heeds no quotation mark of ours: what follows
# a semicolon, a tab or the end of a line in the midst of a text begins a cell there.
FORMULA_START = re.compile(rf"((?:^|[;\t\r\n])\s*)(?=[{FORMULA_SIGNS}])")
LINES_AT_ONCE = 500
XLSX_ROWS = 200_000  # a workbook is made whole before its first byte leaves: some ten seconds
LONGEST_CELL = 32_767  # in a workbook

Rows = Iterable[Sequence[Any]]


def send_table(*, format: str, name: str, headings: Sequence[Any], rows: Rows) -> HttpResponseBase:
    """A download of ``rows``, which are read while they are sent."""
    file_name = f"{slugify(name) or 'table'}.{format}"
    if format == "xlsx":
        return FileResponse(write_xlsx(headings, rows), as_attachment=True, filename=file_name)
    return StreamingHttpResponse(
        write_csv(headings, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def write_csv(headings: Sequence[Any], rows: Rows) -> Iterator[bytes]:
    """UTF-8 with the mark by which Excel knows it."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines))
    writer.writerow([_neutral(heading) for heading in headings])
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow([_neutral(value) for value in row])
        if len(lines) >= LINES_AT_ONCE:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def write_xlsx(headings: Sequence[Any], rows: Rows) -> Any:
    """An open temporary file, at its beginning. Each row leaves the memory when the next one is written."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet()
        bold = workbook.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [str(heading) for heading in headings], bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                elif text := _text(value):
                    sheet.write_string(number, column, text[:LONGEST_CELL])
    file.seek(0)
    return file


def moment_text(at: datetime | None, zone: str) -> str:
    """Sortable, on the clock of ``zone``."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if at else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _neutral(value: Any) -> str:
    """A number is a number, even below zero; a text is never more than a text."""
    text = _text(value)
    return text if isinstance(value, int | float | Decimal) else FORMULA_START.sub(r"\1'", text)


class _Lines:
    """What ``csv.writer`` writes to."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line)
