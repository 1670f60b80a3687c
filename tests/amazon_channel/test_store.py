"""Storing pages: a constant number of statements, each version once, the newest one last."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_channel.models import AmazonOrder, AmazonOrderItem, OrderSettings
from amazon_channel.services.batch import PageResult
from amazon_channel.services.store import store_page
from commerce_orders.models import Order, OrderEvent, OrderLine, WebhookEvent
from customers.models import Contact
from customers.retention import KEPT_WHILE_OPEN
from tests.amazon_channel.readings import changed, many_orders, plain_order
from tests.commerce_orders.webhooks.receivers import make_endpoint
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db

NEW, CHANGED, UNCHANGED = 15, 11, 1  # statements, savepoints apart
TOLD = 2  # more for a page of which webhooks tell


def store(account, orders, **options):
    return store_page(account=account, orders=orders, **{"now": NOW} | options)


def to_ship(count):
    orders = many_orders(count, status="UNSHIPPED", fulfilled_by="MERCHANT")
    for order in orders:
        del order["_simulator"]
    return orders


def later(order, **changes):
    moment = datetime.fromisoformat(order["lastUpdatedTime"]) + timedelta(hours=1)
    return order | {"lastUpdatedTime": moment.isoformat()} | changes


def warm_up(account):
    """Have the number sequence there, which the first order of all makes."""
    store(account, [plain_order(orderId="000-0000000-0000000")])


@pytest.mark.parametrize("count", [3, 100])
@pytest.mark.parametrize("is_heard", [False, True])
def test_statements_do_not_grow_with_the_page(settings, count, is_heard):
    account, orders = make_account(), to_ship(count)
    warm_up(account)
    if is_heard:
        settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
        make_endpoint("http://127.0.0.1/")

    with CaptureQueriesContext(connection) as new:
        assert store(account, orders) == PageResult(seen=count, created=count, commerce_orders_created=count)
    with CaptureQueriesContext(connection) as repeated:
        assert store(account, orders) == PageResult(seen=count, unchanged=count)
    with CaptureQueriesContext(connection) as touched:
        assert store(account, [later(order) for order in orders]) == PageResult(seen=count, updated=count)

    statements = [
        len([query for query in queries if "SAVEPOINT" not in query["sql"]]) for queries in (new, touched, repeated)
    ]
    assert statements == [NEW + TOLD * is_heard, CHANGED, UNCHANGED], [query["sql"][:150] for query in new]


def test_an_unchanged_page_writes_nothing():
    account, orders = make_account(), to_ship(3)
    store(account, orders)

    with CaptureQueriesContext(connection) as queries:
        store(account, orders, now=NOW + timedelta(hours=1))

    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]
    assert set(AmazonOrder.objects.values_list("stored_at", flat=True)) == {NOW}


def test_an_older_version_never_replaces_a_newer_one():
    account, old = make_account(), plain_order()
    new = later(old, buyer={"buyerName": "New Name", "buyerEmail": "new@example.org"})
    store(account, [new])

    assert store(account, [old]) == PageResult(seen=1, unchanged=1)
    assert Contact.objects.get().details.buyer_name == "New Name"


def test_an_older_version_that_was_read_before_the_newer_was_stored_does_not_win():
    """The first look is without a lock; what counts is the second, under it."""
    account, old = make_account(), plain_order()
    new = later(old, programs=["PRIME"])

    def the_other_worker_stores_the_newer_one():
        store(account, [new])

    result = store(account, [old], check=the_other_worker_stores_the_newer_one)

    assert result == PageResult(seen=1, unchanged=1)
    assert AmazonOrder.objects.get().is_prime
    assert Order.objects.count() == 1


def test_the_same_time_with_other_content_is_news():
    account, order = make_account(), plain_order()
    store(account, [order | {"buyer": {}, "recipient": {}}])

    assert store(account, [order]) == PageResult(seen=1, updated=1, commerce_orders_created=1)


@pytest.mark.parametrize("reverse", [False, True])
def test_an_order_twice_on_a_page_is_stored_once_at_its_newest(reverse):
    account, old = make_account(), plain_order()
    page = [old, later(old, programs=["PRIME"])]

    result = store(account, page[::-1] if reverse else page)

    assert (result.seen, result.created, result.commerce_orders_created) == (2, 1, 1)
    assert AmazonOrder.objects.get().is_prime


def test_two_accounts_may_have_the_same_order_number():
    first, second = make_account(), make_account()
    for account in (first, second):
        assert store(account, [plain_order()]).commerce_orders_created == 1

    assert set(AmazonOrder.objects.values_list("account", flat=True)) == {first.pk, second.pk}
    assert Order.objects.values("channel_order_id").distinct().count() == 1
    assert Order.objects.values("channel_account").distinct().count() == 2


def test_two_accounts_cannot_both_give_amazons_number_to_an_order():
    for _ in range(2):
        account = make_account()
        OrderSettings.objects.filter(account=account).update(order_number_source="amazon")
        result = store(account, [plain_order()])

    assert (result.created, result.problems, result.commerce_orders_created) == (1, 1, 0)
    refused = AmazonOrder.objects.get(account=account)
    number = plain_order()["orderId"]
    assert (refused.problem_code, refused.commerce_order) == ("order_number_taken", None)
    assert refused.problem_detail == f"Another order already has the number {number}."


def test_an_item_that_amazon_takes_out_goes_from_the_mirror():
    account, order = make_account(), plain_order()
    store(account, [order])
    kept = order["orderItems"][0]

    store(account, [later(order, orderItems=[kept])])

    assert list(AmazonOrderItem.objects.values_list("order_item_id", flat=True)) == [kept["orderItemId"]]
    assert OrderLine.objects.count() == 2


def test_statuses_leave_their_trace():
    account, order = make_account(), plain_order()
    pending = changed(order, "fulfillment.fulfillmentStatus", "PENDING")
    store(account, [pending])
    store(account, [later(order)])
    store(account, [later(later(order, programs=["PRIME"]))])

    times = [order["lastUpdatedTime"], later(order)["lastUpdatedTime"]]
    assert [(moment[:19], status) for moment, status in AmazonOrder.objects.get().status_changes] == [
        (times[0][:19], "PENDING"),
        (times[1][:19], "UNSHIPPED"),
    ]


def test_a_promise_that_moves_moves_the_commerce_order():
    account, order = make_account(), plain_order()
    store(account, [order])
    before = Order.objects.get()

    moved = changed(order, "fulfillment.shipByWindow.latestDateTime", "2031-01-02T03:04:05Z")
    store(account, [later(moved)], now=NOW + timedelta(hours=1))

    after = Order.objects.get()
    assert after.ship_by.isoformat() == "2031-01-02T03:04:05+00:00"
    assert (after.deliver_by, after.updated_at) == (before.deliver_by, NOW + timedelta(hours=1))
    assert after.version == before.version + 1


def test_a_promise_that_moves_is_told_though_it_leaves_no_entry(settings):
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    make_endpoint("http://127.0.0.1/")
    account, order = make_account(), plain_order()
    store(account, [order])

    moved = changed(order, "fulfillment.shipByWindow.latestDateTime", "2031-01-02T03:04:05Z")
    store(account, [later(moved)], now=NOW + timedelta(hours=1))
    store(account, [later(moved)], now=NOW + timedelta(hours=2))

    version = Order.objects.get().version
    assert [(event.kind, event.data["version"]) for event in WebhookEvent.objects.order_by("pk")] == [
        ("order.created", version - 1),
        ("order.updated", version),
    ]


def test_events_of_an_order_grow_with_what_happens_only():
    account, order = make_account(), plain_order()
    store(account, [order])
    store(account, [later(order)])

    assert [event.kind for event in OrderEvent.objects.all()] == ["created"]


def test_an_empty_page_asks_one_question():
    account = make_account()
    with CaptureQueriesContext(connection) as queries:
        assert store(account, []) == PageResult()
    assert len(queries) == 0


def test_what_happens_after_delivery_does_not_keep_personal_data_longer():
    account = make_account()
    shipped = to_ship(1)[0] | {"lastUpdatedTime": "2026-11-20T12:00:00Z"}
    shipped["fulfillment"] = shipped["fulfillment"] | {"fulfillmentStatus": "SHIPPED"}
    store(account, [shipped])
    first = Contact.objects.get().erase_after

    store(account, [shipped | {"lastUpdatedTime": "2027-01-20T12:00:00Z"}])

    assert Contact.objects.get().erase_after == first


def test_an_order_that_never_ends_does_not_keep_personal_data_for_ever():
    account, orders = make_account(), to_ship(1)

    store(account, orders)

    row = AmazonOrder.objects.get()
    assert row.contact.erase_after == row.purchased_at + KEPT_WHILE_OPEN
