"""The order lists, products and problems as CSV and XLSX: what is shown, and to whom."""

from datetime import timedelta

import pytest
from django.test import Client

from customers.models import PersonalDataAccess
from project import portions
from tests.commerce_orders.stocked import make_product
from tests.factories import NOW, make_account, make_amazon_order, make_contact
from tests.project.exported import csv_lines, xlsx_lines
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


def test_the_orders_tab_is_exported_as_it_is_filtered_and_without_buyers(desk: Client) -> None:
    account = make_account(name=FORMULA)
    account.time_zone = "America/Los_Angeles"
    account.save()
    first, second = (make_amazon_order(account=account, purchased_at=NOW) for _ in range(2))
    make_amazon_order(account=account, status="PENDING", with_commerce_order=False)
    make_amazon_order(account=account, status="CANCELLED", units_to_ship=0)

    headings, *lines = csv_lines(desk.get(f"{AMAZON}export.csv?work=to_ship"))

    assert headings[:4] == ["Amazon order number", "Seller account", "Marketplace", "Commerce order number"]
    assert [line[0] for line in lines] == [first.amazon_order_id, second.amazon_order_id]
    assert lines[0][1:3] == [f"'{FORMULA}", "Amazon.com"]
    assert lines[0][6:11] == ["30.00", "USD", "3", "3", "2026-11-20 04:00"]
    assert "Ada" not in str(lines)
    assert not PersonalDataAccess.objects.exists()


def test_commerce_orders_are_exported_with_their_amounts_on_the_accounts_clock(desk: Client) -> None:
    account = make_account()
    account.time_zone = "Europe/Berlin"
    account.save()
    order = make_amazon_order(account=account, purchased_at=NOW).commerce_order

    headings, line = csv_lines(desk.get(f"{COMMERCE}export.csv"))

    named = dict(zip(headings, line, strict=True))
    assert order is not None
    assert named["Order number"] == order.number
    assert (named["Sales channel"], named["Status"], named["Customer"]) == ("Amazon", "Processing", "guest")
    assert (named["Grand total"], named["Currency"], named["Placed"]) == ("30.00", "USD", "2026-11-20 13:00")
    assert named["Time zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("place", "columns"),
    [(AMAZON, ("number", "due", "units", "total", "bought", "deliver")), (COMMERCE, ("order_number", "due", "total"))],
)
def test_orders_are_exported_as_their_list_is_sorted(
    desk: Client, monkeypatch: pytest.MonkeyPatch, place: str, columns: tuple[str, ...]
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    account = make_account()
    for hours in (3, 1, 2, 1):
        at = NOW + timedelta(hours=hours)
        make_amazon_order(account=account, ship_by=at, deliver_by=None if hours == 1 else at, purchased_at=at)

    for sort in (f"{sign}{column}" for column in columns for sign in ("", "-")):
        query = f"work=to_ship&sort={sort}"
        shown = [str(order) for order in desk.get(f"{place}?{query}").context["cl"].result_list]
        assert [line[0] for line in csv_lines(desk.get(f"{place}export.csv?{query}"))[1:]] == shown, sort
        assert len(shown) == 4


@pytest.mark.parametrize("place", [AMAZON, COMMERCE])
def test_buyers_are_exported_by_post_to_those_who_may_see_them_and_it_is_recorded(
    desk: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    account = make_account()
    for _ in range(3):
        make_amazon_order(account=account, contact=make_contact(name=FORMULA))
    others = sign_in("amazon_channel.view_amazonorder", "commerce_orders.view_order", username="eve")

    refused = others.post(f"{place}export.csv")
    headings, *lines = csv_lines(desk.post(f"{place}export.csv"))

    assert refused.status_code == 403
    buyer = headings.index("Buyer")
    assert lines[0][buyer : buyer + 2] == [f"'{FORMULA}", "ada@marketplace.amazon.com"]
    rows = PersonalDataAccess.objects.order_by("id").values_list("actor", "purpose", "contacts_seen")
    assert list(rows) == [("dana", "export", 2), ("dana", "export", 1)]
    assert "With names and addresses" not in others.get(place).content.decode()
    assert "With names and addresses" in desk.get(place).content.decode()


def test_a_workbook_has_numbers_and_no_formulas(desk: Client) -> None:
    make_product("SKU-1", 3, name=FORMULA)

    lines = xlsx_lines(desk.get(f"{PRODUCTS}export.xlsx"))

    assert lines == [
        ["SKU", "Name", "On hand", "Reserved", "Available", "Active"],
        ["SKU-1", FORMULA, 3, 0, 3, "yes"],
    ]


def test_problems_are_exported_one_reason_at_a_time(desk: Client) -> None:
    order = make_amazon_order(problem_code="status_unknown", problem_detail=FORMULA, problem_since=NOW)

    headings, line = csv_lines(desk.get(f"{PROBLEMS}export.csv?reason=status_unknown"))

    assert headings == ["Problem", "Since", "About", "Detail", "Message from the channel", "What to do"]
    assert order.amazon_order_id in line[2]
    assert f"'{FORMULA}" in line
    assert desk.get(f"{PROBLEMS}export.csv?reason=nonsense").status_code == 404
