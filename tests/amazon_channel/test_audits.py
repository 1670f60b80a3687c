"""Open orders that no list shows are asked for by their number; so is what Amazon did not list where it should."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.models import AmazonOrder, OrderAudit, OrderDifference, RateBudget
from amazon_channel.services.budgets import GET_ORDER
from amazon_channel.services.reconciliation.audits import MOST_ATTEMPTS, audit_orders
from commerce_orders.models import Order
from tests.amazon_channel.reconciling import DONE, counts, differences, reconcile

pytestmark = pytest.mark.django_db

DAY = 86_400


def asked(shop):
    return [entry["path"].rpartition("/")[2] for entry in shop.amazon.log(operation="getOrder")]


def audit(shop, **period):
    return audit_orders(account=shop.account, clock=shop.later(**period))


def place_old(shop, *, days):
    """An open order that a window of three days does not list."""
    order_id = shop.place(age_seconds=days * DAY)
    shop.pull(since=timezone.now() - timedelta(days=30))
    return order_id


@pytest.fixture
def unlisted(shop):
    return place_old(shop, days=10)


def test_an_open_order_that_changed_unseen_is_repaired(shop, unlisted):
    listed = shop.place()
    shop.pull()
    shop.amazon.act(unlisted, "cancel", last_updated="2026-11-20T00:00:00Z")
    shop.amazon.act(unlisted, "list", listed=False)
    shop.amazon.clear_log()
    before, now_at_amazon = AmazonOrder.objects.get(amazon_order_id=unlisted).last_updated_at, shop.amazon.now()
    shop.amazon.act(unlisted, "touch")

    run = reconcile(shop)

    assert asked(shop) == [unlisted]
    assert (run.outcome, counts(run)) == (DONE, {"amazon": 1, "stored": 1, "stale": 1, "repaired": 1})
    assert differences(run) == [(unlisted, "stale", True, "")]
    found = OrderDifference.objects.get()
    assert (found.stored_version, found.amazon_version > now_at_amazon) == (before, True)
    assert Order.objects.get(channel_order_id=unlisted).status == "canceled"
    assert Order.objects.get(channel_order_id=listed).status == "processing"
    assert not OrderAudit.objects.exists()


def test_an_open_order_that_is_the_same_at_amazon_is_no_difference(shop, unlisted):
    run = reconcile(shop)

    assert (asked(shop), counts(run), differences(run)) == ([unlisted], {}, [])


@pytest.mark.parametrize(
    ("request_", "is_asked_for"),
    [
        ({"status": "PENDING"}, True),
        ({"status": "UNSHIPPED", "fulfilled_by": "AMAZON"}, True),
        ({"status": "SHIPPED"}, False),
        ({"status": "CANCELLED"}, False),
    ],
)
def test_what_is_open_at_amazon_is_asked_for(shop, request_, is_asked_for):
    order_id = shop.place(age_seconds=10 * DAY, **request_)
    shop.pull()
    shop.amazon.clear_log()

    reconcile(shop)

    assert asked(shop) == [order_id] * is_asked_for


def test_open_commerce_orders_that_were_not_seen_for_a_day_are_asked_for(shop, unlisted):
    AmazonOrder.objects.update(status="TELEPORTED")

    reconcile(shop)
    assert asked(shop) == []
    reconcile(shop, clock=shop.later(hours=25))

    assert asked(shop) == [unlisted]


def test_an_order_that_amazon_no_longer_knows_is_told(shop, unlisted):
    shop.amazon.add_fault("getOrder", "status", args={"status": 404, "code": "NotFound", "message": "No such order."})

    run = reconcile(shop)

    assert (counts(run), differences(run)) == ({"unsettled": 1}, [(unlisted, "not_found", False, "not_found")])
    assert AmazonOrder.objects.count() == 1


@pytest.mark.parametrize(("fault", "args"), [("truncate", {"at": 5}), ("status", {"status": 403})])
def test_an_order_that_cannot_be_read_stops_neither_the_others_nor_itself_for_ever(shop, unlisted, fault, args):
    second = place_old(shop, days=9)
    shop.amazon.act(second, "cancel", bump=False)
    shop.amazon.add_fault("getOrder", fault, nth=1, args=args)

    run = reconcile(shop)
    shop.account.refresh_from_db()
    assert shop.account.error_code == ""

    assert (asked(shop), differences(run)) == ([unlisted, second], [(second, "stale", True, "")])
    assert [(row.amazon_order.amazon_order_id, row.attempts) for row in OrderAudit.objects.all()] == [(unlisted, 1)]
    assert audit(shop, minutes=9).checked == 0
    assert (audit(shop, minutes=11).checked, OrderAudit.objects.count()) == (1, 0)


def test_the_differences_of_a_run_are_counted_once_for_all_answers(shop, unlisted):
    others = [place_old(shop, days=days) for days in (9, 8)]
    for order_id in (unlisted, *others):
        shop.amazon.act(order_id, "cancel", bump=False)
    shop.amazon.add_fault("getOrder", "truncate", args={"at": 5})
    run = reconcile(shop)
    shop.amazon.clear_faults()

    with CaptureQueriesContext(connection) as queries:
        audit(shop, minutes=11)

    run.refresh_from_db()
    assert counts(run) == {"stale": 3, "repaired": 3}
    assert len([query for query in queries if "COUNT" in query["sql"] and "orderdifference" in query["sql"]]) == 1


def test_an_order_that_never_can_be_read_is_given_up_and_told(shop, unlisted):
    shop.amazon.add_fault("getOrder", "truncate", args={"at": 5})
    run = reconcile(shop)

    for hours in range(1, MOST_ATTEMPTS + 1):
        audit(shop, hours=hours)

    run.refresh_from_db()
    assert len(asked(shop)) == MOST_ATTEMPTS
    assert (differences(run), run.unsettled) == ([(unlisted, "stale", False, "unanswered")], 1)


def test_the_audit_keeps_a_part_of_the_budget_and_asks_for_the_rest_later(shop, unlisted):
    second = place_old(shop, days=9)
    now = timezone.now()
    RateBudget.objects.create(account=shop.account, operation=GET_ORDER, rate=0.5, tokens=11.5, refilled_at=now)
    shop.amazon.set_options(rate_scale=1)

    run = reconcile(shop, clock=lambda: now)

    assert (run.outcome, asked(shop)) == (DONE, [unlisted])
    (left,) = OrderAudit.objects.all()
    assert (left.amazon_order.amazon_order_id, left.attempts) == (second, 0)
    assert audit(shop, seconds=10).checked == 1
    assert asked(shop) == [unlisted, second]


def test_those_that_wait_longest_come_first_over_the_nights(shop, unlisted):
    shop.amazon.add_fault("getOrder", "html", times=1)
    reconcile(shop)
    newer = place_old(shop, days=20)
    shop.amazon.clear_log()

    reconcile(shop, clock=shop.later(hours=24))

    assert asked(shop) == [unlisted, newer]


def test_an_outage_ends_the_audit_and_leaves_the_rest(shop, unlisted):
    place_old(shop, days=9)
    shop.amazon.add_fault("getOrder", "html")

    run = reconcile(shop)

    assert (run.outcome, len(asked(shop)), OrderAudit.objects.count()) == (DONE, 1, 2)
    assert (audit(shop, minutes=1).error.code, OrderAudit.objects.count()) == ("unavailable", 2)


def test_the_audits_of_a_page_of_orders_are_queued_in_few_statements(shop, django_assert_max_num_queries):
    shop.amazon.create_orders(
        count=120, status="UNSHIPPED", marketplace_id="ATVPDKIKX0DER", features=[], age_seconds=5 * DAY
    )
    shop.pull()
    shop.amazon.add_fault("getOrder", "throttle")

    with django_assert_max_num_queries(60):
        reconcile(shop)

    assert OrderAudit.objects.count() == 120


def test_what_was_not_listed_where_it_should_be_comes_first(shop, unlisted):
    hidden = shop.place()
    shop.pull()
    shop.amazon.set_clock(advance_seconds=1)
    shop.amazon.act(hidden, "list", listed=False)
    shop.amazon.clear_log()

    run = reconcile(shop)

    assert asked(shop) == [hidden, unlisted]
    assert differences(run) == [(hidden, "extra", True, "")]
    assert timezone.now() - run.started_at < timedelta(minutes=5)
