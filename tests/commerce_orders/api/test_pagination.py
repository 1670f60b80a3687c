from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commerce_orders.models import Order
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.api.test_orders import make_order
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/orders/"


def make_orders(minutes: list[int]) -> list[str]:
    """Orders changed at these minutes; their numbers in the order of listing."""
    account = make_account()
    for minute in minutes:
        make_amazon_order(account=account, with_commerce_order=False, quantities=(1,))
        order = make_order(account=account, quantities=(1,))
        Order.objects.filter(pk=order.pk).update(updated_at=NOW + timedelta(minutes=minute))
    return list(Order.objects.order_by("updated_at", "id").values_list("number", flat=True))


def walk(client: APIClient, address: str | None, direction: str) -> list[list[str]]:
    pages = []
    while address:
        page = client.get(address).json()
        pages.append([order["number"] for order in page["results"]])
        address = page[direction]
    return pages


def cut(numbers: list[str], size: int) -> list[list[str]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


@pytest.mark.parametrize("minutes", [[0] * 7, [3, 1, 2, 1, 1, 0, 3], list(range(7))])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_hold_every_row_once_both_ways(minutes: list[int], size: int) -> None:
    numbers = make_orders(minutes)
    client = client_with("orders:read")
    assert walk(client, f"{ORDERS}?page_size={size}", "next") == cut(numbers, size)

    last = f"{ORDERS}?page_size={size}"
    while (page := client.get(last).json())["next"]:
        last = page["next"]
    backwards = walk(client, last, "previous")
    assert [number for page in reversed(backwards) for number in page] == numbers
    assert client.get(f"{ORDERS}?page_size={size}").json()["previous"] is None


def test_page_and_the_one_before_it_lead_to_each_other() -> None:
    numbers = make_orders([0] * 6)
    client = client_with("orders:read")
    second = client.get(client.get(f"{ORDERS}?page_size=2").json()["next"]).json()
    third = client.get(second["next"]).json()
    again = client.get(third["previous"]).json()
    assert [order["number"] for order in again["results"]] == numbers[2:4]
    assert client.get(again["next"]).json() == third
    first = client.get(again["previous"]).json()
    assert [order["number"] for order in first["results"]] == numbers[:2]
    assert first["previous"] is None


def test_order_that_changes_while_pages_are_read_is_seen_again_and_none_is_skipped() -> None:
    numbers = make_orders([0, 1, 2, 3])
    client = client_with("orders:read")
    first = client.get(f"{ORDERS}?page_size=2").json()
    Order.objects.filter(number=numbers[0]).update(updated_at=NOW + timedelta(minutes=9))
    Order.objects.filter(number=numbers[3]).update(updated_at=NOW + timedelta(minutes=8))
    assert walk(client, first["next"], "next") == [[numbers[2], numbers[3]], [numbers[0]]]


def test_page_keeps_the_filters() -> None:
    make_orders([0, 0, 0])
    page = client_with("orders:read").get(f"{ORDERS}?page_size=1&status=processing").json()
    assert page["next"].startswith("http://testserver/api/v1/orders/?")
    assert "page_size=1" in page["next"]
    assert "status=processing" in page["next"]


def test_empty_page_leads_nowhere() -> None:
    assert client_with("orders:read").get(ORDERS).json() == {
        "results": [],
        "next": None,
        "previous": None,
        "poll": None,
    }


def test_cursor_of_elsewhere_is_refused() -> None:
    make_orders([0, 0])
    client = client_with("orders:read")
    address = client.get(f"{ORDERS}?page_size=1").json()["next"]
    cursor = address.split("cursor=")[1].split("&")[0]
    assert client.get(f"{ORDERS}?cursor={cursor}").status_code == 200
    for foreign in (
        f"/api/v1/amazon/orders/?cursor={cursor}",
        f"{ORDERS}?cursor={cursor[:-1]}",
        f"{ORDERS}?cursor=x{cursor[1:]}",
        f"{ORDERS}?cursor=abc",
        f"{ORDERS}?cursor=%FF",
    ):
        response = client.get(foreign)
        assert response.status_code == 400
        assert response.json() == {
            "code": "invalid_cursor",
            "detail": "The cursor is not one that this list gave. Begin again without it.",
            "fields": {"cursor": ["The cursor is not one that this list gave. Begin again without it."]},
        }


def test_page_counts_nothing() -> None:
    make_orders([0, 0, 0])
    client = client_with("orders:read")
    address = client.get(f"{ORDERS}?page_size=1").json()["next"]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(address)
    statements = [query["sql"].upper() for query in captured.captured_queries]
    assert not any("COUNT(" in statement or "OFFSET" in statement for statement in statements)
