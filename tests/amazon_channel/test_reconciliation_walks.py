"""A reconciliation that is interrupted goes on where it stood; nothing is counted twice, and nothing loops."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import ListedOrder, OrderDifference, RateBudget, Reconciliation
from amazon_channel.services.budgets import REFILLED, SEARCH_ORDERS, Budget
from amazon_channel.services.leases import LeaseLost
from amazon_channel.services.reconciliation import comparing
from amazon_channel.services.reconciliation.comparing import compare_page
from amazon_channel.services.reconciliation.runs import (
    MOST_ATTEMPTS,
    ReconciliationRunning,
    hold,
    open_nightly,
    open_reconciliation,
)
from amazon_channel.services.reconciliation.walk import go_on
from tests.amazon_channel.gateways import WINDOW, make_gateway
from tests.amazon_channel.pulling import place_many, searches, stored
from tests.amazon_channel.reconciling import DONE, FAILED, WAITING, counts, differences, reconcile

pytestmark = pytest.mark.django_db

ALL_250 = {"amazon": 250, "missing": 250, "repaired": 250}


def tokens(shop):
    return [query.get("paginationToken") for query in searches(shop)]


def test_a_fault_keeps_the_place_and_the_next_run_goes_on_there(shop):
    ids = place_many(shop)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    now = timezone.now()

    waiting = reconcile(shop, clock=lambda: now)

    assert (waiting.outcome, waiting.error_code, waiting.pages, len(stored(shop))) == (WAITING, "unavailable", 1, 100)
    assert waiting.not_before == now + timedelta(minutes=5)
    token = tokens(shop)[1]
    shop.amazon.clear_log()
    done = reconcile(shop, clock=lambda: now + timedelta(minutes=5))
    assert (done.pk, done.outcome, done.error_code, done.pages, done.api_calls) == (waiting.pk, DONE, "", 3, 4)
    assert tokens(shop)[0] == token
    assert (counts(done), stored(shop)) == (ALL_250, set(ids))


def test_pulls_keep_their_part_of_the_budget(shop):
    place_many(shop)
    now = timezone.now()
    RateBudget.objects.create(account=shop.account, operation=SEARCH_ORDERS, rate=0.0056, tokens=6.5, refilled_at=now)
    shop.amazon.set_options(rate_scale=1)

    run = reconcile(shop, clock=lambda: now)

    assert (run.outcome, run.error_code, run.pages) == (WAITING, "budget_empty", 1)
    assert (run.not_before - now).total_seconds() == pytest.approx(0.5 / (0.0056 * REFILLED))
    for _ in range(5):
        Budget(shop.account, SEARCH_ORDERS).spend(now)


def test_a_refused_token_halves_the_window_and_loses_nothing(shop):
    ids = [
        order_id
        for age in range(5)
        for order_id in shop.amazon.create_orders(
            count=60, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", features=[], age_seconds=age * 40_000
        )
    ]
    shop.amazon.set_options(page_token_lifetime_seconds=0)

    run = reconcile(shop)

    assert (run.outcome, counts(run)) == (DONE, {"amazon": 300, "missing": 300, "repaired": 300})
    assert stored(shop) == set(ids)
    assert run.pages < 20
    windows = {(query["createdAfter"], query.get("createdBefore")) for query in searches(shop)}
    assert len(windows) > 2
    assert len([before for _after, before in windows if before is None]) > 1


def test_tokens_that_are_refused_for_ever_end_the_run(shop):
    place_many(shop)
    shop.amazon.set_options(page_token_lifetime_seconds=0)

    run = reconcile(shop)

    assert (run.outcome, run.error_code) == (FAILED, "token_refused")
    assert len(searches(shop)) < 100
    assert not ListedOrder.objects.exists()
    shop.amazon.set_options(page_token_lifetime_seconds=86_400)
    again = reconcile(shop)
    assert (again.outcome, again.amazon, again.missing + run.missing) == (DONE, 250, 150 + run.missing)


def test_a_token_older_than_a_day_is_not_used(shop):
    ids = place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    now = timezone.now()
    run = reconcile(shop, clock=lambda: now)
    shop.amazon.clear_log()

    go_on(run=run, account=shop.account, clock=lambda: now + timedelta(hours=23, seconds=1))

    assert tokens(shop)[0] is None
    assert (run.outcome, counts(run)) == (DONE, {"amazon": 150, "missing": 150, "repaired": 150})
    assert stored(shop) == set(ids)


@pytest.mark.parametrize("fault", ["same_token", "duplicate_page", "empty_page_with_token"])
def test_pages_that_lead_nowhere_are_left_and_the_run_waits(shop, fault):
    place_many(shop, 150)
    shop.amazon.add_fault("searchOrders", fault)
    now = timezone.now()

    run = reconcile(shop, clock=lambda: now)

    assert (run.outcome, run.error_code) == (WAITING, "page_loop")
    assert len(searches(shop)) < 10
    for hours in range(1, 2 * MOST_ATTEMPTS):
        go_on_if_open(run, shop, now + timedelta(hours=hours))
    assert (run.outcome, run.error_code) == (FAILED, "gave_up")
    shop.amazon.clear_faults()
    assert (reconcile(shop).outcome, len(stored(shop))) == (DONE, 150)


def go_on_if_open(run, shop, now):
    if run.finished_at is None:
        go_on(run=run, account=shop.account, clock=lambda: now)


@pytest.mark.parametrize("fault", ["duplicate_page", "empty_page_with_token"])
def test_a_page_that_brings_nothing_new_is_walked_over(shop, fault):
    ids = place_many(shop)
    shop.amazon.add_fault("searchOrders", fault, nth=2)

    run = reconcile(shop)

    assert (run.outcome, counts(run), stored(shop)) == (DONE, ALL_250, set(ids))


def test_orders_of_a_page_that_a_pull_lost_are_found(shop):
    lost = shop.amazon.create_orders(count=100, status="SHIPPED", marketplace_id="ATVPDKIKX0DER", age_seconds=4000)
    end = shop.amazon.clock()["now"]
    shop.amazon.add_fault("searchOrders", "wrong_shape", nth=1, args={"json": {"orders": [], "lastUpdatedBefore": end}})
    assert shop.pull().seen == 0
    shop.amazon.set_clock(advance_seconds=7200)
    newest = shop.place()
    assert shop.pull().seen == 1

    run = reconcile(shop)

    assert counts(run) == {"amazon": 101, "stored": 1, "missing": 100, "repaired": 100}
    assert stored(shop) == {*lost, newest}


def test_a_page_that_the_reconciliation_itself_loses_shows_as_a_gap(shop):
    known, unknown = shop.place(), None
    shop.pull()
    unknown = shop.place()
    end = shop.amazon.clock()["now"]
    shop.amazon.set_clock(advance_seconds=1)
    shop.amazon.add_fault("searchOrders", "wrong_shape", nth=1, args={"json": {"orders": [], "createdBefore": end}})

    first, second = reconcile(shop), reconcile(shop)

    assert (first.outcome, differences(first)) == (DONE, [(known, "extra", True, "")])
    assert differences(second) == [(unknown, "missing", True, "")]


def test_a_refusal_without_a_token_ends_the_run(shop):
    shop.amazon.add_fault("searchOrders", "status", args={"status": 400, "code": "InvalidInput", "message": "No."})

    run = reconcile(shop)

    assert (run.outcome, run.error_code, run.error_detail) == (FAILED, "InvalidInput", "No.")


def test_an_account_without_access_says_so_and_waits(shop):
    shop.amazon.add_fault("searchOrders", "revoke")
    now = timezone.now()

    run = reconcile(shop, clock=lambda: now)

    assert (run.outcome, run.error_code, run.not_before) == (WAITING, "access_denied", now + timedelta(minutes=15))
    shop.account.refresh_from_db()
    assert shop.account.error_code == "access_denied"


@pytest.mark.parametrize("dies_before", ["store_page", "_settle"])
def test_a_worker_that_dies_on_a_page_leaves_it_to_be_compared_again(shop, monkeypatch, dies_before):
    ids = place_many(shop, 150)
    now = timezone.now()

    def die(*_arguments, **_options):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(comparing, dies_before, die)
        with pytest.raises(SystemExit):
            reconcile(shop, clock=lambda: now)
    assert {row[2] for row in differences(Reconciliation.objects.get())} == {False}
    with pytest.raises(ReconciliationRunning):
        reconcile(shop, clock=lambda: now + timedelta(minutes=4))

    run = reconcile(shop, clock=lambda: now + timedelta(minutes=5))

    assert (run.outcome, counts(run)) == (DONE, {"amazon": 150, "missing": 150, "repaired": 150})
    assert stored(shop) == set(ids)


def test_what_kills_every_worker_is_given_up(shop, monkeypatch):
    shop.place()
    now = timezone.now()

    def die(*_arguments, **_options):
        raise SystemExit

    monkeypatch.setattr(comparing, "store_page", die)
    for hours in range(MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            reconcile(shop, clock=lambda hours=hours: now + timedelta(hours=hours))

    run = reconcile(shop, clock=lambda: now + timedelta(hours=MOST_ATTEMPTS))

    assert (run.outcome, run.error_code, counts(run)) == (FAILED, "gave_up", {"missing": 1, "unsettled": 1})


def test_a_worker_whose_run_was_taken_over_writes_nothing(shop):
    shop.place()
    now = timezone.now()
    run = open_reconciliation(account=shop.account, now=now)
    zombie = hold(run, now=now)
    hold(run, now=now + timedelta(minutes=5))
    document = shop.amazon.order(shop.place())

    with pytest.raises(LeaseLost):
        compare_page(hold=zombie, account=shop.account, orders=[document], now=now)

    assert not (ListedOrder.objects.exists() or OrderDifference.objects.exists() or stored(shop))


def test_a_question_that_covers_another_goes_on_and_a_wider_one_takes_its_place(shop):
    now = timezone.now()
    first = open_reconciliation(account=shop.account, now=now, days=10, asked_by="ada")

    same = open_reconciliation(account=shop.account, now=now + timedelta(hours=1), days=3)
    wider = open_reconciliation(account=shop.account, now=now + timedelta(hours=1), days=30)

    first.refresh_from_db()
    assert (same.pk, first.outcome, first.error_code) == (first.pk, FAILED, "replaced")
    assert (wider.outcome, wider.since) == ("running", now + timedelta(hours=1) - timedelta(days=30))


def test_a_long_one_that_was_asked_for_does_not_hold_up_the_nightly_one(shop):
    now = timezone.now()
    asked = open_reconciliation(account=shop.account, now=now, days=700)
    hold(asked, now=now)

    nightly = open_nightly(account=shop.account, now=now)
    go_on(run=nightly, account=shop.account, clock=lambda: now)

    assert nightly.outcome == DONE
    assert list(Reconciliation.objects.due(now + timedelta(hours=1))) == [asked]


def test_a_long_run_stops_after_its_stretch_and_can_be_gone_on_with_at_once(shop):
    place_many(shop)
    now = timezone.now()
    ticks = iter(range(1000))
    run = open_reconciliation(account=shop.account, now=now)

    go_on(
        run=run,
        account=shop.account,
        clock=lambda: now + timedelta(seconds=next(ticks)),
        stretch=timedelta(seconds=5),
    )

    assert (run.outcome, run.leased_until, run.pages) == ("running", None, 1)
    go_on(run=run, account=shop.account, clock=lambda: now + timedelta(minutes=1))
    assert (run.outcome, counts(run)) == (DONE, ALL_250)


def test_a_page_costs_the_same_statements_whatever_its_size(shop, django_assert_num_queries):
    for count in (1, 100):
        place_many(shop, count)
        shop.pull()
        run = open_reconciliation(account=shop.account, now=timezone.now(), days=count)
        held = hold(run, now=timezone.now())
        orders = make_gateway().search_orders(WINDOW).orders[-count:]
        # Held, of whom, with which items and units; seen; savepoint, lock, insert, release; what is open.
        with django_assert_num_queries(10):
            compare_page(hold=held, account=shop.account, orders=orders, now=timezone.now())
        assert ListedOrder.objects.filter(reconciliation=run).count() == count
