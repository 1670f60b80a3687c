import base64

import pytest
from django.core import serializers
from django.db import connection

from customers.encryption import UndecipherableError, decrypt, encrypt, search_index, search_indexes
from customers.models import Contact
from customers.services.rotation import KeyMissing, rotate_keys
from tests.factories import NOW, make_account, make_contact

OLD, NEW, OTHER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
COLUMN = b"customers_contact.data"
# Made apart from this program: AES-256-GCM of OpenSSL's cipher interface with the nonce 00 … 0b.
KNOWN = bytes.fromhex(
    "01630dcd29000102030405060708090a0b3c20b46ebc80b044e320faee93d3584fd9b9449fd20645e467d8e87ff1589de8a8f8b54772f0"
)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def stored_data(contact):
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM customers_contact WHERE id = %s", [contact.pk])
        return bytes(cursor.fetchone()[0])


def store_data(contact, data):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_contact SET data = %s WHERE id = %s", [data, contact.pk])


def test_decrypt_reads_a_known_answer():
    assert decrypt(KNOWN, context=COLUMN) == '{"buyer_name": "Zoë"}'.encode()


def test_search_index_gives_a_known_answer():
    assert search_index("ada@example.com") == "4e9eedb95d9012504f4964d5ad216843"


def test_encrypt_never_writes_the_same_twice():
    once, again = encrypt(b"text", context=COLUMN), encrypt(b"text", context=COLUMN)

    assert once != again
    assert once[:5] == again[:5] == KNOWN[:5]
    assert decrypt(once, context=COLUMN) == decrypt(again, context=COLUMN) == b"text"


@pytest.mark.parametrize("position", range(0, len(KNOWN), 6))
def test_decrypt_refuses_a_changed_value(position):
    changed = bytearray(KNOWN)
    changed[position] ^= 1

    with pytest.raises(UndecipherableError):
        decrypt(bytes(changed), context=COLUMN)


@pytest.mark.parametrize("length", [0, 1, 4, 16, 17, len(KNOWN) - 1])
def test_decrypt_refuses_a_cut_value(length):
    with pytest.raises(UndecipherableError):
        decrypt(KNOWN[:length], context=COLUMN)


def test_decrypt_refuses_a_value_of_another_column():
    with pytest.raises(UndecipherableError):
        decrypt(KNOWN, context=b"amazon_channel_selleraccount.encrypted_credentials")


def test_decrypt_refuses_a_value_of_another_key(settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OTHER]

    with pytest.raises(UndecipherableError):
        decrypt(KNOWN, context=COLUMN)


def test_a_former_key_still_reads_and_the_newest_writes(settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    assert decrypt(KNOWN, context=COLUMN) == '{"buyer_name": "Zoë"}'.encode()
    written = encrypt(b"text", context=COLUMN)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(written, context=COLUMN) == b"text"


def test_search_indexes_are_one_per_key_newest_first(settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    newest, former = search_indexes("ada@example.com")

    assert newest == search_index("ada@example.com")
    assert former == "4e9eedb95d9012504f4964d5ad216843"


def test_a_column_holds_nothing_readable(db):
    contact = make_contact(name="Ada Lovelace")

    assert b"Lovelace" not in stored_data(contact)
    assert base64.b64encode(b"Lovelace") not in stored_data(contact)
    assert Contact.objects.get(pk=contact.pk).details.buyer_name == "Ada Lovelace"


def test_a_value_moved_from_another_row_of_the_column_is_readable_but_from_another_table_is_not(db):
    contact, account = make_contact(), make_account()
    with connection.cursor() as cursor:
        cursor.execute("SELECT encrypted_credentials FROM amazon_channel_selleraccount WHERE id = %s", [account.pk])
        store_data(contact, cursor.fetchone()[0])

    with pytest.raises(UndecipherableError):
        Contact.objects.get(pk=contact.pk)


def test_fixtures_refuse_encrypted_columns(db):
    make_contact()

    with pytest.raises(TypeError, match="data is encrypted"):
        serializers.serialize("json", Contact.objects.all())


def test_rotation_lets_the_former_key_go(db, settings):
    contact, account = make_contact(name="Ada Lovelace", email="ada@example.com"), make_account()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    rotation = rotate_keys()

    assert rotation.values == {
        "customers.Contact.data": 1,
        "amazon_channel.AccessToken.encrypted_token": 0,
        "amazon_channel.SellerAccount.encrypted_credentials": 1,
        "commerce_orders.DocumentPart.content": 0,
        "commerce_orders.ShipmentUpload.content": 0,
        "commerce_orders.WebhookEndpoint.secret": 0,
        "commerce_orders.WebhookEndpoint.former_secret": 0,
    }
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Contact.objects.with_email("ada@example.com").get().details.buyer_name == "Ada Lovelace"
    assert Contact.objects.named("ada lovelace").get() == contact
    account.refresh_from_db()
    assert account.credentials.refresh_token == "Atzr|demo"


def test_rotation_again_changes_nothing(db, settings):
    contact = make_contact()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    rotate_keys()
    before = stored_data(contact)

    rotation = rotate_keys()

    assert rotation.values == {
        "customers.Contact.data": 0,
        "amazon_channel.AccessToken.encrypted_token": 0,
        "amazon_channel.SellerAccount.encrypted_credentials": 0,
        "commerce_orders.DocumentPart.content": 0,
        "commerce_orders.ShipmentUpload.content": 0,
        "commerce_orders.WebhookEndpoint.secret": 0,
        "commerce_orders.WebhookEndpoint.former_secret": 0,
    }
    assert stored_data(contact) == before


def test_rotation_goes_through_more_than_one_batch(db, settings, monkeypatch):
    monkeypatch.setattr("customers.services.rotation.BATCH", 2)
    for number in range(5):
        make_contact(email=f"{number}@example.com")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    assert rotate_keys().values["customers.Contact.data"] == 5


def test_rotation_leaves_an_erased_contact_empty(db, settings):
    contact = make_contact()
    Contact.objects.update(data=None, email_index="", name_index="", erased_at=NOW)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    assert rotate_keys().values["customers.Contact.data"] == 0
    contact.refresh_from_db()
    assert (contact.data, contact.email_index, contact.name_index) == (None, "", "")


def test_rotation_names_the_row_whose_key_is_gone(db, settings):
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    lost = make_contact()
    before = stored_data(lost)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    with pytest.raises(KeyMissing, match=f"^customers.Contact {lost.pk}$"):
        rotate_keys()

    assert stored_data(lost) == before
