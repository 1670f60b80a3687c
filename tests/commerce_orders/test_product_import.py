"""Products from files: each row is judged, and all are stored or none."""

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce_orders.models import Product
from commerce_orders.services import product_import
from commerce_orders.services.product_import import import_products
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.product_files import csv_file, xlsx_file
from tests.commerce_orders.stocked import make_product, stock
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEADER = ["sku", "name", "quantity", "active"]
MUG, CUP = ["MUG", "Blue mug", 12, "yes"], ["CUP", "Cup", 0, "no"]


def load(file, *, dry_run=False):
    if isinstance(file, bytes):
        file = io.BytesIO(file)
    return import_products(file=file, actor="ada", now=NOW, dry_run=dry_run)


def outcomes(report):
    return [(row.row, row.sku, row.outcome.value) for row in report.rows]


def products():
    return list(Product.objects.order_by("id").values_list("sku", "name", "quantity", "is_active"))


BOTH = [("MUG", "Blue mug", 12, True), ("CUP", "Cup", 0, False)]


@pytest.mark.parametrize(
    "file",
    [
        csv_file([HEADER, MUG, CUP]),
        csv_file([HEADER, MUG, CUP], delimiter=";"),
        csv_file([HEADER, MUG, CUP], delimiter="\t"),
        csv_file([HEADER, MUG, CUP], encoding="utf-8-sig"),
        csv_file([HEADER, MUG, CUP], delimiter=";", encoding="utf-8-sig"),
        xlsx_file([HEADER, MUG, CUP]),
        xlsx_file([HEADER, ["MUG", "Blue mug", 12.0, True], ["CUP", "Cup", "0", False]]),
        csv_file([HEADER, ["MUG", "Blue mug", "12.0", "TRUE"], ["CUP", "Cup", "0.00", "0"]]),
        csv_file(
            [[" Active ", "QUANTITY", "SKU", "Name"], ["1", "12", " MUG ", "Blue mug"], ["no", "0", "CUP", "Cup"]]
        ),
        csv_file([[], HEADER, [], MUG, ["", "", "", ""], CUP]),
        csv_file([[*HEADER, ""], [*MUG, ""], [*CUP, ""]]),
    ],
)
def test_products_come_from_csv_and_xlsx(file):
    report = load(file)

    assert (products(), report.is_stored) == (BOTH, True)
    assert [row.outcome.value for row in report.rows] == ["created", "created"]


def test_each_row_says_what_it_does():
    make_product("SAME", 5, name="Same")
    make_product("OTHER", 5, name="Other")

    report = load(csv_file([HEADER, ["SAME", "Same", 5, "yes"], ["OTHER", "Other", 7, "yes"], MUG]))

    assert outcomes(report) == [(2, "SAME", "unchanged"), (3, "OTHER", "updated"), (4, "MUG", "created")]
    assert stock("OTHER") == (7, 0)


def test_what_a_file_leaves_out_stays_as_it_is():
    make_product("MUG", 5, name="Mug", is_active=False)

    assert outcomes(load(csv_file([["sku"], ["MUG"]]))) == [(2, "MUG", "unchanged")]
    assert outcomes(load(csv_file([HEADER, ["MUG", "", 6, ""]]))) == [(2, "MUG", "updated")]

    assert products() == [("MUG", "Mug", 6, False)]


def test_a_new_product_of_its_sku_alone_is_active_and_empty():
    load(csv_file([["sku"], ["MUG"]]))

    assert products() == [("MUG", "", 0, True)]


def test_the_same_file_again_writes_nothing():
    load(csv_file([HEADER, MUG, CUP]))
    Product.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))

    report = load(csv_file([HEADER, MUG, CUP]))

    assert [row.outcome.value for row in report.rows] == ["unchanged", "unchanged"]
    assert not Product.objects.filter(updated_at=NOW).exists()


def test_a_dry_run_says_the_same_and_stores_nothing():
    report = load(csv_file([HEADER, MUG, CUP]), dry_run=True)

    assert (outcomes(report), report.is_stored) == ([(2, "MUG", "created"), (3, "CUP", "created")], False)
    assert products() == []


