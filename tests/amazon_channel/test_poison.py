"""One order that cannot be read or stored must not stop the others, and heals by itself."""

import logging
from typing import Any

import pytest
from django.db import connection

from amazon_channel.models import AmazonOrder
from amazon_channel.services.batch import PageResult
from amazon_channel.services.leases import LeaseLost
from commerce_orders.models import Order
from tests.amazon_channel.readings import changed, plain_order
from tests.amazon_channel.test_store import later, store, to_ship
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def deep(levels):
    node = {}
    for _ in range(levels):
        node = {"x": node}
    return node


POISON: dict[str, Any] = {
    "null": None,
    "a text": "order",
    "a list": [[[]]],
    "an empty object": {},
    "no items": plain_order(orderItems=None),
    "a quantity as text": changed(plain_order(), "orderItems.0.quantityOrdered", "1"),
    "a fraction of a unit": changed(plain_order(), "orderItems.0.quantityOrdered", 1.5),
    "too many units": changed(plain_order(), "orderItems.0.quantityOrdered", 2**63),
    "a huge number": plain_order(novelty=2**100),
    "an endless amount": changed(plain_order(), "proceeds.grandTotal.amount", "1" * 5000),
    "deep nesting": plain_order() | {"novelty": deep(600)},
    "deep nesting of personal data": plain_order() | {"tax": {"taxRegistrations": [deep(700)]}},
    "an item twice": plain_order(orderItems=[plain_order()["orderItems"][0]] * 2),
    "the beginning of time": plain_order(lastUpdatedTime="0001-01-01T00:00:00+14:00"),
    "the end of time": plain_order(createdTime="9999-12-31T23:59:59-14:00"),
    "delivery at the end of time": changed(
        plain_order(fulfillment={"fulfillmentStatus": "SHIPPED"}),
        "fulfillment.deliverByWindow.latestDateTime",
        "9999-12-31T23:59:59Z",
    ),
    "a path for a number": plain_order(orderId="../../etc"),
    "a long number": plain_order(orderId="1" * 4000),
    "two packages of one name": plain_order(
        fulfillment={"fulfillmentStatus": "PARTIALLY_SHIPPED"}, packages=[{"packageReferenceId": "1"}] * 2
    ),
}


@pytest.mark.parametrize("name", POISON)
def test_ninety_nine_are_stored_whatever_the_hundredth_is(name, caplog):
    caplog.set_level(logging.CRITICAL)
    account, page = make_account(), to_ship(99)
    page.insert(50, POISON[name])

    result = store(account, page)

    healthy = AmazonOrder.objects.filter(amazon_order_id__in=[order["orderId"] for order in to_ship(99)])
    assert (healthy.count(), healthy.filter(problem_code="").count()) == (99, 99)
    assert AmazonOrder.objects.count() == 100
    assert (result.seen, result.created) == (100, 100)
    assert result.commerce_orders_created in (99, 100)
    assert result.problems == AmazonOrder.objects.with_problem().count() <= 1
    assert store(account, page).created == 0


@pytest.mark.parametrize("name", ["no items", "a quantity as text", "a huge number", "deep nesting", "an item twice"])
def test_a_poisoned_order_heals_with_its_next_version(name):
    account = make_account()
    store(account, [POISON[name]])
    (problem,) = AmazonOrder.objects.with_problem()

    assert store(account, [later(plain_order())]) == PageResult(seen=1, updated=1, commerce_orders_created=1)
    healed = AmazonOrder.objects.get()
    assert (problem.problem_code, healed.problem_code, healed.problem_since) == ("unreadable", "", None)
    assert healed.pk == problem.pk
    assert Order.objects.get().channel_order_id == healed.amazon_order_id


def test_an_order_that_turns_unreadable_keeps_what_was_known():
    account, order = make_account(), plain_order()
    store(account, [order])
    before = AmazonOrder.objects.get()

    store(account, [later(changed(order, "orderItems.0.quantityOrdered", None))])

    after = AmazonOrder.objects.get()
    assert (after.problem_code, after.problem_detail) == ("unreadable", "quantityOrdered is no whole number")
    assert (after.status, after.grand_total, after.contact_id) == ("UNSHIPPED", before.grand_total, before.contact_id)
    assert after.commerce_order_id == before.commerce_order_id
    assert after.items.count() == 2


@pytest.fixture
def fragile(request):
    """A database that refuses one title, as a full disk or a new constraint might; gone after the test."""
    table, column = "amazon_channel_amazonorderitem", "title"
    if connection.vendor == "sqlite":
        make = (
            f"CREATE TRIGGER fragile BEFORE INSERT ON {table} WHEN NEW.{column} = 'Poison' "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )
        drop = "DROP TRIGGER IF EXISTS fragile"
    else:
        make = f"ALTER TABLE {table} ADD CONSTRAINT fragile CHECK ({column} <> 'Poison')"
        drop = f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} DROP CONSTRAINT IF EXISTS fragile"
    with connection.cursor() as cursor:
        cursor.execute(make)

    def mend():
        with connection.cursor() as cursor:
            cursor.execute(drop)

    return mend


def poisoned():
    return changed(plain_order(), "orderItems.0.product.title", "Poison")


def test_an_order_that_the_database_refuses_is_a_problem_and_tried_again(fragile, caplog):
    caplog.set_level(logging.CRITICAL)
    account = make_account()
    page = [*to_ship(5), poisoned()]

    result = store(account, page)

    assert result == PageResult(seen=6, created=6, problems=1, commerce_orders_created=5)
    (problem,) = AmazonOrder.objects.with_problem()
    assert (problem.problem_code, problem.problem_detail) == ("not_stored", "IntegrityError")
    assert problem.payload["orderId"] == problem.amazon_order_id
    assert problem.read_again_at is not None
    assert Order.objects.count() == 5

    assert store(account, page).commerce_orders_created == 0
    fragile()
    assert store(account, page) == PageResult(seen=6, updated=1, unchanged=5, commerce_orders_created=1)
    healed = AmazonOrder.objects.get(pk=problem.pk)
    assert (healed.problem_code, healed.read_again_at, healed.readings) == ("", None, 0)


def test_a_lost_lease_stores_nothing_and_is_no_problem_of_the_orders():
    account = make_account()

    def lose():
        raise LeaseLost

    with pytest.raises(LeaseLost):
        store(account, to_ship(3), check=lose)

    assert not AmazonOrder.objects.exists()


def test_a_lease_lost_between_two_orders_stops_there(fragile, caplog):
    caplog.set_level(logging.CRITICAL)
    account = make_account()
    checks = []

    def lose_at_the_third():
        checks.append(1)
        if len(checks) == 3:
            raise LeaseLost

    with pytest.raises(LeaseLost):
        store(account, [*to_ship(3), poisoned()], check=lose_at_the_third)

    assert AmazonOrder.objects.count() == 1
