from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from amazon_channel import states
from amazon_channel.models import AmazonOrder
from customers.models import PersonalDataAccess
from tests.commerce_orders.api.clients import client_with
from tests.factories import NOW, US, make_account, make_amazon_order

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/amazon/orders/"


def ids(client: APIClient, **query: Any) -> list[str]:
    response = client.get(ORDERS, query)
    assert response.status_code == 200, response.json()
    return [order["amazon_order_id"] for order in response.json()["results"]]


def test_amazon_order_is_represented_without_personal_data() -> None:
    order = make_amazon_order(quantities=(2,), payload={"buyer": "kept out"})
    item = order.items.get()
    client = client_with("orders:read", "customers:read")
    answer = client.get(f"{ORDERS}{order.amazon_order_id}/").json()
    assert order.commerce_order is not None
    assert answer == {
        "amazon_order_id": order.amazon_order_id,
        "account": order.account_id,
        "marketplace_id": US,
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "purchased_at": "2026-11-20T10:00:00Z",
        "last_updated_at": "2026-11-20T11:00:00Z",
        "ship_by": "2026-11-21T12:00:00Z",
        "grand_total": {"amount": "20.00", "currency": "USD"},
        "items": [
            {
                "order_item_id": item.order_item_id,
                "sku": "SKU-1",
                "asin": "B000000001",
                "title": "Product 1",
                "quantity_ordered": 2,
                "quantity_shipped": 0,
            }
        ],
        "commerce_order": order.commerce_order.number,
        "problem": None,
    }
    assert client.get(ORDERS).json() == {"results": [answer], "next": None, "previous": None}
    assert not PersonalDataAccess.objects.exists()


def test_amazon_order_that_is_not_complete_has_nulls() -> None:
    order = make_amazon_order(
        with_commerce_order=False,
        status="ODD",
        currency="",
        grand_total=None,
        purchased_at=None,
        problem_code=states.Problem.STATUS_UNKNOWN,
        problem_detail="Amazon says ODD.",
        problem_since=NOW,
    )
    answer = client_with("orders:read").get(f"{ORDERS}{order.amazon_order_id}/").json()
    assert answer["status"] == "ODD"
    assert (answer["grand_total"], answer["purchased_at"], answer["commerce_order"]) == (None, None, None)
    assert answer["problem"] == {"code": "status_unknown", "detail": "Amazon says ODD."}


def test_amazon_orders_are_found_by_filter() -> None:
    account, other = make_account(), make_account()
    unshipped = make_amazon_order(account=account, stored_at=NOW + timedelta(hours=1)).amazon_order_id
    shipped = make_amazon_order(account=other, status="SHIPPED").amazon_order_id
    by_amazon = make_amazon_order(account=account, status="SHIPPED", fulfilled_by="AMAZON").amazon_order_id
    pending = make_amazon_order(account=account, status="PENDING", with_commerce_order=False).amazon_order_id
    fba = make_amazon_order(
        account=account, status="UNSHIPPED", fulfilled_by="AMAZON", with_commerce_order=False
    ).amazon_order_id
    wrong = make_amazon_order(
        account=account, problem_code=states.Problem.UNREADABLE, problem_since=NOW
    ).amazon_order_id
    client = client_with("orders:read")
    assert ids(client) == [shipped, by_amazon, wrong, unshipped]
    assert ids(client, include_pending="true") == [shipped, by_amazon, pending, fba, wrong, unshipped]
    assert ids(client, include_pending="false") == ids(client)
    assert ids(client, account=other.pk) == [shipped]
    assert ids(client, status="UNSHIPPED") == [wrong, unshipped]
    assert ids(client, status="PENDING") == []
    assert ids(client, status="PENDING", include_pending="true") == [pending]
    assert ids(client, fulfilled_by="AMAZON") == [by_amazon]
    assert ids(client, problem="true") == [wrong]
    assert ids(client, problem="false") == [shipped, by_amazon, unshipped]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("account=4711", "account"),
        ("account=1180591620717411303424", "account"),
        ("account=shop", "account"),
        ("fulfilled_by=DRONE", "fulfilled_by"),
        ("problem=maybe", "problem"),
        ("problem=1", "problem"),
        ("include_pending=", "include_pending"),
        ("status=A%00", "status"),
        ("updated_after=2026-11-20", "updated_after"),
    ],
)
def test_query_that_is_not_understood_is_refused(query: str, field: str) -> None:
    response = client_with("orders:read").get(f"{ORDERS}?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == [field]


@pytest.mark.parametrize("account", ["4711", "1180591620717411303424", "shop"])
def test_an_account_that_there_is_not_is_named_in_plain_words(account: str) -> None:
    response = client_with("orders:read").get(f"{ORDERS}?account={account}")
    assert response.json()["fields"] == {"account": ["There is no seller account with this id."]}


def test_amazon_order_that_is_pending_is_found_by_its_number() -> None:
    order = make_amazon_order(status="PENDING", with_commerce_order=False)
    answer = client_with("orders:read").get(f"{ORDERS}{order.amazon_order_id}/").json()
    assert answer["status"] == "PENDING"


def test_amazon_order_of_two_accounts_is_told_apart_by_account() -> None:
    first, second = (make_amazon_order(amazon_order_id="111-1", with_commerce_order=False) for _ in range(2))
    client = client_with("orders:read")
    assert client.get(f"{ORDERS}111-1/").json()["account"] == second.account_id
    assert client.get(f"{ORDERS}111-1/?account={first.account_id}").json()["account"] == first.account_id
    assert client.get(f"{ORDERS}111-1/?account={make_account().pk}").status_code == 404
    assert AmazonOrder.objects.count() == 2


def test_amazon_order_that_is_unknown_is_not_found() -> None:
    response = client_with("orders:read").get(f"{ORDERS}111-4711/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("rows", [1, 3])
def test_amazon_orders_are_listed_in_a_constant_number_of_queries(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = make_account()
    for _ in range(rows):
        make_amazon_order(account=account)
    client = client_with("orders:read")
    with django_assert_num_queries(5):  # the token and its use; the orders and their items
        assert len(ids(client)) == rows
