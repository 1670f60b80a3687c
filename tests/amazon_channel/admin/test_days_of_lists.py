"""Both lists find an order under the day that they show for it, which is also the day that charts count it for."""

from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from amazon_channel.models import AmazonOrder, OrderDay, SellerAccount
from amazon_channel.services.order_days import recount_days
from tests.factories import make_account, make_amazon_order
from tests.staff import SignIn

AMAZON, COMMERCE = "/admin/amazon_channel/amazonorder/", "/admin/commerce_orders/order/"
LISTS = [(AMAZON, "purchased_at"), (AMAZON, "ship_by"), (COMMERCE, "placed_at"), (COMMERCE, "ship_by")]
ZONES = ("America/Los_Angeles", "UTC", "Europe/Berlin", "Asia/Tokyo")
CLOCK_TIMES = ("2026-03-02T23:30", "2026-03-03T00:30", "2026-03-03T12:00", "2026-03-03T23:30", "2026-03-04T00:30")


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in("amazon_channel.view_amazonorder", "commerce_orders.view_order")


def account_in(zone: str) -> SellerAccount:
    account = make_account()
    account.time_zone = zone
    account.save()
    return account


def order_at(local: str, account: SellerAccount) -> AmazonOrder:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(account.time_zone))
    return make_amazon_order(account=account, purchased_at=at, ship_by=at)


def address(path: str, field: str, first: date | str, last: date | str) -> str:
    return f"{path}?{urlencode({f'{field}_from': first, f'{field}_to': last})}"


def found(client: Client, path: str, field: str, first: str, last: str) -> set[str]:
    """Amazon numbers of what the list shows for these days, on any of its pages."""
    rows = client.get(address(path, field, first, last)).context["cl"].queryset
    return {row.amazon_order_id if path == AMAZON else row.channel_order_id for row in rows}


@pytest.mark.parametrize(("path", "field"), LISTS)
def test_bought_after_midnight_in_berlin_is_found_under_that_day(viewer: Client, path: str, field: str) -> None:
    order = order_at("2026-03-03T00:30", account_in("Europe/Berlin"))  # in UTC the day before

    assert found(viewer, path, field, "2026-03-03", "2026-03-03") == {order.amazon_order_id}
    assert found(viewer, path, field, "2026-03-02", "2026-03-02") == set()


@pytest.mark.parametrize("zones", [("Europe/Berlin",), ("Europe/Berlin", "Europe/Paris"), ZONES])
def test_list_filter_and_charts_agree_about_every_day(viewer: Client, zones: tuple[str, ...]) -> None:
    days: dict[str, set[str]] = {}
    counted: dict[str, int] = {}
    for zone in zones:
        account = account_in(zone)
        for local in CLOCK_TIMES:
            days.setdefault(local[:10], set()).add(order_at(local, account).amazon_order_id)
        recount_days(account=account)
    for day, orders in OrderDay.objects.values_list("day", "orders"):
        counted[str(day)] = counted.get(str(day), 0) + orders

    assert len(days) == 3
    assert counted == {day: len(numbers) for day, numbers in days.items()}
    for path, field in LISTS:
        assert {day: found(viewer, path, field, day, day) for day in days} == days
        assert found(viewer, path, field, "2026-03-03", "") == days["2026-03-03"] | days["2026-03-04"]
        assert found(viewer, path, field, "", "2026-03-03") == days["2026-03-02"] | days["2026-03-03"]


@pytest.mark.parametrize("path", [AMAZON, COMMERCE])
@pytest.mark.parametrize("rows", [1, 3])
def test_days_take_one_query_more_however_many_rows_and_clocks(
    viewer: Client, path: str, rows: int, django_assert_num_queries
) -> None:
    for zone in ZONES:
        account = account_in(zone)
        for _ in range(rows):
            order_at("2026-03-03T12:00", account)

    # As every list, but for the clocks of the filter instead of the numbers beside the tabs.
    with django_assert_num_queries(12):
        viewer.get(address(path, "ship_by", "2026-03-03", "2026-03-03"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses by what the tables hold")
@pytest.mark.parametrize(("path", "field"), LISTS)
def test_days_of_several_clocks_are_found_by_the_index_of_the_time(viewer: Client, path: str, field: str) -> None:
    for zone in ZONES:
        account_in(zone)
    rows = viewer.get(address(path, field, "2026-03-03", "2026-03-03")).context["cl"].queryset
    plan = rows.select_related(None).explain()

    assert f"({field}>? AND {field}<?)" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
