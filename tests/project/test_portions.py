"""Walking a sorted list in portions finds the rows that one statement would, in its order."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from amazon_channel.models import AmazonOrder
from project import portions
from project.portions import walk
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portions_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)


@pytest.fixture
def orders() -> QuerySet[AmazonOrder]:
    """Many at one time, and many without any."""
    accounts = [make_account(name="Alpine"), make_account(name="Baltic")]
    for number, hours in enumerate((2, None, 1, 1, 1, None, 3, None)):
        make_amazon_order(account=accounts[number % 2], ship_by=hours and NOW + timedelta(hours=hours))
    return AmazonOrder.objects.select_related("account")


@pytest.mark.parametrize(
    "by",
    [
        ["pk"],
        ["-pk"],
        ["amazon_order_id", "id"],
        ["ship_by", "id"],
        ["-ship_by", "-id"],
        ["ship_by", "-pk"],
        ["account__name", "units_to_ship", "-pk"],
        ["-ship_by", "account__name", "pk"],
    ],
)
def test_portions_are_the_whole_list_in_its_order(orders: QuerySet[AmazonOrder], by: list[str]) -> None:
    walked = [row for some in walk(orders, by=by) for row in some]

    assert walked == list(orders.order_by(*by))
    assert len(walked) == 8


def test_rows_that_the_sort_does_not_tell_apart_are_there_once(orders: QuerySet[AmazonOrder]) -> None:
    walked = [row.pk for some in walk(orders, by=["units_to_ship"]) for row in some]

    assert walked == list(orders.order_by("-pk").values_list("pk", flat=True))


def test_what_is_sorted_by_its_key_twice_is_walked_by_it_once(
    orders: QuerySet[AmazonOrder], django_assert_num_queries
) -> None:
    with django_assert_num_queries(5) as taken:
        assert [len(some) for some in walk(orders, by=["-id", "-id"])] == [2, 2, 2, 2]

    assert taken.captured_queries[0]["sql"].count(" DESC") == 1


def test_a_row_that_comes_in_front_meanwhile_moves_no_other(orders: QuerySet[AmazonOrder]) -> None:
    before = list(orders.order_by("-pk").values_list("pk", flat=True))
    walking = walk(orders)
    walked = next(walking)
    make_amazon_order()

    walked += [row for some in walking for row in some]

    assert [row.pk for row in walked] == before
