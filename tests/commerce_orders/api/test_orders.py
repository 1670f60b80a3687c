from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce_orders.models import Order
from commerce_orders.services.catalogue import add_alias
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import OrderStatus, ShipmentOrigin
from customers.models import Contact, Customer, PersonalDataAccess
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.stocked import make_product
from tests.factories import NOW, make_account, make_amazon_order, make_contact

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/orders/"


def make_order(**columns: Any) -> Order:
    order = make_amazon_order(**columns).commerce_order
    assert order is not None
    return order


def ship(order: Order, *, quantities: dict[int, int] | None = None) -> int:
    package = Package(carrier_code="UPS", tracking_number="1Z999", quantities=quantities)
    return record_shipment(order_id=order.pk, package=package, actor="ada", origin=ShipmentOrigin.STAFF, now=NOW).pk


def numbers(client: Any, **query: str) -> list[str]:
    response = client.get(ORDERS, query)
    assert response.status_code == 200, response.json()
    return [order["number"] for order in response.json()["results"]]


def dollars(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def test_order_is_represented_in_full() -> None:
    order = make_order(quantities=(2, 1))
    first, second = order.lines.all()
    add_alias(product_id=make_product("MINE").pk, channel="amazon", sku="SKU-1", now=NOW)
    shipment_id = ship(order, quantities={first.pk: 1})
    answer = client_with("orders:read").get(f"{ORDERS}{order.number}/").json()
    assert answer == {
        "number": order.number,
        "status": "partially_shipped",
        "channel": "amazon",
        "channel_order_id": order.channel_order_id,
        "placed_at": "2026-11-20T10:00:00Z",
        "ship_by": "2026-11-21T12:00:00Z",
        "deliver_by": "2026-11-24T12:00:00Z",
        "is_guest": True,
        "customer": None,
        "recipient": None,
        "currency": "USD",
        "totals": {
            "subtotal": dollars("30.00"),
            "shipping": dollars("0.00"),
            "gift_wrap": dollars("0.00"),
            "tax": dollars("0.00"),
            "other": dollars("0.00"),
            "discount": dollars("0.00"),
            "grand_total": dollars("30.00"),
        },
        "lines": [
            {
                "id": first.pk,
                "sku": "SKU-1",
                "name": "Product 1",
                "quantity": 2,
                "quantity_shipped": 1,
                "quantity_canceled": 0,
                "product": "MINE",
                "unit_price": dollars("10.00"),
                "total": dollars("20.00"),
            },
            {
                "id": second.pk,
                "sku": "SKU-2",
                "name": "Product 2",
                "quantity": 1,
                "quantity_shipped": 0,
                "quantity_canceled": 0,
                "product": None,
                "unit_price": dollars("10.00"),
                "total": dollars("10.00"),
            },
        ],
        "shipments": [
            {
                "id": shipment_id,
                "carrier_code": "UPS",
                "carrier_name": "",
                "shipping_method": "",
                "tracking_number": "1Z999",
                "shipped_at": "2026-11-20T12:00:00Z",
                "lines": [{"line": first.pk, "quantity": 1}],
                "channel_status": "waiting",
                "channel_detail": "",
            }
        ],
        "buyer_wants_to_cancel": False,
        "cancellation": None,
        "external_number": "",
        "acknowledged_at": None,
        "version": 3,
        "updated_at": "2026-11-20T12:00:00.000002Z",
    }
    assert client_with("orders:read").get(ORDERS).json() == {
        "results": [answer],
        "next": None,
        "previous": None,
        "poll": None,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("12.3400", "USD", "12.34"),
        ("12.3450", "USD", "12.345"),
        ("1200.0000", "JPY", "1200"),
        ("0.5000", "JPY", "0.5"),
        ("1.5000", "KWD", "1.500"),
        ("-3.0000", "EUR", "-3.00"),
        ("9999999999.9900", "USD", "9999999999.99"),
    ],
)
def test_money_is_written_in_the_minor_unit_or_finer(amount: str, currency: str, text: str) -> None:
    order = make_order(quantities=(1,))
    order.lines.update(unit_price=Decimal(amount))
    Order.objects.update(currency=currency)
    answer = client_with("orders:read").get(f"{ORDERS}{order.number}/").json()
    assert answer["lines"][0]["unit_price"] == {"amount": text, "currency": currency}


def test_unit_price_that_the_channel_does_not_state_is_null() -> None:
    order = make_order(quantities=(1,))
    order.lines.update(unit_price=None)
    assert client_with("orders:read").get(f"{ORDERS}{order.number}/").json()["lines"][0]["unit_price"] is None


