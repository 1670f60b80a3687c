"""Drafts become orders: many at once, each only once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment, Store
from commerce_orders.services.drafts import LineDraft, Totals
from commerce_orders.services.intake import Intake, Refusal
from commerce_orders.states import OrderStatus
from customers.models import Customer
from tests.commerce_orders.drafted import make_draft, make_package, take_in
from tests.factories import NOW, make_contact

pytestmark = pytest.mark.django_db


def test_a_draft_becomes_an_order_with_lines_and_an_event():
    totals = Totals(
        grand_total=Decimal("40.50"),
        subtotal=Decimal(30),
        shipping=Decimal(4),
        gift_wrap=Decimal(3),
        tax=Decimal(5),
        other=Decimal(1),
        discount=Decimal("2.50"),
    )
    intake = take_in(make_draft(totals=totals))

    order = Order.objects.get()
    assert intake == Intake(created={"O-1": order.pk})
    assert (order.number, order.status, order.channel, order.channel_account) == (
        "100000001",
        "processing",
        "amazon",
        "7",
    )
    assert (order.currency, order.grand_total) == ("EUR", Decimal("40.50"))
    assert (order.placed_at, order.ship_by, order.deliver_by) == (NOW, NOW, None)
    assert (order.created_at, order.updated_at, order.closed_at) == (NOW, NOW, None)
    assert [(line.sku, line.quantity, line.unit_price, line.total) for line in order.lines.all()] == [
        ("SKU-1", 1, Decimal(10), Decimal(10)),
        ("SKU-2", 2, Decimal(10), Decimal(20)),
    ]
    (event,) = OrderEvent.objects.all()
    assert (event.order, event.at, event.kind, event.actor, event.to_status) == (
        order,
        NOW,
        "created",
        "Amazon",
        "processing",
    )


def test_an_order_is_made_once():
    first = take_in(make_draft(1))
    again = take_in(make_draft(1), make_draft(2))

    assert again.existing == first.created
    assert set(again.created) == {"O-2"}
    assert (Order.objects.count(), OrderLine.objects.count(), OrderEvent.objects.count()) == (2, 4, 2)


def test_the_same_number_at_another_account_is_another_order():
    take_in(make_draft(1))
    assert set(take_in(make_draft(1), channel_account="8").created) == {"O-1"}


def test_no_drafts_ask_nothing(django_assert_num_queries):
    store = Store.objects.create(name="Main store")
    with django_assert_num_queries(0):
        assert take_in(store=store) == Intake()


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_do_not_grow_with_the_drafts(count):
    take_in(make_draft(0))
    contacts = [make_contact(email=f"{number}@example.org").pk for number in range(count)]
    drafts = [
        make_draft(
            number,
            wants_customer=True,
            contact_id=contact_id,
            buyer_email=f"{number}@example.org",
            packages=(make_package(L_1=1),),
        )
        for number, contact_id in enumerate(contacts, start=1)
    ]

    with CaptureQueriesContext(connection) as queries:
        take_in(*drafts)

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 12, statements
    assert Order.objects.count() == count + 1


def test_a_number_that_is_taken_refuses_its_draft_only():
    take_in(make_draft(1, number="A-1"))
    intake = take_in(make_draft(2, number="A-1"), make_draft(3, number="A-3"))

    assert set(intake.created) == {"O-3"}
    assert intake.refused == {"O-2": Refusal("order_number_taken", "Another order already has the number A-1.")}
    assert set(Order.objects.values_list("number", flat=True)) == {"A-1", "A-3"}


def test_a_customer_without_an_email_refuses_its_draft_only():
    intake = take_in(make_draft(1, wants_customer=True), make_draft(2))

    assert set(intake.created) == {"O-2"}
    assert intake.refused["O-1"].code == "customer_email_missing"
    assert not Customer.objects.exists()


def test_two_orders_of_one_buyer_on_a_page_share_the_customer():
    contacts = [make_contact(email=email) for email in ("Ada@example.org", "ada@EXAMPLE.org")]
    take_in(
        *(
            make_draft(number, wants_customer=True, contact_id=contact.pk, buyer_email=contact.details.buyer_email)
            for number, contact in enumerate(contacts)
        )
    )

    customer = Customer.objects.get()
    assert (customer.orders.count(), customer.contact) == (2, contacts[1])
    assert set(Order.objects.values_list("is_guest", flat=True)) == {False}


def test_packages_that_left_before_come_along():
    drafts = make_draft(
        status=OrderStatus.PARTIALLY_SHIPPED,
        packages=(make_package("1", L_1=1), make_package("2", L_2=0, unknown=3)),
    )
    intake = take_in(drafts)

    first, second = Shipment.objects.order_by("id")
    assert intake.shipments == {("O-1", "1"): first.pk, ("O-1", "2"): second.pk}
    assert (first.origin, first.tracking_number, first.recorded_by) == ("channel", "TRACK-1", "Amazon")
    assert [(line.line.sku, line.quantity) for line in first.lines.all()] == [("SKU-1", 1)]
    assert not second.lines.exists()


@pytest.mark.parametrize("status", [OrderStatus.COMPLETE, OrderStatus.CANCELED])
def test_an_order_that_comes_finished_is_closed(status):
    take_in(make_draft(status=status))
    assert Order.objects.get().closed_at == NOW


def test_a_line_beyond_its_quantity_makes_nothing_at_all():
    line = LineDraft("L-1", "SKU-1", "", quantity=1, quantity_shipped=2, unit_price=None, total=Decimal(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        take_in(make_draft(1), make_draft(2, lines=(line,)))

    assert not Order.objects.exists()
