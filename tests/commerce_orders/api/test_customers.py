import pytest
from pytest_django import DjangoAssertNumQueries

from commerce_orders.models import Order
from customers.models import Contact, Customer, PersonalDataAccess
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order
from tests.factories import NOW, make_contact

pytestmark = pytest.mark.django_db

CUSTOMERS = "/api/v1/customers/"


def make_customer(*, email: str = "ada@marketplace.amazon.com", orders: int = 0) -> Customer:
    contact = make_contact(email=email)
    customer = Customer.objects.create(
        number=f"C-{contact.pk}", email_index=contact.email_index, contact=contact, created_at=NOW
    )
    for _ in range(orders):
        order = make_order(contact=contact)
        Order.objects.filter(pk=order.pk).update(is_guest=False, customer=customer)
    return customer


def test_customer_is_represented_and_the_look_recorded() -> None:
    customer = make_customer(orders=2)
    make_order()
    token, text = make_token("customers:read")
    client = client_with_text(text)
    answer = client.get(f"{CUSTOMERS}{customer.number}/").json()
    assert answer == {
        "number": customer.number,
        "name": "Ada Lovelace",
        "email": "ada@marketplace.amazon.com",
        "created_at": "2026-11-20T12:00:00Z",
        "orders_count": 2,
    }
    assert client.get(CUSTOMERS).json() == {"results": [answer], "next": None, "previous": None}
    looks = PersonalDataAccess.objects.order_by("id").values_list("actor", "purpose", "contact", "contacts_seen")
    assert list(looks) == [
        (f"token:{token.name}", "api_customer", customer.contact_id, 1),
        (f"token:{token.name}", "api_customers", customer.contact_id, 1),
    ]


def test_customer_whose_data_is_erased_has_no_name() -> None:
    customer = make_customer()
    Contact.objects.update(data=None, email_index="", name_index="", erased_at=NOW)
    answer = client_with("customers:read").get(f"{CUSTOMERS}{customer.number}/").json()
    assert (answer["name"], answer["email"], answer["orders_count"]) == ("", "", 0)


def test_customer_that_is_unknown_is_not_found() -> None:
    response = client_with("customers:read").get(f"{CUSTOMERS}C-0/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_customers_are_listed_in_a_constant_number_of_queries(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for row in range(rows):
        make_customer(email=f"{row}@marketplace.amazon.com", orders=row)
    client = client_with("customers:read")
    with django_assert_num_queries(5):  # the token and its use; the customers, and who looked
        answer = client.get(CUSTOMERS).json()
    assert [customer["orders_count"] for customer in answer["results"]] == list(range(rows))