def test_recipient_is_shown_with_the_scope_and_recorded_once_per_answer() -> None:
    orders = [make_order() for _ in range(3)]
    token, text = make_token("orders:read", "customers:read")
    client = client_with_text(text)
    answer = client.get(f"{ORDERS}{orders[0].number}/").json()
    assert answer["recipient"] == {
        "name": "Ada Lovelace",
        "company": "",
        "lines": ["1 Main Street"],
        "city": "Seattle",
        "district": "",
        "region": "WA",
        "postal_code": "98101",
        "country_code": "US",
        "phone": "+1 206 555 0100",
        "buyer_email": "ada@marketplace.amazon.com",
    }
    listed = client.get(ORDERS).json()["results"]
    assert [order["recipient"]["city"] for order in listed] == ["Seattle"] * 3
    looks = PersonalDataAccess.objects.order_by("id").values_list("actor", "purpose", "contact", "contacts_seen")
    assert list(looks) == [
        (f"token:{token.name}", "api_order", orders[0].contact_id, 1),
        (f"token:{token.name}", "api_orders", None, 3),
    ]


def test_recipient_is_null_without_the_scope_and_nobody_looked() -> None:
    make_order()
    [order] = client_with("orders:read", "shipments:write").get(ORDERS).json()["results"]
    assert order["recipient"] is None
    assert not PersonalDataAccess.objects.exists()


def test_recipient_that_is_erased_is_null() -> None:
    make_order()
    Contact.objects.update(data=None, email_index="", name_index="", erased_at=NOW)
    [order] = client_with("orders:read", "customers:read").get(ORDERS).json()["results"]
    assert order["recipient"] is None
    assert not PersonalDataAccess.objects.exists()


def test_customer_is_named_by_number() -> None:
    contact = make_contact()
    customer = Customer.objects.create(number="C-1", email_index="1", contact=contact, created_at=NOW)
    order = make_order(contact=contact)
    Order.objects.update(is_guest=False, customer=customer)
    answer = client_with("orders:read").get(f"{ORDERS}{order.number}/").json()
    assert (answer["is_guest"], answer["customer"]) == (False, customer.number)


def test_orders_are_found_by_filter() -> None:
    account = make_account()
    first, second, third = (make_order(account=account) for _ in range(3))
    Order.objects.filter(pk=second.pk).update(status=OrderStatus.CANCELED, closed_at=NOW)
    Order.objects.filter(pk=first.pk).update(updated_at=NOW + timedelta(microseconds=1), ship_by=None)
    Order.objects.filter(pk=third.pk).update(ship_by=NOW)
    client = client_with("orders:read")
    assert numbers(client) == [second.number, third.number, first.number]
    assert numbers(client, status="canceled") == [second.number]
    assert numbers(client, status="complete") == []
    assert numbers(client, channel="amazon") == [second.number, third.number, first.number]
    assert numbers(client, channel_order_id=third.channel_order_id) == [third.number]
    assert numbers(client, updated_after="2026-11-20T12:00:00Z") == [second.number, third.number, first.number]
    assert numbers(client, updated_after="2026-11-20T12:00:00.000001Z") == [first.number]
    assert numbers(client, updated_after="2026-11-20T13:00:00.000001+01:00") == [first.number]
    assert numbers(client, updated_after="2026-11-20T12:00:00.000001") == [first.number]
    assert numbers(client, updated_after="2026-11-20T12:00:00.000002Z") == []
    assert numbers(client, ship_by_before="2026-11-20T12:00:01Z") == [third.number]
    assert numbers(client, ship_by_before="2026-11-20T12:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=complete", "state"),
        ("format=json", "format"),
        ("status=Complete", "status"),
        ("status=", "status"),
        ("status=complete&status=complete", "status"),
        ("channel=ebay", "channel"),
        ("channel=a%00b", "channel"),
        ("channel_order_id=%00", "channel_order_id"),
        ("channel_order_id=" + "1" * 65, "channel_order_id"),
        ("updated_after=yesterday", "updated_after"),
        ("updated_after=0001-01-01T00:00:00%2B14:00", "updated_after"),
        ("ship_by_before=2026-11-20T12:00:00 01:00", "ship_by_before"),
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page_size=many", "page_size"),
    ],
)
def test_query_that_is_not_understood_is_refused(query: str, field: str) -> None:
    response = client_with("orders:read").get(f"{ORDERS}?{query}")
    body = response.json()
    assert (response.status_code, body["code"]) == (400, "invalid")
    assert list(body["fields"]) == [field]
    assert all(isinstance(sentence, str) for sentence in body["fields"][field])


def test_detail_takes_no_parameters() -> None:
    order = make_order()
    response = client_with("orders:read").get(f"{ORDERS}{order.number}/?status=complete")
    assert (response.status_code, list(response.json()["fields"])) == (400, ["status"])


def test_order_that_is_unknown_is_not_found() -> None:
    response = client_with("orders:read").get(f"{ORDERS}4711/")
    assert response.status_code == 404
    assert response.json() == {"code": "not_found", "detail": "There is no order with this number.", "fields": {}}


@pytest.mark.parametrize("rows", [1, 3])
def test_orders_are_listed_in_a_constant_number_of_queries(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = make_account()
    for _ in range(rows):
        ship(make_order(account=account))
    client = client_with("orders:read")
    # The token and its use; orders, lines, shipments, what is in them, how far the channel is; cancellations.
    with django_assert_num_queries(9):
        assert len(numbers(client)) == rows
    with_customers = client_with("orders:read", "customers:read")
    with django_assert_num_queries(10):  # and the row that says who looked
        assert len(numbers(with_customers)) == rows