def test_open_orders_get_the_products_that_come_in():
    take_in(make_draft())

    load(csv_file([HEADER, ["SKU-2", "Two", 9, "yes"]]))

    assert stock("SKU-2") == (9, 2)


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        (["", "x", 1, "yes"], "sku", "A SKU has 1 to 120 characters and no line breaks."),
        (["A" * 121, "x", 1, "yes"], "sku", "A SKU has 1 to 120 characters and no line breaks."),
        (["A\nB", "x", 1, "yes"], "sku", "A SKU has 1 to 120 characters and no line breaks."),
        (["MUG", "x", 1, "yes"], "sku", "Row 2 has this SKU already."),
        (["A", "x" * 501, 1, "yes"], "name", "A name has at most 500 characters and no line breaks."),
        (["A", "x", "-1", "yes"], "quantity", "“-1” is not a whole number from 0 to 999999999."),
        (["A", "x", "1.5", "yes"], "quantity", "“1.5” is not a whole number from 0 to 999999999."),
        (["A", "x", "1e3", "yes"], "quantity", "“1e3” is not a whole number from 0 to 999999999."),
        (["A", "x", "1,000", "yes"], "quantity", "“1,000” is not a whole number from 0 to 999999999."),
        # A thousand, where people write points for it.
        (["A", "x", "1.000", "yes"], "quantity", "“1.000” is not a whole number from 0 to 999999999."),
        (["A", "x", "12.000000", "yes"], "quantity", "“12.000000” is not a whole number from 0 to 999999999."),
        (["A", "x", "1000000000", "yes"], "quantity", "“1000000000” is not a whole number from 0 to 999999999."),
        (["A", "x", "many", "yes"], "quantity", "“many” is not a whole number from 0 to 999999999."),
        (["A", "x", "٣", "yes"], "quantity", "“٣” is not a whole number from 0 to 999999999."),
        (["A", "x", 1, "perhaps"], "active", "“perhaps” is not one of: yes, true, 1, no, false, 0."),
        (["A", "x", 1, "yes", "more"], "", "The row has more cells than the first row has names."),
    ],
)
@pytest.mark.parametrize("make_file", [csv_file, xlsx_file])
def test_with_one_wrong_row_nothing_is_stored(make_file, cells, column, words):
    report = load(make_file([HEADER, MUG, cells, CUP]))

    assert [row.outcome.value for row in report.rows] == ["not_stored", "refused", "not_stored"]
    assert (report.rows[1].row, report.rows[1].errors) == (3, {column: words})
    assert (report.is_stored, products()) == (False, [])


def test_a_formula_is_not_evaluated():
    report = load(xlsx_file([HEADER, MUG, ["CUP", "Cup", "=1+1", "yes"]]))

    assert report.rows[1].errors == {"quantity": "The cell holds a formula, which is not evaluated. Paste its value."}
    assert products() == []


def test_in_csv_a_formula_is_a_text_like_any_other():
    report = load(csv_file([HEADER, ["CUP", "=HYPERLINK(A1)", 1, "yes"], ["MUG", "x", "=1+1", "yes"]]))

    assert report.rows[0].outcome == "not_stored"
    assert report.rows[1].errors == {"quantity": "“=1+1” is not a whole number from 0 to 999999999."}


def test_a_sku_that_a_spreadsheet_took_for_a_date_is_refused():
    report = load(xlsx_file([HEADER, [datetime(2026, 3, 4), "Cup", 1, "yes"]]))  # noqa: DTZ001

    assert report.rows[0].errors == {"sku": "The cell is a date. Format the column as text and enter it again."}


def test_a_row_can_have_several_faults():
    report = load(csv_file([HEADER, ["", "x", "-1", "perhaps"]]))

    assert list(report.rows[0].errors) == ["sku", "quantity", "active"]


