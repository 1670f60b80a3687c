"""What stands in a list that was taken away."""

import csv
import io
import re
from html import unescape
from typing import Any

from django.test import Client
from openpyxl import load_workbook


def csv_lines(response: Any) -> list[list[str]]:
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def xlsx_lines(response: Any) -> list[list[Any]]:
    assert response.status_code == 200
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def export_links(client: Client, page: str, format: str = "csv") -> list[str]:
    """The links of the Export menus of a page, as a reader finds them."""
    text = client.get(page).content.decode()
    menus = re.findall(r'<details class="bo-menu">\s*<summary[^>]*>Export</summary>.*?</details>', text, re.DOTALL)
    return [
        unescape(link)
        for menu in menus
        for link in re.findall(rf'<a [^>]*href="([^"]*\.{format}[^"]*)" download', menu)
    ]
