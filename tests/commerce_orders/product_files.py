"""Files of products, right and wrong, for tests."""

import csv
import io
import zipfile
from typing import Any

from openpyxl import Workbook

Rows = list[list[Any]]


def csv_file(rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def xlsx_file(rows: Rows) -> io.BytesIO:
    workbook, file = Workbook(write_only=True), io.BytesIO()
    sheet = workbook.create_sheet()
    for row in rows:
        sheet.append(row)
    workbook.save(file)
    file.seek(0)
    return file


def zip_file(**members: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file