@pytest.mark.parametrize("count", [1, 3, 500])
def test_statements_do_not_grow_with_the_rows(count):
    make_product("P-0", 5)
    rows = [[f"P-{number}", "x", number, "yes"] for number in range(count + 1)]

    with CaptureQueriesContext(connection) as first:
        load(csv_file([HEADER, *rows[:500]]))
    with CaptureQueriesContext(connection) as again:
        load(csv_file([HEADER, *rows[:500]]))

    statements = [len([query for query in queries if "SAVEPOINT" not in query["sql"]]) for queries in (first, again)]
    assert statements == [9, 1]


def test_stock_that_leaves_meanwhile_is_kept_where_the_file_has_no_quantity(monkeypatch):
    """Judged without a lock, stored under one."""
    make_product("MUG", 5, name="Mug")
    judge = product_import._outcome

    def judge_while_a_parcel_leaves(row, product):
        Product.objects.update(quantity=4)
        return judge(row, product)

    monkeypatch.setattr(product_import, "_outcome", judge_while_a_parcel_leaves)
    load(csv_file([["sku", "name"], ["MUG", "New"]]))

    assert products() == [("MUG", "New", 4, True)]


def test_a_product_that_comes_in_meanwhile_keeps_what_the_file_does_not_say(monkeypatch):
    judge = product_import._outcome

    def judge_while_somebody_adds_it(row, product):
        make_product("MUG", 5, name="Mug")
        return judge(row, product)

    monkeypatch.setattr(product_import, "_outcome", judge_while_somebody_adds_it)
    load(csv_file([["sku", "name"], ["MUG", "New"]]))

    assert products() == [("MUG", "New", 5, True)]


# The command


def run(capsys, path, *options):
    code = 0
    try:
        call_command("import_products", str(path), *options, "--json")
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(capsys.readouterr().out)


def written(tmp_path, file):
    path = tmp_path / "products.csv"
    path.write_bytes(file.getvalue())
    return path


def test_the_command_reports_each_row(capsys, tmp_path):
    path = written(tmp_path, csv_file([HEADER, MUG]))

    assert run(capsys, path, "--dry-run") == (0, expected(created=1, dry_run=True, stored=False))
    assert products() == []
    assert run(capsys, path) == (0, expected(created=1))
    assert products() == BOTH[:1]


def expected(**values):
    row = {"row": 2, "sku": "MUG", "outcome": "created", "errors": []}
    counts = {"created": 0, "updated": 0, "unchanged": 0, "refused": 0, "not_stored": 0}
    return {"rows": [row], **counts, "dry_run": False, "stored": True} | values


def test_the_command_fails_with_a_wrong_row(capsys, tmp_path):
    code, data = run(capsys, written(tmp_path, csv_file([HEADER, MUG, ["CUP", "x", "many", "yes"]])))

    assert (code, data["created"], data["refused"], data["not_stored"], data["stored"]) == (1, 0, 1, 1, False)
    assert data["rows"][0] == {"row": 2, "sku": "MUG", "outcome": "not_stored", "errors": []}
    assert data["rows"][1] == {
        "row": 3,
        "sku": "CUP",
        "outcome": "refused",
        "errors": [{"field": "quantity", "detail": "“many” is not a whole number from 0 to 999999999."}],
    }
    assert products() == []


def test_the_command_fails_with_a_wrong_file(capsys, tmp_path):
    code, data = run(capsys, written(tmp_path, io.BytesIO(b"")))

    assert (code, data) == (1, {"error": {"code": "file_empty", "detail": "The file is empty."}})


def test_the_command_says_it_in_words(capsys, tmp_path):
    with pytest.raises(SystemExit):
        call_command("import_products", str(written(tmp_path, csv_file([HEADER, MUG, ["CUP", "x", "many", "yes"]]))))

    assert capsys.readouterr().out.splitlines() == [
        "Row 3, quantity: “many” is not a whole number from 0 to 999999999.",
        "0 created, 0 updated, 0 unchanged, 1 refused.",
        "Nothing was stored.",
    ]
