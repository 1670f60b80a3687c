"""Messages as the Standard Webhooks specification has them. Known answers are those of its reference libraries."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from commerce_orders.models import WebhookEndpoint
from commerce_orders.services.webhooks.endpoints import WebhookRefused, rotate_secret
from commerce_orders.services.webhooks.sending import send_due
from commerce_orders.services.webhooks.signing import new_secret, sign
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders
from tests.factories import NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = {"message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "text": '{"test": 2432232314}'}
SIGNED_AT = datetime.fromtimestamp(1614265330, UTC)
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=8))])
def test_the_known_signature_comes_out_whatever_the_zone(zone):
    headers = sign(**MESSAGE, signing_secrets=[SECRET], now=SIGNED_AT.astimezone(zone))

    assert headers["webhook-id"] == MESSAGE["message_id"]
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == SIGNATURE


def test_with_and_without_the_beginning_a_secret_is_the_same():
    headers = sign(**MESSAGE, signing_secrets=[SECRET.removeprefix("whsec_")], now=SIGNED_AT)

    assert headers["webhook-signature"] == SIGNATURE


def test_two_secrets_make_two_signatures_and_either_verifies():
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = sign(**MESSAGE, signing_secrets=[new, old], now=datetime.now(UTC))

    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(MESSAGE["text"], headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(MESSAGE["text"], headers)


@pytest.mark.parametrize("age", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_an_old_message_does_not_verify(age):
    secret = new_secret()

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(MESSAGE["text"], sign(**MESSAGE, signing_secrets=[secret], now=datetime.now(UTC) + age))


def test_what_a_receiver_gets_verifies_with_the_secret_that_was_shown(db, receiver):
    endpoint = make_endpoint(receiver.address)
    secret = endpoint.secret
    place_orders(1)

    send_due(endpoint_id=endpoint.pk, clock=lambda: datetime.now(UTC))

    (message,) = receiver.messages
    assert Webhook(secret).verify(message.body, message.headers) == json.loads(message.body)
    assert json.loads(message.body)["type"] == "order.created"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(message.body.replace(b"order.created", b"order.shipped"), message.headers)


def test_a_rotated_secret_signs_with_the_former_one_until_that_ends(db, receiver):
    endpoint = make_endpoint(receiver.address)
    former = endpoint.secret

    endpoint, secret = rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW, keep_former=timedelta(hours=2))

    assert endpoint.secrets(NOW + timedelta(hours=1, minutes=59)) == [secret, former]
    assert endpoint.secrets(NOW + timedelta(hours=2)) == [secret]
    place_orders(1)
    send_due(endpoint_id=endpoint.pk, clock=lambda: NOW)
    assert len(receiver.messages[0].headers["webhook-signature"].split(" ")) == 2


def test_no_more_than_two_secrets_are_valid(db, receiver):
    endpoint = make_endpoint(receiver.address)

    _endpoint, second = rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW)
    endpoint, third = rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW)

    assert endpoint.secrets(NOW) == [third, second]


def test_a_secret_that_leaked_can_end_at_once(db, receiver):
    endpoint = make_endpoint(receiver.address)

    endpoint, secret = rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW, keep_former=timedelta(0))

    assert endpoint.secrets(NOW) == [secret]
    assert WebhookEndpoint.objects.get().former_secret is None


def test_a_former_secret_cannot_last_for_ever(db, receiver):
    endpoint = make_endpoint(receiver.address)
    before = endpoint.secret

    with pytest.raises(WebhookRefused) as refusal:
        rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW, keep_former=timedelta(days=31))

    assert (refusal.value.code, refusal.value.field) == ("former_secret_too_long", "former_secret_hours")
    assert WebhookEndpoint.objects.get().secret == before


def test_secrets_are_encrypted_where_they_are_stored(db, receiver, django_assert_num_queries):
    from django.db import connection

    endpoint = make_endpoint(receiver.address)
    rotate_secret(endpoint_id=endpoint.pk, actor="ada", now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, former_secret FROM commerce_orders_webhookendpoint")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"whsec_" not in stored
    assert endpoint.secret.encode() not in stored
