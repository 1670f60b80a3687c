import re

import pytest
from django.conf import settings

from customers.admin import PURPOSES
from customers.models import Customer, PersonalDataAccess
from customers.services.access import reveal_contacts
from project.moments import format_moment
from tests.factories import NOW, make_account, make_amazon_order, make_commerce_order, make_contact
from tests.staff import SignIn

CUSTOMERS = "/admin/customers/customer/"
LOOKS = "/admin/customers/personaldataaccess/"
VIEW, PERSONAL_DATA = "customers.view_customer", "customers.view_personal_data"


def make_customer(number: str, *, orders: int = 1, name: str = "Grace Hopper") -> Customer:
    customer = Customer.objects.create(
        number=number, email_index=number, contact=make_contact(name=name), created_at=NOW
    )
    account = make_account()
    for _ in range(orders):
        order = make_amazon_order(account=account, with_commerce_order=False)
        make_commerce_order(amazon_order=order, is_guest=False, customer=customer)
    return customer


def test_customers_are_listed_with_their_orders(sign_in: SignIn) -> None:
    customer = make_customer("C-1", orders=2)

    text = sign_in(VIEW).get(CUSTOMERS).content.decode()

    assert "C-1" in text
    assert f'href="/admin/commerce_orders/order/?customer__id__exact={customer.pk}">2</a>' in text
    assert "Grace Hopper" not in text
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_names_of_a_page_leave_one_audit_row(sign_in: SignIn, rows: int, django_assert_num_queries) -> None:
    for number in range(rows):
        make_customer(f"C-{number}", name="Grace <b>")
    client = sign_in(VIEW, PERSONAL_DATA)

    # Session, user, its permissions (2); count; page; the audit row.
    with django_assert_num_queries(7):
        text = client.get(CUSTOMERS).content.decode()

    assert text.count("Grace &lt;b&gt;") == rows
    look = PersonalDataAccess.objects.get()
    assert (look.actor, look.purpose, look.contacts_seen) == ("dana", "customers", rows)


def test_a_customers_page_leaves_an_audit_row(sign_in: SignIn) -> None:
    customer = make_customer("C-1")

    assert "Grace Hopper" in sign_in(VIEW, PERSONAL_DATA).get(f"{CUSTOMERS}{customer.pk}/change/").content.decode()

    look = PersonalDataAccess.objects.get()
    assert (look.purpose, look.contact) == ("customer", customer.contact)


def test_a_customers_page_needs_the_permission_for_the_name(sign_in: SignIn) -> None:
    customer = make_customer("C-1")

    assert "Grace Hopper" not in sign_in(VIEW).get(f"{CUSTOMERS}{customer.pk}/change/").content.decode()
    assert not PersonalDataAccess.objects.exists()


def test_customers_are_read_only(sign_in: SignIn) -> None:
    customer = make_customer("C-1")
    client = sign_in(VIEW, "customers.change_customer", "customers.delete_customer", "customers.add_customer")

    assert client.get(f"{CUSTOMERS}add/").status_code == 403
    assert client.post(f"{CUSTOMERS}{customer.pk}/change/", {"number": "C-2"}).status_code == 403
    assert client.post(f"{CUSTOMERS}{customer.pk}/delete/", {"post": "yes"}).status_code == 403
    customer.refresh_from_db()
    assert customer.number == "C-1"


def test_looks_at_personal_data_are_listed_without_any(sign_in: SignIn, django_assert_num_queries) -> None:
    client = sign_in("customers.view_personaldataaccess")
    for rows in (1, 2):
        contact = make_contact(name="Grace Hopper")
        reveal_contacts([contact], actor="lee", purpose="order", now=NOW)
        with django_assert_num_queries(6):
            text = client.get(LOOKS).content.decode()
        assert text.count(">lee<") == rows
        assert f"#{contact.pk}" in text
        assert text.count(format_moment(NOW)) == rows
        assert "Grace Hopper" not in text


def test_looks_at_personal_data_need_their_own_permission(sign_in: SignIn) -> None:
    assert sign_in(PERSONAL_DATA, VIEW).get(LOOKS).status_code == 403


def test_each_purpose_of_a_look_has_its_words() -> None:
    found = set()
    for app in ("customers", "commerce_orders", "amazon_channel", "project"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            found |= set(re.findall(r'purpose="(\w+)"', path.read_text()))

    assert found - PURPOSES.keys() == set()
    assert found
