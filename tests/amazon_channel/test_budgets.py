"""Amazon's rates are followed, across runs and workers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.models import RateBudget, SyncRun
from amazon_channel.services.budgets import BURSTS, CONFIRM_SHIPMENT, RATES, SEARCH_ORDERS, Budget
from amazon_channel.simulator.buckets import PLANS
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db


def spend_all(account, now, operation=SEARCH_ORDERS):
    budget, spent = Budget(account, operation), 0
    while spent < 1000:
        try:
            budget.spend(now)
        except AmazonTransient as error:
            assert error.code == "budget_empty"
            return spent, error.retry_after
        spent += 1
    return spent, None


def make_budget(account, **columns):
    return RateBudget.objects.create(
        **{"account": account, "operation": SEARCH_ORDERS, "rate": 0.5, "tokens": 3.0, "refilled_at": NOW} | columns
    )


def test_until_amazon_states_a_rate_nothing_is_held_back():
    account = make_account()

    assert spend_all(account, NOW) == (1000, None)
    assert not RateBudget.objects.exists()


def test_a_bucket_holds_what_is_in_it_and_says_when_there_is_more():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW) == (3, 2.0)
    assert spend_all(account, NOW + timedelta(seconds=1)) == (0, 1.0)
    assert spend_all(account, NOW + timedelta(seconds=4)) == (2, 2.0)


def test_what_is_kept_for_others_is_not_spent():
    account = make_account()
    make_budget(account)
    budget = Budget(account, SEARCH_ORDERS)
    budget.spend(NOW, keep=2)

    with pytest.raises(AmazonTransient) as refused:
        budget.spend(NOW, keep=2)

    assert (refused.value.code, refused.value.retry_after) == ("budget_empty", 2.0)
    assert spend_all(account, NOW)[0] == 2


def test_a_bucket_fills_to_its_burst_only():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW + timedelta(days=30))[0] == 20


def test_a_clock_that_goes_back_neither_fills_nor_empties():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW - timedelta(hours=1)) == (3, 2.0)
    assert RateBudget.objects.get().refilled_at == NOW


def test_buckets_are_apart_by_account_and_operation():
    account = make_account()
    make_budget(account, tokens=0.0)
    make_budget(account, operation=CONFIRM_SHIPMENT)
    make_budget(make_account())

    assert spend_all(account, NOW)[0] == 0
    assert spend_all(account, NOW, CONFIRM_SHIPMENT)[0] == 3


def test_the_rate_that_amazon_states_is_learned():
    account = make_account()
    budget = Budget(account, SEARCH_ORDERS)

    budget.learn(0.0056, NOW)
    budget.learn(None, NOW)
    row = RateBudget.objects.get()
    assert (row.rate, row.tokens) == (0.0056, 19.0)

    Budget(account, SEARCH_ORDERS).learn(0.002, NOW)
    row.refresh_from_db()
    assert (row.rate, row.tokens) == (0.002, 19.0)


def test_a_refusal_empties_the_bucket_for_everybody():
    account = make_account()
    make_budget(account)

    assert Budget(account, SEARCH_ORDERS).exhaust(NOW + timedelta(seconds=10)) == 2.0

    assert spend_all(account, NOW + timedelta(seconds=10)) == (0, 2.0)


def test_a_refusal_without_a_known_rate_waits_as_long_as_amazons_usual_one():
    assert Budget(make_account(), SEARCH_ORDERS).exhaust(NOW) == pytest.approx(178.57, abs=0.01)


def test_a_rate_that_cannot_bind_costs_no_writes(django_assert_num_queries):
    account = make_account()
    make_budget(account, rate=10_000.0, tokens=0.0)
    budget = Budget(account, SEARCH_ORDERS)

    with django_assert_num_queries(0):
        for _ in range(100):
            budget.spend(NOW)
            budget.learn(10_000.0, NOW)


def test_a_pull_follows_a_rate_that_changes(shop):
    shop.amazon.add_fault("searchOrders", "rate", nth=1, args={"rate": 0.25})
    shop.pull()
    assert RateBudget.objects.get().rate == 0.25

    shop.amazon.add_fault("searchOrders", "rate", nth=1, args={"rate": 0.125})
    shop.pull()
    assert RateBudget.objects.get().rate == 0.125


def test_calls_stay_within_rate_and_burst_whoever_makes_them(shop):
    """Thirty pulls at one moment: those beyond Amazon's burst wait instead of calling."""
    shop.amazon.set_options(rate_scale=1)
    now = timezone.now()

    outcomes = [shop.pull(clock=lambda: now).outcome for _ in range(30)]

    assert outcomes == [SyncRun.Outcome.DONE] * 20 + [SyncRun.Outcome.WAITING] * 10
    assert [entry["status"] for entry in shop.amazon.log(operation="searchOrders")] == [200] * 20


@pytest.mark.parametrize("operation", sorted(RATES))
def test_what_is_assumed_of_each_operation_is_amazons_usage_plan(operation):
    plan = PLANS[operation]

    assert (RATES[operation], BURSTS[operation]) == (plan.rate, plan.burst)
