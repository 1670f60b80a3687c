"""What people are told about Amazon's budgets."""

from datetime import timedelta

import pytest

from amazon_channel.models import RateBudget, ReadingWindow
from amazon_channel.services.budgets import LIVE_RESERVE, REFILLED
from amazon_channel.services.forecasts import BudgetForecast, describe_budgets
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


def test_an_account_that_never_called_has_full_budgets():
    account = make_account()

    assert describe_budgets(accounts=[account], now=NOW) == {
        account.pk: [
            BudgetForecast("searchOrders", 20.0, 20.0, 0.0056, 0, None),
            BudgetForecast("getOrder", 30.0, 30.0, 0.5, 0, None),
            BudgetForecast("confirmShipment", 10.0, 10.0, 2.0, 0, None),
        ]
    }


def test_what_waits_is_counted_with_when_it_can_be_done():
    account = make_account()
    bucket = {"account": account, "refilled_at": NOW - timedelta(seconds=100)}
    RateBudget.objects.create(**bucket, operation="searchOrders", rate=0.01, tokens=1.0)
    RateBudget.objects.create(**bucket, operation="confirmShipment", rate=2.0, tokens=-300.0)
    for days in (1, 2, 3):
        ReadingWindow.objects.create(
            account=account,
            updated_after=NOW - timedelta(days=days + 1),
            updated_before=NOW - timedelta(days=days),
            marketplaces=[],
        )
    make_amazon_order(account=account, read_again_at=NOW - timedelta(minutes=1))
    make_amazon_order(account=account, read_again_at=NOW + timedelta(minutes=1))
    make_amazon_order(read_again_at=NOW)
    order = make_amazon_order(account=account).commerce_order
    record_shipment(
        order_id=order.pk,
        package=Package(carrier_code="UPS", tracking_number="1Z"),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )

    reading, asking, confirming = describe_budgets(accounts=[account], now=NOW)[account.pk]

    left = 1 + 100 * 0.01 * REFILLED
    assert (reading.waiting, reading.calls_left) == (3, pytest.approx(left))
    assert reading.done_at == NOW + timedelta(seconds=(3 + LIVE_RESERVE - left) / (0.01 * REFILLED))
    assert (asking.waiting, asking.done_at) == (1, NOW)
    assert (confirming.waiting, confirming.calls_left) == (1, 0.0)
    assert confirming.done_at == NOW + timedelta(seconds=(1 + 300 - 196) / (2 * REFILLED))


def test_it_costs_five_queries(django_assert_num_queries):
    account = make_account()
    for _ in range(3):
        make_amazon_order(account=account, read_again_at=NOW)

    with django_assert_num_queries(5):
        describe_budgets(accounts=[account], now=NOW)
