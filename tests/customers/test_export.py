"""The people in a list of customers that is taken away."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, PersonalDataAccess
from project import portions
from tests.factories import NOW, make_account, make_amazon_order, make_commerce_order, make_contact
from tests.project.exported import csv_lines, xlsx_lines
from tests.staff import SignIn

CUSTOMERS, LOOKS = "/admin/customers/customer/", "/admin/customers/personaldataaccess/"
VIEW, PERSONAL_DATA = "customers.view_customer", "customers.view_personal_data"


def make_customers(count: int) -> None:
    for number in range(count):
        contact = make_contact(name="=1+1", email=f"{number}@marketplace.amazon.com")
        Customer.objects.create(number=f"C-{number}", email_index=str(number), contact=contact, created_at=NOW)


@pytest.mark.parametrize("permissions", [[VIEW], [VIEW, PERSONAL_DATA]])
def test_customers_are_exported_by_number_and_counts(sign_in: SignIn, permissions: list[str]) -> None:
    make_customers(1)
    order = make_amazon_order(account=make_account(), with_commerce_order=False)
    make_commerce_order(amazon_order=order, is_guest=False, customer=Customer.objects.get())

    lines = xlsx_lines(sign_in(*permissions).get(f"{CUSTOMERS}export.xlsx"))

    assert lines == [["Customer number", "Orders", "Created (UTC)"], ["C-0", 1, "2026-11-20 12:00"]]
    assert not PersonalDataAccess.objects.exists()


def test_people_are_exported_by_post_and_each_portion_is_recorded(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    make_customers(3)

    headings, *lines = csv_lines(sign_in(VIEW, PERSONAL_DATA).post(f"{CUSTOMERS}export.csv?q="))

    assert headings[3:5] == ["Buyer", "E-mail"]
    assert [line[3:5] for line in lines] == [["'=1+1", f"{n}@marketplace.amazon.com"] for n in (2, 1, 0)]
    looks = PersonalDataAccess.objects.order_by("id").values_list("actor", "purpose", "contacts_seen")
    assert list(looks) == [("dana", "export", 2), ("dana", "export", 1)]


def test_people_are_refused_to_those_who_may_not_see_them(sign_in: SignIn) -> None:
    make_customers(1)
    client = sign_in(VIEW)

    assert client.post(f"{CUSTOMERS}export.csv").status_code == 403
    assert "With names and addresses" not in client.get(CUSTOMERS).content.decode()
    assert sign_in(PERSONAL_DATA, username="eve").post(f"{CUSTOMERS}export.csv").status_code == 403
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_an_export_of_people_takes_a_constant_number_of_queries(sign_in: SignIn, rows: int) -> None:
    make_customers(rows)
    client = sign_in(VIEW, PERSONAL_DATA)

    with CaptureQueriesContext(connection) as taken:
        csv_lines(client.post(f"{CUSTOMERS}export.csv"))

    # Session, user, its permissions (2); rows; the record of the look.
    assert len(taken) == 6


def test_the_record_of_looks_is_exported_without_any_person(sign_in: SignIn) -> None:
    contact = make_contact(name="Grace Hopper")
    for actor in ("lee", "token:erp"):
        PersonalDataAccess.objects.create(at=NOW, actor=actor, purpose="order", contact=contact, contacts_seen=1)

    lines = csv_lines(sign_in("customers.view_personaldataaccess").get(f"{LOOKS}export.csv?q=lee"))

    assert lines == [
        ["When (UTC)", "Who", "What for", "Contact", "People seen"],
        ["2026-11-20 12:00", "lee", "Page of a Commerce order", f"#{contact.pk}", "1"],
    ]
