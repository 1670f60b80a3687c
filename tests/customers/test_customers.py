from datetime import timedelta

import pytest

from customers.models import Contact, Customer, PersonalDetails, PostalAddress, normalise_email, normalise_name
from customers.services.customers import find_or_create_customers
from customers.services.rotation import rotate_keys
from tests.factories import NOW, make_contact

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def customer_of(contact, *, now=NOW):
    """The customer found or made for one contact."""
    [key] = find_or_create_customers({contact.pk: contact.details.buyer_email}, now=now).values()
    return Customer.objects.get(pk=key)


def test_a_contact_with_an_email_makes_a_customer(db):
    contact = make_contact(email="ada@example.com")

    customers = find_or_create_customers({contact.pk: "ada@example.com"}, now=NOW)

    customer = Customer.objects.get()
    assert customers == {contact.pk: customer.pk}
    assert customer.contact == contact
    assert customer.created_at == NOW
    assert customer.number == f"C-{customer.email_index[:16].upper()}"


def test_the_same_email_finds_the_same_customer_with_the_latest_contact(db):
    made = customer_of(make_contact(email="ada@example.com"))
    second = make_contact(name="Ada King", email="  ADA@Example.com ")

    found = customer_of(second, now=NOW + timedelta(days=1))

    assert found == made
    assert Customer.objects.count() == 1
    assert found.contact == second
    assert found.created_at == NOW


def test_two_contacts_of_one_person_in_one_call_make_one_customer(db):
    first, second = make_contact(), make_contact()

    customers = find_or_create_customers({first.pk: "ada@example.com", second.pk: "Ada@example.com"}, now=NOW)

    customer = Customer.objects.get()
    assert customers == {first.pk: customer.pk, second.pk: customer.pk}
    assert customer.contact == second


def test_nobody_makes_no_customer(db):
    assert find_or_create_customers({}, now=NOW) == {}
    assert not Customer.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_finding_takes_two_statements_for_one_as_for_many(db, count, django_assert_num_queries):
    emails = {make_contact().pk: f"{number}@example.com" for number in range(count)}

    with django_assert_num_queries(2):
        customers = find_or_create_customers(emails, now=NOW)

    assert len(set(customers.values())) == count


def test_a_customer_is_found_under_a_former_key_and_rehashed_by_rotation(db, settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    made = customer_of(make_contact(email="ada@example.com"))
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert customer_of(make_contact(email="ada@example.com")) == made

    rotation = rotate_keys()

    assert (rotation.customers, rotation.customers_left) == (1, 0)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert customer_of(make_contact(email="ada@example.com")) == made
    assert Customer.objects.count() == 1


def test_rotation_leaves_a_customer_whose_address_is_erased(db, settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    customer = customer_of(make_contact(email="ada@example.com"))
    Contact.objects.update(data=None, email_index="", name_index="", erased_at=NOW)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    rotation = rotate_keys()

    assert (rotation.customers, rotation.customers_left) == (0, 1)
    assert Customer.objects.get().email_index == customer.email_index


def test_a_contact_is_found_by_name_and_email_however_written(db):
    contact = make_contact(name="Ada  Lovelace", email="Ada@Example.com")

    assert Contact.objects.with_email(" ada@example.COM").get() == contact
    assert Contact.objects.named("ada lovelace ").get() == contact
    assert not Contact.objects.named("ada").exists()


def test_names_and_emails_are_normalised():
    assert normalise_email("  Straße@Example.COM ") == "strasse@example.com"
    assert normalise_name(" Ada\t LOVELACE\n") == "ada lovelace"


def test_details_survive_the_database_in_full(db):
    details = PersonalDetails(
        buyer_name="李小龙",
        buyer_email="li@example.com",
        company="Wing Chun 有限公司",
        purchase_order_number="PO-1",
        address=PostalAddress(name="李", lines=("1", "二"), city="香港", country_code="HK", phone="+852 0000 0000"),
        gift_messages={"1": "🎁\ud800"},
        tax_registrations=[{"id": "X"}],
        customization_urls={"1": "https://example.com/x"},
    )
    contact = Contact(origin="amazon", created_at=NOW).fill(details)
    contact.save()

    stored = Contact.objects.get(pk=contact.pk).details

    assert stored.gift_messages == {"1": "🎁?"}  # half a surrogate pair is no text
    assert stored.address == details.address
    assert stored.buyer_name == "李小龙"
    assert (stored.company, stored.purchase_order_number) == ("Wing Chun 有限公司", "PO-1")
    assert stored.tax_registrations == [{"id": "X"}]


@pytest.mark.parametrize(
    ("address", "is_deliverable"),
    [
        (PostalAddress(), False),
        (PostalAddress(city="Austin", region="TX", country_code="US"), False),
        (PostalAddress(lines=("1 Main Street",), country_code="US"), True),
        (PostalAddress(postal_code="98101", country_code="US"), True),
        (PostalAddress(lines=("1 Main Street",)), False),
    ],
)
def test_an_address_is_deliverable_with_a_country_and_more_than_a_city(address, is_deliverable):
    assert address.is_deliverable is is_deliverable
