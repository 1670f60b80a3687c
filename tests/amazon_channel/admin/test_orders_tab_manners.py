"""Tabs, chips, sorting and search of the Orders tab."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in("amazon_channel.view_amazonorder")


def listed(client: Client, query: str) -> list[str]:
    return [order.amazon_order_id for order in client.get(f"{ORDERS}{query}").context["cl"].result_list]


def tab_counts(client: Client, query: str = "") -> dict[str, str]:
    return {str(tab.label): tab.count for tab in client.get(f"{ORDERS}{query}").context["tabs"]}


def test_tabs_count_what_they_list_and_say_nothing_beside_a_narrowed_list(viewer: Client) -> None:
    account = make_account()
    make_amazon_order(account=account, ship_by=NOW - timedelta(hours=1))
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=1))
    make_amazon_order(account=account, status="PENDING", with_commerce_order=False)
    make_amazon_order(account=account, status="SHIPPED", fulfilled_by="AMAZON")
    make_amazon_order(account=account, status="CANCELLED", problem_code="status_unknown", problem_since=NOW)

    assert tab_counts(viewer) == {
        "To ship": "2",
        "To ship today": "1",
        "Late": "1",
        "At risk": "0",
        "Problems": "1",
        "Shipped": "1",
        "Canceled": "1",
        "FBA": "1",
        "All": "4",
    }
    assert set(tab_counts(viewer, f"?account={account.pk}").values()) == {""}


def test_tabs_count_no_further_than_the_cap(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account()
    for _ in range(4):
        make_amazon_order(account=account)
    monkeypatch.setattr("commerce_orders.admin.order_list.COUNTED_AT_MOST", 2)

    assert tab_counts(viewer)["All"] == "2+"


@pytest.mark.parametrize(
    "query",
    [
        "status=%00",
        "marketplace=%00",
        "ship_by_to=9999-12-31",
        "ship_by_from=0001-01-01",
    ],
)
def test_an_address_that_says_what_cannot_be_breaks_no_page(viewer: Client, query: str) -> None:
    order = make_amazon_order()

    assert listed(viewer, f"?{query}") == [order.amazon_order_id]
    assert viewer.get(f"{ORDERS}export.csv?{query}").status_code == 200
    assert viewer.get(f"{ORDERS}{order.pk}/change/", {"_changelist_filters": query}).status_code == 200


@pytest.mark.parametrize("account", ["9" * 30, "9" * 5000, "Northwind"])
def test_an_account_that_cannot_be_has_no_orders(viewer: Client, account: str) -> None:
    make_amazon_order()

    assert listed(viewer, f"?account={account}") == []


def test_what_narrows_the_list_is_a_chip_that_takes_it_away(viewer: Client) -> None:
    account = make_account(name="Northwind")
    query = f"?work=late&account={account.pk}&ship_by_from=2026-11-01&q=SKU-1&p=2"

    chips = viewer.get(f"{ORDERS}{query}").context["chips"]

    kept = {
        "Search": f"?work=late&account={account.pk}&ship_by_from=2026-11-01",
        "seller account": "?work=late&ship_by_from=2026-11-01&q=SKU-1",
        "ship by": f"?work=late&account={account.pk}&q=SKU-1",
    }
    assert {str(chip.label): chip.address for chip in chips} == kept
    assert {chip.words for chip in chips} == {"SKU-1", "Northwind", "from Nov 1, 2026"}


def test_what_would_sort_the_whole_table_is_not_offered(viewer: Client) -> None:
    make_amazon_order()

    def sortable(query: str) -> list[str]:
        return [each.column.name for each in viewer.get(f"{ORDERS}{query}").context["headings"] if each.address]

    assert sortable("?work=all") == ["number", "due", "bought"]
    assert sortable("?work=to_ship") == ["number", "due", "units", "total", "bought"]


def test_heading_sorts_and_turns_the_sort(viewer: Client) -> None:
    make_amazon_order()

    def due(query: str) -> tuple[str, str]:
        (heading,) = (each for each in viewer.get(f"{ORDERS}{query}").context["headings"] if each.column.name == "due")
        return heading.direction, heading.address

    assert due("?work=to_ship") == ("ascending", "?work=to_ship&sort=-due")
    assert due("?work=to_ship&sort=-due") == ("descending", "?work=to_ship&sort=due")
    assert due("?work=to_ship&sort=bought") == ("", "?work=to_ship&sort=due")


def test_search_that_finds_one_order_opens_it_where_it_was_typed(viewer: Client) -> None:
    order = make_amazon_order()
    make_amazon_order()

    response = viewer.get(f"{ORDERS}?q={order.amazon_order_id}&open=1")

    place = f"_changelist_filters=q%3D{order.amazon_order_id}"
    assert response.headers["Location"] == f"{ORDERS}{order.pk}/change/?{place}"
    assert len(listed(viewer, "?q=SKU-1&open=1")) == 2
    assert listed(viewer, f"?q={order.amazon_order_id}") == [order.amazon_order_id]


@pytest.mark.parametrize(
    "typed",
    ["{bare}", "#{number}", "  {number} ", "{parts[0]} {parts[1]} {parts[2]}", "{long}"],
)
def test_search_understands_amazon_numbers_as_they_are_pasted_and_scanned(viewer: Client, typed: str) -> None:
    order = make_amazon_order()
    make_amazon_order()
    number = order.amazon_order_id
    term = typed.format(
        number=number, bare=number.replace("-", ""), parts=number.split("-"), long=number.replace("-", "‑")
    )

    assert [row.pk for row in viewer.get(ORDERS, {"q": term}).context["cl"].result_list] == [order.pk]


def test_search_finds_a_parcel_and_a_commerce_number_with_its_hash(viewer: Client) -> None:
    order = make_amazon_order()
    make_amazon_order()
    assert order.commerce_order
    record_shipment(
        order_id=order.commerce_order.pk,
        package=Package(carrier_code="UPS", tracking_number="1Z999"),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )

    for term in ("1Z999", f"#{order.commerce_order.number}"):
        assert [row.pk for row in viewer.get(ORDERS, {"q": term}).context["cl"].result_list] == [order.pk], term


def test_search_that_finds_nothing_says_how_things_are_found(viewer: Client) -> None:
    make_amazon_order()

    text = viewer.get(f"{ORDERS}?q=nothing&open=1").content.decode()

    assert "No order matches." in text
    assert "Enter numbers, SKUs and names in full, exactly as they are written." in text
