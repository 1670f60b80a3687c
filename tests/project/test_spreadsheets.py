import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from project.spreadsheets import write_csv, write_xlsx

FORMULAS = {
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1+1": "'-1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "\t'=1",
    "  =1": "  '=1",
    "\r=1": "\r'=1",
    "＝1": "'＝1",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    # Where a spreadsheet parts the line at semicolons or tabs, each of these begins a cell.
    "Ada;=1+1;": "Ada;'=1+1;",
    "Ada; \t @A1": "Ada; \t '@A1",
    "Ada\n=1+1": "Ada\n'=1+1",
}


@pytest.mark.parametrize(("text", "neutral"), FORMULAS.items())
def test_a_text_never_becomes_a_formula(text, neutral):
    ((line,),) = csv.reader(
        io.StringIO(b"".join(write_csv(["x"], [[text]])).decode("utf-8-sig").partition("\n")[2], newline="")
    )
    with write_xlsx(["x"], [[text]]) as file:
        cell = load_workbook(file).active["A2"]

    assert line == neutral
    assert cell.data_type == "s"


def test_numbers_stay_numbers_and_days_days():
    row = [-3, Decimal("-1.50"), date(2026, 11, 20), None, "00123", True]

    lines = b"".join(write_csv(list("abcdef"), [row])).decode("utf-8-sig").splitlines()
    with write_xlsx(list("abcdef"), [row]) as file:
        cells = [cell.value for cell in load_workbook(file).active[2]]

    assert lines[1] == "-3,-1.50,2026-11-20,,00123,yes"
    assert cells == [-3, -1.5, "2026-11-20", None, "00123", "yes"]


def test_rows_are_read_while_they_are_sent():
    read = []

    def rows():
        for number in range(10_000):
            read.append(number)
            yield [number]

    sent = write_csv(["x"], rows())
    next(sent)
    next(sent)

    assert len(read) < 1000
