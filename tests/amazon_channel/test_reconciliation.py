"""What Amazon lists against what is stored: found, repaired, counted, and gone on with after whatever stops it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from amazon_channel.admin.completeness import day_rows
from amazon_channel.models import (
    AmazonOrder,
    ListedOrder,
    OrderDifference,
    ReconciledDay,
    Reconciliation,
)
from amazon_channel.services.reconciliation.runs import (
    WindowRefused,
    open_nightly,
    prune_reconciliations,
)
from amazon_channel.services.reconciliation.walk import go_on
from commerce_orders.models import Order
from tests.amazon_channel.pulling import place_many, searches, stored, whole_second
from tests.amazon_channel.reconciling import DONE, counts, differences, reconcile

pytestmark = pytest.mark.django_db

DAY = 86_400


def test_a_complete_shop_has_no_differences(shop):
    place_many(shop, 150)
    shop.pull()
    now = timezone.now()
    shop.amazon.clear_log()

    run = reconcile(shop, days=2, clock=lambda: now)

    assert (run.outcome, run.finished_at, run.pages, run.api_calls) == (DONE, now, 2, 2)
    assert counts(run) == {"amazon": 150, "stored": 150}
    assert run.until == shop.amazon.now()
    first, second = searches(shop)
    assert datetime.fromisoformat(first["createdAfter"]) == whole_second(now - timedelta(days=2))
    assert "lastUpdatedAfter" not in first
    assert first["includedData"] == second["includedData"]
    assert second["paginationToken"]
    assert not ListedOrder.objects.exists()


def test_a_telephone_number_that_amazon_shows_no_longer_is_no_difference(shop):
    """From deliver-by on Amazon leaves it out of what was shipped, and the order is no other version by it."""
    order_id = shop.place(status="SHIPPED")
    shop.pull()
    phone = Order.objects.get().contact.details.address.phone
    shop.amazon.set_clock(advance_seconds=15 * DAY)

    assert counts(reconcile(shop, days=30, clock=shop.later(days=15))) == {"amazon": 1, "stored": 1}
    assert shop.pull(since=timezone.now() - timedelta(days=1)).unchanged == 1
    assert Order.objects.get(channel_order_id=order_id).contact.details.address.phone == phone != ""


def test_missing_and_stale_orders_are_repaired_from_the_page(shop):
    stale, whole = shop.place(), shop.place()
    shop.pull()
    missing = shop.place()
    shop.amazon.act(stale, "cancel")
    before = AmazonOrder.objects.get(amazon_order_id=stale).last_updated_at
    shop.amazon.clear_log()

    run = reconcile(shop)

    assert counts(run) == {"amazon": 3, "stored": 2, "missing": 1, "stale": 1, "repaired": 2}
    assert sorted(differences(run)) == sorted([(missing, "missing", True, ""), (stale, "stale", True, "")])
    found = OrderDifference.objects.get(amazon_order_id=stale)
    assert (found.stored_version, found.amazon_version) == (before, shop.amazon.now())
    assert Order.objects.get(channel_order_id=missing).status == "processing"
    assert Order.objects.get(channel_order_id=stale).status == "canceled"
    assert [entry["operation"] for entry in shop.amazon.log()] == ["searchOrders"]
    assert stored(shop) == {missing, stale, whole}
    assert counts(reconcile(shop)) == {"amazon": 3, "stored": 3}


def test_other_content_at_the_same_time_is_a_difference(shop):
    order_id = shop.place()
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"programs": ["PRIME"]}, bump=False)

    run = reconcile(shop)

    assert counts(run) == {"amazon": 1, "stored": 1, "stale": 1, "repaired": 1}
    assert AmazonOrder.objects.get().is_prime


def test_a_newer_version_that_a_pull_stored_meanwhile_is_no_difference(shop):
    order_id = shop.place()
    shop.pull()
    AmazonOrder.objects.update(last_updated_at=shop.amazon.now() + timedelta(hours=1), content_hash="newer")

    assert counts(reconcile(shop)) == {"amazon": 1, "stored": 1}
    assert stored(shop) == {order_id}


def test_a_difference_that_stays_open_is_one_however_often_it_is_found(shop):
    order_id = shop.place()
    shop.amazon.act(order_id, "merge", json={"orderItems": []})
    now = timezone.now()

    first = reconcile(shop, clock=lambda: now)
    found = OrderDifference.objects.get()
    assert (found.found_at, found.reason, counts(first)["unsettled"]) == (now, "unreadable", 1)
    second, third = (reconcile(shop, clock=shop.later(minutes=minutes)) for minutes in (1, 2))

    assert [counts(run)["unsettled"] for run in (second, third)] == [1, 1]
    found = OrderDifference.objects.get()
    assert (found.reconciliation, found.found_at, found.is_repaired) == (third, now, False)
    assert [row["found"] for row in day_rows(shop.account, before=None, shown=31) if row["found"]] == [1]


def test_a_difference_that_a_later_pull_healed_is_closed_by_the_next_comparison(shop):
    order_id = shop.place()
    whole = shop.amazon.order(order_id)["orderItems"]
    shop.amazon.act(order_id, "merge", json={"orderItems": []})
    reconcile(shop)
    shop.amazon.act(order_id, "merge", json={"orderItems": whole})
    shop.pull()
    assert Order.objects.count() == 1

    run = reconcile(shop)

    assert (differences(run), counts(run)) == ([], {"amazon": 1, "stored": 1})
    assert OrderDifference.objects.get().is_repaired


def test_an_order_that_becomes_visible_hours_late_is_found_the_same_night(shop):
    late = shop.place(age_seconds=DAY / 2, visible_in_seconds=60)
    shop.pull()
    shop.amazon.set_clock(advance_seconds=12 * 3600)
    assert shop.pull().created == 0
    assert stored(shop) == set()

    run = reconcile(shop)

    assert differences(run) == [(late, "missing", True, "")]
    assert Order.objects.get().channel_order_id == late


def test_orders_of_one_second_at_the_edge_of_the_window_are_all_listed(shop):
    edge = whole_second(timezone.now())
    ids = place_many(shop, 250)
    second = whole_second(datetime.fromisoformat(shop.amazon.order(ids[0])["createdTime"]))
    assert {whole_second(datetime.fromisoformat(shop.amazon.order(each)["createdTime"])) for each in ids} == {second}

    run = reconcile(shop, since=second, clock=lambda: edge + timedelta(minutes=1))

    assert counts(run) == {"amazon": 250, "missing": 250, "repaired": 250}
    assert stored(shop) == set(ids)


def test_orders_of_one_second_at_the_edge_of_two_halves_are_all_listed_once(shop):
    now = timezone.now()
    since = whole_second(now - timedelta(days=2))
    middle = shop.amazon.now() - timedelta(days=1)
    ids = place_many(shop, 130) + place_many_at(shop, middle, 250)
    shop.amazon.add_fault("searchOrders", "html", nth=2)
    reconcile(shop, since=since, clock=lambda: now)
    shop.amazon.set_options(page_token_lifetime_seconds=0)

    for _ in range(20):
        run = reconcile(shop, since=since, clock=lambda: now)
        shop.amazon.set_options(page_token_lifetime_seconds=DAY)

    assert (run.outcome, run.amazon, stored(shop)) == (DONE, 380, set(ids))


def place_many_at(shop, moment, count):
    age = (shop.amazon.now() - moment).total_seconds()
    return shop.amazon.create_orders(
        count=count, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", features=[], age_seconds=age
    )


def test_what_cannot_be_stored_is_told_each_night_until_it_can(shop):
    good, bad = shop.place(), shop.place()
    shop.amazon.act(bad, "merge", json={"orderItems": None}, bump=False)

    first = reconcile(shop)
    assert counts(first) == {"amazon": 2, "missing": 2, "repaired": 1, "unsettled": 1}
    assert differences(first) == [(good, "missing", True, ""), (bad, "missing", False, "unreadable")]

    assert differences(reconcile(shop)) == [(bad, "stale", False, "unreadable")]
    assert AmazonOrder.objects.get(amazon_order_id=bad).problem_code == "unreadable"
    assert ReconciledDay.objects.latest("day").held == 2


def test_what_we_hold_and_amazon_does_not_list_is_reported_and_never_deleted(shop):
    order_id, other_marketplace, too_old = shop.place(), shop.place(), shop.place(age_seconds=5 * DAY)
    shop.pull()
    for each in (order_id, other_marketplace):
        shop.amazon.act(each, "list", listed=False)
    AmazonOrder.objects.filter(amazon_order_id=other_marketplace).update(marketplace_id="A2EUQ1WTGCTBG2")

    run = reconcile(shop)

    # The other marketplace's is none of the window's; its own answer to a question by number shows that it was altered.
    assert counts(run) == {"stored": 1, "extra": 1, "stale": 1, "repaired": 1}
    assert differences(run) == [(order_id, "extra", True, ""), (other_marketplace, "altered", True, "")]
    assert stored(shop) == {order_id, other_marketplace, too_old}


def test_whole_days_are_counted_on_the_accounts_clock(shop):
    shop.account.time_zone = "America/Los_Angeles"
    shop.account.save()
    zone = ZoneInfo("America/Los_Angeles")
    now = shop.amazon.now()
    for age in (0, 1, 1, 2, 2, 2, 9):
        shop.place(age_seconds=age * DAY)

    run = open_nightly(account=shop.account, now=now)
    today = now.astimezone(zone).date()

    assert run.since == datetime.combine(today - timedelta(days=3), datetime.min.time(), zone).astimezone(UTC)
    go_on(run=run, account=shop.account, clock=lambda: now)
    days = [(row.day, row.amazon, row.held, row.counted_at) for row in ReconciledDay.objects.all()]
    assert days == [(today - timedelta(days=age), count, count, now) for age, count in enumerate((1, 2, 3, 0))]
    reconcile(shop, days=1, clock=lambda: now + timedelta(hours=1))
    assert ReconciledDay.objects.count() == 4
    assert ReconciledDay.objects.get(day=today - timedelta(days=1)).counted_at == now


@pytest.mark.parametrize("days", [0, -1, 731])
def test_days_that_amazon_does_not_keep_are_refused(shop, days):
    with pytest.raises(WindowRefused, match="Choose from 1 to 730 days"):
        reconcile(shop, days=days)
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), -timedelta(days=731)])
def test_a_window_in_the_future_or_too_far_back_is_refused(shop, ahead):
    now = timezone.now()
    with pytest.raises(WindowRefused, match="a time in the past that is at most 730 days ago"):
        reconcile(shop, since=now + ahead, clock=lambda: now)
    assert not Reconciliation.objects.exists()


def test_two_years_are_compared(shop):
    oldest = shop.place(age_seconds=729 * DAY)

    assert counts(reconcile(shop, days=730)) == {"amazon": 1, "missing": 1, "repaired": 1}
    assert stored(shop) == {oldest}


def test_old_runs_go_with_their_differences_and_the_days_stay(shop):
    shop.place()
    reconcile(shop)
    now = timezone.now()

    assert prune_reconciliations(now=now + timedelta(days=89)) == 0
    assert prune_reconciliations(now=now + timedelta(days=91)) == 2
    assert (OrderDifference.objects.count(), ReconciledDay.objects.exists()) == (0, True)
