"""Files that are no tables of products, and files that are made to do harm."""

import io
import zipfile

import pytest

from commerce_orders import cells
from commerce_orders.models import Product
from commerce_orders.services import product_import
from commerce_orders.services.product_import import import_products
from commerce_orders.tables import TableRefused
from tests.commerce_orders.product_files import csv_file, xlsx_file, zip_file
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEADER = ["sku", "name", "quantity", "active"]
MUG, CUP = ["MUG", "Blue mug", 12, "yes"], ["CUP", "Cup", 0, "no"]


def refusal_of(file):
    with pytest.raises(TableRefused) as refused:
        import_products(file=file, actor="ada", now=NOW, dry_run=False)
    assert not Product.objects.exists()
    assert str(refused.value) == refused.value.detail != ""
    return refused.value


WRONG_FILES = [
    (b"", "file_empty"),
    (b" \n\n", "file_empty"),
    (b"\n,,\n" + b"," * 5000, "file_empty"),
    (b"\xef\xbb\xbf", "file_empty"),
    (b"name,quantity\nMug,1\n", "column_missing"),
    (b"sku,quantitty\nMUG,1\n", "column_unknown"),
    (b"sku,name,SKU\nMUG,x,y\n", "column_twice"),
    ("sku,name\nMUG,Größe\n".encode("latin-1"), "not_utf_8"),
    ("sku,name\nMUG,Größe\n".encode("utf-16"), "not_utf_8"),
    (b'sku,name\nMUG,"never closed\n', "no_table"),
    (b"sku,name\nMUG," + b"x" * 200_000, "no_table"),
    (b"%PDF-1.7\n\x00\x01", "no_table"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "no_table"),
    (b"<html><table><tr><td>sku</td></tr></table></html>", "column_missing"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
    (b"PK\x03\x04 and nothing else", "no_table"),
    (zip_file(readme=b"no workbook").read(), "no_table"),
    (xlsx_file([HEADER, MUG]).read()[:-600], "no_table"),
    (xlsx_file([]).read(), "file_empty"),
]


@pytest.mark.parametrize(("content", "code"), WRONG_FILES, ids=range(len(WRONG_FILES)))
def test_what_is_no_table_of_products_is_refused_as_a_whole(content, code):
    assert refusal_of(io.BytesIO(content)).code == code


def test_a_file_that_unpacks_to_very_much_is_not_unpacked():
    bomb = zip_file(sheet=bytes(cells.LARGEST_UNPACKED + 1))
    assert len(bomb.getvalue()) < 300_000

    assert str(refusal_of(bomb)) == "The file unpacks to more than 200 MB. Split it."


def test_a_workbook_of_external_entities_is_refused():
    """The parser neither resolves entities nor lets them grow."""
    sheet = xlsx_file([HEADER, MUG])
    with zipfile.ZipFile(sheet) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    members[name] = entity + members[name].replace(b"Blue mug", b"&e;")

    assert refusal_of(zip_file(**members)).code == "no_table"


def test_a_workbook_that_claims_to_go_on_for_ever_is_refused(monkeypatch):
    """The library would fill every row before the one that a hostile sheet names."""
    monkeypatch.setattr(cells, "LAST_ROW", 1_000)
    sheet = xlsx_file([HEADER, MUG])
    with zipfile.ZipFile(sheet) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b'<row r="2"' in members[name]
    members[name] = members[name].replace(b'<row r="2"', b'<row r="9999999999"')

    assert refusal_of(zip_file(**members)).code == "too_many_rows"


@pytest.mark.parametrize(("limit", "code"), [("LARGEST_FILE", "file_too_large"), ("MOST_ROWS", "too_many_rows")])
def test_too_large_a_file_is_refused(monkeypatch, limit, code):
    monkeypatch.setattr(cells if limit == "LARGEST_FILE" else product_import, limit, 1)

    assert refusal_of(csv_file([HEADER, MUG, CUP])).code == code
