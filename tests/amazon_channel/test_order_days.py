"""The counted days are what the orders say, whatever happened in between."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest

from amazon_channel.models import AmazonOrder, DayCount, OrderDay, SellerAccount, ShipmentConfirmation
from amazon_channel.models.durations import Durations
from amazon_channel.services.accounts import AccountInvalid, change_account
from amazon_channel.services.order_days import count_day, count_touched_days, recount_days
from amazon_channel.tasks import recount_account_days
from commerce_orders.states import ShipmentOrigin
from tests.amazon_channel.problems import make_confirmation
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db
DAY = NOW.date()
CHANGES = ("buy", "buy", "cancel", "ship", "ship", "correct", "hand over", "reprice")


def rows(**filters):
    columns = ("day", "fulfilled_by", "currency", "orders", "units", "revenue", "shipped_on_time", "shipped_late")
    return list(OrderDay.objects.filter(**filters).order_by("day", "account", *columns[1:3]).values_list(*columns))


def everything():
    columns = [field.attname for field in OrderDay._meta.local_concrete_fields if not field.primary_key]
    return sorted(OrderDay.objects.values_list(*columns), key=repr)


def ship(order, *, sent_at, ship_by, state="confirmed", first_sent_at=...):
    confirmation = make_confirmation(
        state,
        order=order,
        sent_at=sent_at,
        first_sent_at=sent_at if first_sent_at is ... else first_sent_at,
        confirmed_at=NOW if state == "confirmed" else None,
    )
    AmazonOrder.objects.filter(pk=order.pk).update(units_to_ship=0, ship_by=ship_by)
    return confirmation


def test_a_day_is_counted_by_fulfilment_and_currency():
    account = make_account()
    make_amazon_order(account=account)
    make_amazon_order(account=account, quantities=(4,))
    make_amazon_order(account=account, currency="CAD", quantities=(1,))
    make_amazon_order(account=account, status="SHIPPED", fulfilled_by="AMAZON", units_to_ship=0)
    make_amazon_order(account=account, currency="", grand_total=None, with_commerce_order=False)
    make_amazon_order(account=account, status="PENDING")
    make_amazon_order(account=account, status="CANCELLED")
    make_amazon_order(account=account, status="UNSHIPPED", fulfilled_by="AMAZON", with_commerce_order=False)
    make_amazon_order()  # of another account
    make_amazon_order(account=account, purchased_at=NOW - timedelta(days=1))

    assert count_day(account=account, day=DAY) == 5

    assert rows() == [
        (DAY, "AMAZON", "USD", 1, 3, Decimal(30), 0, 0),
        (DAY, "MERCHANT", "", 1, 3, Decimal(0), 0, 0),
        (DAY, "MERCHANT", "CAD", 1, 1, Decimal(10), 0, 0),
        (DAY, "MERCHANT", "USD", 2, 7, Decimal(70), 0, 0),
    ]


def test_a_day_is_one_of_the_accounts_own_clock():
    account = make_account()
    account.time_zone = "Asia/Tokyo"  # where NOW is nine in the evening
    account.save()
    midnight = datetime(2026, 11, 21, 0, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    make_amazon_order(account=account, purchased_at=midnight - timedelta(seconds=1))
    make_amazon_order(account=account, purchased_at=midnight)

    assert recount_days(account=account) == 2

    assert [(row[0], row[3]) for row in rows()] == [(date(2026, 11, 20), 1), (date(2026, 11, 21), 1)]


def test_an_order_is_late_when_amazon_was_told_after_ship_by():
    account = make_account()
    bought = NOW - timedelta(hours=2)
    make = {"account": account, "quantities": (1,)}
    ship(make_amazon_order(**make), sent_at=NOW, ship_by=NOW)
    ship(make_amazon_order(**make), sent_at=NOW, ship_by=NOW - timedelta(seconds=1))
    # Corrected afterwards: the first time counts.
    ship(
        make_amazon_order(**make),
        sent_at=NOW,
        first_sent_at=bought + timedelta(hours=1),
        ship_by=NOW - timedelta(1 / 48),
    )
    # Not told yet; shipped in part; needing no word.
    ship(make_amazon_order(**make), sent_at=None, ship_by=NOW, state="waiting")
    make_confirmation("confirmed", order=make_amazon_order(**make), sent_at=NOW, first_sent_at=NOW, confirmed_at=NOW)
    ship(make_amazon_order(**make), sent_at=None, ship_by=NOW, state="withdrawn")
    # Shipped in Seller Central: when the package left, and nothing about how long people here took.
    adopted = ship(make_amazon_order(**make), sent_at=None, ship_by=NOW + timedelta(days=9))
    assert adopted.shipment.origin == ShipmentOrigin.STAFF

    count_day(account=account, day=DAY)

    [row] = OrderDay.objects.all()
    assert (row.orders, row.shipped_on_time, row.shipped_late) == (7, 3, 1)
    assert row.confirmation_times == Durations.of([timedelta(hours=2)] * 2 + [timedelta(hours=1)]).as_json()


def test_a_sweep_counts_the_days_that_were_touched_and_only_those():
    account = make_account()
    old = make_amazon_order(account=account, purchased_at=NOW - timedelta(days=3), stored_at=NOW - timedelta(hours=2))
    make_amazon_order(account=account, stored_at=NOW - timedelta(minutes=9))

    assert count_touched_days(now=NOW) == 1
    assert [row[0] for row in rows()] == [DAY]
    assert DayCount.objects.get().counted_to == NOW

    ship(old, sent_at=NOW + timedelta(minutes=3), ship_by=NOW, state="sent")
    assert count_touched_days(now=NOW + timedelta(minutes=5)) == 2
    assert [(row[0], row[7]) for row in rows()] == [(DAY - timedelta(days=3), 1), (DAY, 0)]

    assert count_touched_days(now=NOW + timedelta(minutes=30)) == 1
    assert count_touched_days(now=NOW + timedelta(minutes=60)) == 0


def test_a_sweep_that_was_missed_is_made_up_for():
    make_amazon_order(stored_at=NOW + timedelta(minutes=1))
    DayCount.objects.create(pk=1, counted_to=NOW)

    assert count_touched_days(now=NOW + timedelta(days=2)) == 1


def test_counting_again_changes_nothing_and_forgets_what_is_gone():
    account = make_account()
    order = make_amazon_order(account=account)
    recount_days(account=account)
    before = everything()
    recount_days(account=account)
    assert everything() == before

    AmazonOrder.objects.filter(pk=order.pk).update(purchased_at=NOW - timedelta(days=40))
    assert recount_days(account=account, since=DAY) == 0
    assert rows() == []
    assert recount_days(account=account) == 1


def test_another_time_zone_moves_the_days():
    account = make_account()
    make_amazon_order(account=account, purchased_at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC))
    recount_days(account=account)

    change_account(account=account, time_zone="America/Los_Angeles", now=NOW)
    recount_account_days(account.pk)

    assert [row[0] for row in rows()] == [date(2026, 11, 19)]


def test_the_zones_change_rings_for_a_recount(monkeypatch):
    rung = []
    monkeypatch.setattr("project.jobs.ring", lambda task, *ids: rung.append((task, *ids)))
    account = make_account()

    change_account(account=account, time_zone="UTC", now=NOW)
    assert rung == []
    change_account(account=account, time_zone="Europe/Berlin", now=NOW)

    assert rung == [("amazon_channel.tasks.recount_account_days", account.pk)]


def test_a_refused_change_neither_rings_for_a_recount_nor_touches_the_account(monkeypatch):
    rung = []
    monkeypatch.setattr("project.jobs.ring", lambda task, *ids: rung.append((task, *ids)))
    account = make_account(name="Northwind")

    with pytest.raises(AccountInvalid) as refused:
        change_account(account=account, name="Other", time_zone="Europe/Berlin", merchant_token="a b", now=NOW)

    assert refused.value.field == "merchant_token"
    assert (rung, account.name, account.time_zone) == ([], "Northwind", "UTC")


def test_a_recount_is_rung_for_once_the_new_zone_is_stored(monkeypatch):
    stored = []
    monkeypatch.setattr(
        "project.jobs.ring", lambda _task, pk: stored.append(SellerAccount.objects.get(pk=pk).time_zone)
    )

    change_account(account=make_account(), time_zone="Europe/Berlin", now=NOW)

    assert stored == ["Europe/Berlin"]


@pytest.mark.parametrize("seed", range(4))
def test_sweeps_end_with_what_a_fresh_count_gives(seed):
    dice = Random(seed)
    accounts = [make_account(), make_account()]
    accounts[1].time_zone = "Pacific/Auckland"
    accounts[1].save()
    orders, clock = [], NOW
    for _ in range(20):
        what, which, hours = dice.choice(CHANGES), dice.randrange(8), dice.randrange(60)
        clock += timedelta(minutes=4)
        if what == "buy" or not orders:
            bought = NOW - timedelta(hours=hours)
            orders.append(make_amazon_order(account=accounts[which % 2], purchased_at=bought, stored_at=clock))
        else:
            change(orders[which % len(orders)], what, hours, clock)
        if which % 2:
            count_touched_days(now=clock)
    count_touched_days(now=clock + timedelta(minutes=1))
    swept = everything()

    OrderDay.objects.all().delete()
    for account in accounts:
        recount_days(account=account)

    assert swept == everything()


def change(order, what, hours, clock):
    this = AmazonOrder.objects.filter(pk=order.pk)
    if what == "ship":
        if not order.confirmations.exists():
            ship(order, sent_at=clock, ship_by=clock - timedelta(hours=hours - 30), state="sent")
    elif what == "correct":
        ShipmentConfirmation.objects.filter(amazon_order=order).update(sent_at=clock)
    elif what == "cancel":
        this.update(status="CANCELLED", stored_at=clock)
    elif what == "reprice":
        this.update(grand_total=Decimal(hours) / 7, stored_at=clock)
    elif what == "hand over":
        this.update(fulfilled_by="AMAZON", stored_at=clock)


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 3600), (0.9, 86_400)])
def test_quantiles_are_right_to_three_per_cent(share, seconds):
    durations = Durations.of(timedelta(seconds=each) for each in [60] * 4 + [3600] * 4 + [86_400] * 2)

    assert abs(durations.quantile(share).total_seconds() / seconds - 1) < 0.03


def test_durations_of_days_are_put_together():
    first, second = (Durations.of([timedelta(seconds=each)] * 3) for each in (10, 1000))

    merged = Durations.merged([first.as_json(), second.as_json(), {}])

    assert merged.counts == first.counts + second.counts
    assert Durations.merged([]).quantile(0.5) is None
    assert Durations.of([timedelta(0)]).quantile(0.5) == timedelta(seconds=2 / 2.05)
