from datetime import timedelta

from django.apps import apps

from customers.encryption import EncryptedBytesField
from customers.models import Contact
from customers.retention import POLICY, erase_due_contacts
from customers.tasks import erase_personal_data
from tests.factories import NOW, make_contact

APPS = ("customers", "commerce_orders", "amazon_channel")
# Columns of the tables about people that say nothing about a person.
IMPERSONAL = {
    "customers.Contact": {"id", "origin", "created_at", "erase_after", "erased_at"},
    "customers.Customer": {"id", "number", "contact", "created_at"},
    "customers.PersonalDataAccess": {"id", "at", "user", "actor", "purpose", "contact", "contacts_seen"},
}
# Encrypted for another reason than being about a person.
SECRETS_OF_OURS = {
    "amazon_channel.AccessToken.encrypted_token",
    "amazon_channel.SellerAccount.encrypted_credentials",
    "commerce_orders.WebhookEndpoint.secret",
    "commerce_orders.WebhookEndpoint.former_secret",
}


def columns_of(model):
    return {column.name for column in model._meta.local_concrete_fields}


def contact_due(*, days):
    contact = make_contact()
    contact.erase_after = NOW + timedelta(days=days)
    contact.save()
    return contact


def test_every_column_about_people_is_in_the_policy_or_impersonal():
    for model in apps.get_app_config("customers").get_models():
        label = model._meta.label
        assert columns_of(model) == IMPERSONAL[label] | set(POLICY.get(label, {})), label
        assert not IMPERSONAL[label] & set(POLICY.get(label, {})), label


def test_every_encrypted_or_hashed_column_anywhere_is_in_the_policy():
    named = {f"{label}.{column}" for label, columns in POLICY.items() for column in columns}
    found = {
        f"{model._meta.label}.{column.name}"
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, EncryptedBytesField) or column.name.endswith("_index")
    }

    assert found - SECRETS_OF_OURS == named


def test_erasure_empties_what_is_due_and_keeps_the_rest(db):
    due, later, open_ended = contact_due(days=0), contact_due(days=1), make_contact()

    assert erase_due_contacts(now=NOW) == 1

    due.refresh_from_db()
    assert (due.data, due.email_index, due.name_index, due.erased_at) == (None, "", "", NOW)
    for contact in (later, open_ended):
        contact.refresh_from_db()
        assert contact.details.buyer_name == "Ada Lovelace"
        assert contact.erased_at is None


def test_erasure_empties_every_column_that_the_policy_calls_erased(db):
    contact_due(days=-1)
    erase_due_contacts(now=NOW)

    [row] = Contact.objects.values(*(name for name, fate in POLICY["customers.Contact"].items() if fate == "erased"))

    assert not any(row.values())


def test_erasure_again_changes_nothing(db):
    contact_due(days=-1)
    erase_due_contacts(now=NOW)

    assert erase_due_contacts(now=NOW + timedelta(days=1)) == 0
    assert Contact.objects.get().erased_at == NOW


def test_erasure_goes_through_more_than_one_batch(db, monkeypatch):
    monkeypatch.setattr("customers.retention.BATCH", 2)
    for _ in range(5):
        contact_due(days=-1)

    assert erase_due_contacts(now=NOW) == 5
    assert not Contact.objects.filter(erased_at=None).exists()


def test_what_is_erased_never_comes_back(db):
    contact = contact_due(days=-1)
    details = contact.details
    erase_due_contacts(now=NOW)
    contact.refresh_from_db()

    contact.fill(details).save()

    contact.refresh_from_db()
    assert (contact.data, contact.email_index, contact.name_index) == (None, "", "")


def test_erasure_is_a_task(db):
    contact = make_contact()
    contact.erase_after = NOW - timedelta(days=365 * 20)
    contact.save()

    erase_personal_data()

    assert Contact.objects.get().data is None
