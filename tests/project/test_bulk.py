"""Many rows in one statement, stored as Django would store them."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from amazon_channel.models import AmazonOrder, RateBudget
from commerce_orders.models import NumberSequence, Order, OrderEvent, OrderLine
from customers.models import Contact, PersonalDetails, columns_of
from project.bulk import insert_rows
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


def row_of(account, number, **columns):
    return {
        "account_id": account.pk,
        "amazon_order_id": f"111-{number}",
        "payload": {"n": number},
        "content_hash": "",
        "first_seen_at": NOW,
        "stored_at": NOW,
    } | columns


def test_no_rows_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_rows(AmazonOrder, []) == []


def test_keys_come_in_the_order_of_the_rows(django_assert_num_queries):
    account = make_account()
    numbers = [7, 3, 9, 1]
    with django_assert_num_queries(1):
        keys = insert_rows(AmazonOrder, [row_of(account, number) for number in numbers])

    assert [AmazonOrder.objects.get(pk=key).payload["n"] for key in keys] == numbers


def test_a_row_equals_what_django_stores():
    """Read back through the model, every column of a row written in bulk is what ``create`` leaves."""
    written = make_amazon_order(
        ship_by=datetime(2026, 11, 20, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=-8))),
        deliver_by=None,
        grand_total=Decimal("0.1"),
        payload={"text": 'é "quoted" \\ 雪 🎁', "none": None, "list": [1, 2.5, True]},
        status_changes=[["2026", "PENDING"]],
        is_prime=True,
        with_commerce_order=False,
    )
    columns = {field.attname: getattr(written, field.attname) for field in AmazonOrder._meta.local_concrete_fields[1:]}
    (key,) = insert_rows(AmazonOrder, [columns | {"amazon_order_id": "copy"}])

    read, copy = AmazonOrder.objects.get(pk=written.pk), AmazonOrder.objects.get(pk=key)
    differing = [name for name in columns if getattr(read, name) != getattr(copy, name)]
    assert differing == ["amazon_order_id"]
    assert copy.ship_by == datetime(2026, 11, 21, 7, 59, 59, 123456, tzinfo=UTC)
    assert AmazonOrder.objects.filter(ship_by=read.ship_by, grand_total=Decimal("0.1")).count() == 2


def test_columns_that_are_left_out_get_their_default():
    (key,) = insert_rows(AmazonOrder, [row_of(make_account(), 1)])

    row = AmazonOrder.objects.get(pk=key)
    assert (row.status, row.is_prime, row.units_ordered) == ("", False, 0)
    assert (row.status_changes, row.grand_total) == ([], None)


def test_encrypted_columns_are_encrypted():
    details = PersonalDetails(buyer_name="Canary")
    (key,) = insert_rows(Contact, [columns_of(details) | {"origin": "amazon", "created_at": NOW}])

    assert Contact.objects.get(pk=key).details == details
    assert b"Canary" not in bytes(Contact.objects.extra(select={"raw": "data"}).values_list("raw", flat=True)[0])


def test_a_conflict_updates_the_named_columns_only():
    account = make_account()
    (first,) = insert_rows(AmazonOrder, [row_of(account, 1, status="PENDING", marketplace_id="A")])

    keys = insert_rows(
        AmazonOrder,
        [
            row_of(account, 1, status="UNSHIPPED", marketplace_id="B"),
            row_of(account, 2, status="SHIPPED", marketplace_id="C"),
        ],
        unique=["account_id", "amazon_order_id"],
        update=["status"],
    )

    assert keys[0] == first
    rows = AmazonOrder.objects.order_by("amazon_order_id").values_list("pk", "status", "marketplace_id")
    assert list(rows) == [(first, "UNSHIPPED", "A"), (keys[1], "SHIPPED", "C")]


def test_rows_with_their_own_keys_keep_them():
    assert insert_rows(NumberSequence, [{"name": "a", "next_value": 2**40}]) == ["a"]
    assert NumberSequence.objects.get().next_value == 2**40


def test_constraints_hold_and_leave_nothing():
    account = make_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(AmazonOrder, [row_of(account, 1), row_of(account, 1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(AmazonOrder, [row_of(account, 1, problem_code="x")])

    assert not AmazonOrder.objects.exists()


@pytest.mark.parametrize("value", ["%s", "'; DROP TABLE x; --", "100%", "\\", "\u2028"])
def test_values_are_never_part_of_the_statement(value):
    take_in(make_draft())
    order = Order.objects.get()
    row = {"order_id": order.pk, "at": NOW, "kind": "changed", "actor": value, "reason": value, "data": {value: value}}
    (key,) = insert_rows(OrderEvent, [row])

    event = OrderEvent.objects.get(pk=key)
    assert (event.actor, event.reason, event.data) == (value, value, {value: value})


@pytest.mark.parametrize("amount", ["0.0001", "9999999999.9999", "-12.5", "1E+3"])
def test_amounts_are_exact(amount):
    take_in(make_draft())
    line = OrderLine.objects.first()
    columns = {"order_id": line.order_id, "channel_line_id": "x", "quantity": 1, "total": Decimal(amount)}
    (key,) = insert_rows(OrderLine, [columns])

    assert OrderLine.objects.get(pk=key).total == Decimal(amount)


@pytest.mark.parametrize("rate", [0.0056, 1e-9, 10_000.0])
def test_rates_are_kept_to_the_last_bit(rate):
    row = {"account_id": make_account().pk, "operation": "x", "rate": rate, "tokens": 1.5, "refilled_at": NOW}
    insert_rows(RateBudget, [row])
    assert RateBudget.objects.get().rate == rate
