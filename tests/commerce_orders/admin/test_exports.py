"""Lists as CSV and XLSX: what is shown, to whom, and at any size."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from commerce_orders.admin import export
from customers.models import PersonalDataAccess
from tests.commerce_orders.stocked import make_product
from tests.factories import NOW, make_account, make_amazon_order, make_contact
from tests.staff import SignIn

AMAZON, COMMERCE = "/admin/amazon_channel/amazonorder/", "/admin/commerce_orders/order/"
PRODUCTS, PROBLEMS = "/admin/commerce_orders/product/", "/admin/problems/"
FORMULA = "=HYPERLINK(A1)"


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(
        "amazon_channel.view_amazonorder",
        "commerce_orders.view_order",
        "commerce_orders.view_product",
        "customers.view_personal_data",
    )


def lines_of(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def test_the_orders_tab_is_exported_as_it_is_filtered_and_without_buyers(desk: Client) -> None:
    account = make_account(name=FORMULA)
    account.time_zone = "America/Los_Angeles"
    account.save()
    old, new = (make_amazon_order(account=account, purchased_at=NOW) for _ in range(2))
    make_amazon_order(account=account, status="PENDING", with_commerce_order=False)
    make_amazon_order(account=account, status="CANCELLED", units_to_ship=0)

    headings, *lines = lines_of(desk.get(f"{AMAZON}export.csv?work=to_ship"))

    assert headings[:4] == ["Amazon order number", "Seller account", "Marketplace", "Commerce order number"]
    assert [line[0] for line in lines] == [new.amazon_order_id, old.amazon_order_id]
    assert lines[0][1:3] == [f"'{FORMULA}", "Amazon.com"]
    assert lines[0][6:11] == ["30.0000", "USD", "3", "3", "2026-11-20 04:00"]
    assert "Ada" not in str(lines)
    assert not PersonalDataAccess.objects.exists()


def test_buyers_are_exported_by_post_to_those_who_may_see_them_and_it_is_recorded(
    desk: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PORTION", 2)
    account = make_account()
    for _ in range(3):
        make_amazon_order(account=account, contact=make_contact(name=FORMULA))
    others = sign_in("amazon_channel.view_amazonorder", username="eve")

    refused = others.post(f"{AMAZON}export.csv")
    headings, *lines = lines_of(desk.post(f"{AMAZON}export.csv"))

    assert refused.status_code == 403
    buyer = headings.index("Buyer")
    assert lines[0][buyer : buyer + 2] == [f"'{FORMULA}", "ada@marketplace.amazon.com"]
    rows = PersonalDataAccess.objects.order_by("id").values_list("actor", "purpose", "contacts_seen")
    assert list(rows) == [("dana", "export", 2), ("dana", "export", 1)]
    assert "With names and addresses" not in others.get(AMAZON).content.decode()
    assert "With names and addresses" in desk.get(AMAZON).content.decode()


@pytest.mark.parametrize("place", [AMAZON, COMMERCE, PRODUCTS])
@pytest.mark.parametrize("rows", [1, 3])
def test_an_export_takes_a_constant_number_of_queries(desk: Client, place: str, rows: int) -> None:
    account = make_account()
    for number in range(rows):
        make_amazon_order(account=account)
        make_product(f"SKU-{number}", 2)
    with CaptureQueriesContext(connection) as taken:
        lines = lines_of(desk.get(f"{place}export.csv"))

    assert len(lines) == 1 + rows
    # Who asks and what they may; then the rows, what is hung on them, and whether there are more.
    assert len(taken) == {AMAZON: 7, COMMERCE: 8, PRODUCTS: 6}[place]


@pytest.mark.parametrize("place", [AMAZON, COMMERCE, PRODUCTS])
def test_a_long_list_is_read_in_portions_and_each_row_is_there_once(
    desk: Client, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PORTION", 2)
    account = make_account()
    for number in range(5):
        make_amazon_order(account=account)
        make_product(f"SKU-{number}", 2)

    lines = lines_of(desk.get(f"{place}export.csv"))

    assert len({line[0] for line in lines[1:]}) == len(lines[1:]) == 5


def test_a_workbook_has_numbers_and_no_formulas(desk: Client) -> None:
    make_product("SKU-1", 3, name=FORMULA)

    response = desk.get(f"{PRODUCTS}export.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

    assert [cell.value for cell in sheet[1]] == ["Sku", "Name", "On hand", "Reserved", "Available", "Active"]
    assert [cell.value for cell in sheet[2]] == ["SKU-1", FORMULA, 3, 0, 3, "yes"]
    assert sheet["B2"].data_type == "s"


def test_a_list_too_long_for_a_workbook_is_refused_in_words(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "XLSX_ROWS", 1)
    account = make_account()
    for _ in range(2):
        make_amazon_order(account=account)

    shown = desk.get(f"{AMAZON}export.xlsx?work=to_ship", follow=True)

    assert shown.redirect_chain == [(f"{AMAZON}?work=to_ship", 302)]
    assert "export it as CSV" in shown.content.decode()


def test_problems_are_exported_one_reason_at_a_time(desk: Client, sign_in: SignIn) -> None:
    order = make_amazon_order(problem_code="status_unknown", problem_detail=FORMULA, problem_since=NOW)

    headings, line = lines_of(desk.get(f"{PROBLEMS}export.csv?reason=status_unknown"))

    assert headings == ["Problem", "Since", "About", "Detail", "Message from the channel", "What to do"]
    assert order.amazon_order_id in line[2]
    assert f"'{FORMULA}" in line
    assert desk.get(f"{PROBLEMS}export.csv?reason=nonsense").status_code == 404
    assert sign_in(username="eve").get(f"{PROBLEMS}export.csv?reason=status_unknown").status_code == 403


@pytest.mark.parametrize("address", [f"{AMAZON}export.csv", f"{COMMERCE}export.csv", f"{PRODUCTS}export.csv"])
def test_only_those_who_see_a_list_may_export_it(sign_in: SignIn, desk: Client, address: str) -> None:
    assert sign_in(username="eve").get(address).status_code == 403
    assert desk.get(address.replace(".csv", ".pdf")).status_code == 404


def test_a_list_that_there_cannot_be_is_not_exported(desk: Client) -> None:
    assert desk.get(f"{PRODUCTS}export.csv?is_active=perhaps").status_code == 404
