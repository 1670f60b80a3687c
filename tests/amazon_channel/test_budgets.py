"""Amazon's rates are followed, across runs and workers."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.models import AccessToken, RateBudget, SyncRun
from amazon_channel.services.budgets import (
    BURSTS,
    CONFIRM_SHIPMENT,
    RATES,
    REFILLED,
    SEARCH_ORDERS,
    Budget,
    spending_accounts,
)
from amazon_channel.services.forecasts import describe_budgets
from amazon_channel.services.pull import pull_orders
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


def test_until_amazon_states_a_rate_its_documented_one_holds():
    account = make_account()

    spent, wait = spend_all(account, NOW)

    bucket = RateBudget.objects.get()
    assert (spent, bucket.rate, bucket.tokens) == (20, 0.0056, 0.0)
    assert wait == pytest.approx(178.57 / REFILLED, abs=0.01)


def test_a_bucket_holds_what_is_in_it_and_says_when_there_is_more():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW) == (3, pytest.approx(2 / REFILLED))
    assert spend_all(account, NOW + timedelta(seconds=1)) == (0, pytest.approx(2 / REFILLED - 1))
    assert spend_all(account, NOW + timedelta(seconds=4 / REFILLED))[0] == 2


def test_what_is_kept_for_others_is_not_spent():
    account = make_account()
    make_budget(account)
    budget = Budget(account, SEARCH_ORDERS)
    budget.spend(NOW, keep=2)

    with pytest.raises(AmazonTransient) as refused:
        budget.spend(NOW, keep=2)

    assert (refused.value.code, refused.value.retry_after) == ("budget_empty", pytest.approx(2 / REFILLED))
    assert spend_all(account, NOW)[0] == 2


def test_a_bucket_fills_to_its_burst_only():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW + timedelta(days=30))[0] == 20


def test_a_clock_that_goes_back_neither_fills_nor_empties():
    account = make_account()
    make_budget(account)

    assert spend_all(account, NOW - timedelta(hours=1))[0] == 3
    assert RateBudget.objects.get().refilled_at == NOW


def test_buckets_are_apart_by_account_and_operation():
    account = make_account()
    make_budget(account, tokens=0.0)
    make_budget(account, operation=CONFIRM_SHIPMENT)
    make_budget(make_account())

    assert spend_all(account, NOW)[0] == 0
    assert spend_all(account, NOW, CONFIRM_SHIPMENT)[0] == 3


def test_the_rate_that_amazon_states_is_followed_at_once_down_and_up():
    account = make_account()
    budget = Budget(account, SEARCH_ORDERS)

    for rate in (0.002, 0.01):
        budget.spend(NOW)
        budget.learn(rate, NOW)
        budget.learn(None, NOW)
        assert RateBudget.objects.get().rate == rate

    assert RateBudget.objects.get().tokens == 18.0
    assert spend_all(account, NOW) == (18, pytest.approx(100 / REFILLED))


def test_a_refusal_holds_everybody_back_and_each_further_one_longer():
    account = make_account()
    make_budget(account, operation=CONFIRM_SHIPMENT, rate=2.0)
    now, waits = NOW, []

    for _ in range(10):
        wait = Budget(account, CONFIRM_SHIPMENT).exhaust(now)
        assert spend_all(account, now + timedelta(seconds=wait - 0.01), CONFIRM_SHIPMENT)[0] == 0
        assert spend_all(account, now + timedelta(seconds=wait + 0.01), CONFIRM_SHIPMENT)[0] == 1
        waits.append(wait)
        now += timedelta(seconds=wait + 0.02)

    shortest = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert [low <= wait <= low * 1.25 for low, wait in zip(shortest, waits, strict=True)] == [True] * 10
    assert len(set(waits)) == 10


def test_an_answer_ends_the_row_of_refusals():
    account = make_account()
    budget = Budget(account, SEARCH_ORDERS)
    budget.exhaust(NOW)
    assert RateBudget.objects.get().refusals == 1

    later = NOW + timedelta(hours=1)
    Budget(account, SEARCH_ORDERS).spend(later)
    other = Budget(account, SEARCH_ORDERS)
    other.spend(later)
    other.learn(None, later)

    assert RateBudget.objects.get().refusals == 0


def test_a_refused_search_waits_one_interval_however_often_it_is_refused():
    """Amazon gives a search back every three minutes; doubling that would only make orders late."""
    account = make_account()
    waits = [Budget(account, SEARCH_ORDERS).exhaust(NOW) for _ in range(5)]

    assert all(178 <= wait <= 224 for wait in waits)


def test_a_rate_that_cannot_bind_costs_no_writes(django_assert_num_queries):
    account = make_account()
    make_budget(account, rate=10_000.0, tokens=0.0)
    budget = Budget(account, SEARCH_ORDERS)

    with django_assert_num_queries(0):
        for _ in range(100):
            budget.spend(NOW)
            budget.learn(10_000.0, NOW)


def test_one_worker_at_a_time_goes_on_with_what_the_budget_stopped():
    account = make_account()
    make_budget(account, operation=CONFIRM_SHIPMENT, rate=2.0, tokens=0.0)

    wait = Budget(account, CONFIRM_SHIPMENT).book_return(NOW)

    assert wait == timedelta(seconds=2.5 / REFILLED)  # five calls
    assert Budget(account, CONFIRM_SHIPMENT).book_return(NOW) is None
    assert Budget(account, CONFIRM_SHIPMENT).book_return(NOW + wait) is not None


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


def test_accounts_of_one_seller_share_what_amazon_allows_it(shop):
    """As one for each marketplace, with order settings of its own: Amazon counts per application and seller."""
    other = make_account(marketplaces=["A2EUQ1WTGCTBG2"])
    shop.amazon.set_options(rate_scale=1)
    start = timezone.now()
    for minutes in range(0, 4 * 60, 3):
        moment = start + timedelta(minutes=minutes)
        shop.amazon.set_clock(now=moment)
        for account in (shop.account, other):
            if type(account).objects.due_for_pull(moment, every=timedelta(minutes=3)).filter(pk=account.pk).exists():
                pull_orders(account=account, clock=lambda moment=moment: moment)

    statuses = Counter(entry["status"] for entry in shop.amazon.log(operation="searchOrders"))
    assert statuses[429] == 0
    assert statuses[200] >= 95  # 20 at once, and one in three minutes


def test_accounts_share_a_budget_by_credentials_and_region(shop):
    other, elsewhere, new = make_account(), make_account(region="eu"), make_account()
    for account in (other, elsewhere):
        AccessToken.objects.create(account=account, made_for="one seller")
    AccessToken.objects.create(account=shop.account, made_for="one seller")

    keys = [account.pk for account in (shop.account, other, elsewhere, new)]
    assert spending_accounts([shop.account, other, elsewhere, new]) == dict(
        zip(keys, [shop.account.pk, shop.account.pk, elsewhere.pk, new.pk], strict=True)
    )
    Budget(other, SEARCH_ORDERS).spend(NOW)
    forecasts = describe_budgets(accounts=[shop.account, other, new], now=NOW)
    assert [forecasts[account.pk][0].calls_left for account in (shop.account, other, new)] == [19, 19, 20]
