from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from commerce_orders.models import IdempotentReply, Order, Shipment
from commerce_orders.services.replies import forget_replies
from commerce_orders.tasks import forget_old_replies
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.test_orders import make_order
from tests.factories import NOW
from tests.locks import until_waiting

BODY = {"carrier_code": "UPS", "tracking_number": "1Z999"}


def post(client: APIClient, order: Order, key: str | None = "key 1", **changes: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(f"/api/v1/orders/{order.number}/shipments/", BODY | changes, headers=headers)


def one_unit(order: Order) -> list[dict[str, int]]:
    return [{"line": order.lines.get().pk, "quantity": 1}]


@pytest.mark.django_db
def test_repetition_gets_the_first_answer_and_has_no_effect() -> None:
    order, client = make_order(quantities=(3,)), client_with("shipments:write")
    first = post(client, order, lines=one_unit(order))
    again = post(client, order, lines=one_unit(order))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Shipment.objects.count() == 1


@pytest.mark.django_db
def test_repetition_may_write_its_json_differently() -> None:
    order, client = make_order(), client_with("shipments:write")
    assert post(client, order).status_code == 201
    again = client.generic(
        "POST",
        f"/api/v1/orders/{order.number}/shipments/",
        '{ "tracking_number": "1Z999", "carrier_code": "UPS" }',
        content_type="application/json",
        headers={"Idempotency-Key": "key 1"},
    )
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")


@pytest.mark.django_db
def test_write_without_a_key_is_done_each_time() -> None:
    order, client = make_order(quantities=(3,)), client_with("shipments:write")
    assert [post(client, order, key, lines=one_unit(order)).status_code for key in (None, None, "a")] == [201] * 3
    assert Shipment.objects.count() == 3
    assert IdempotentReply.objects.count() == 1


@pytest.mark.django_db
def test_key_of_another_request_is_refused() -> None:
    order, other, client = make_order(), make_order(), client_with("shipments:write")
    assert post(client, order).status_code == 201
    for response in (post(client, order, tracking_number="1Z000"), post(client, other)):
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Shipment.objects.count() == 1
    assert post(client, order)["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_keys_of_two_tokens_are_apart() -> None:
    order = make_order(quantities=(2,))
    answers = [post(client_with("shipments:write"), order, lines=one_unit(order)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Shipment.objects.count() == 2


@pytest.mark.django_db
def test_refusal_is_kept_too() -> None:
    order, client = make_order(quantities=(1,)), client_with("shipments:write")
    refused = post(client, order, lines=[{"line": order.lines.get().pk, "quantity": 2}])
    assert (refused.status_code, refused.json()["code"]) == (409, "quantity_too_large")
    order.lines.update(quantity=2)  # what would now be possible
    again = post(client, order, lines=[{"line": order.lines.get().pk, "quantity": 2}])
    assert (again.status_code, again.json()) == (409, refused.json())
    assert not Shipment.objects.exists()


@pytest.mark.django_db
def test_unexpected_error_is_not_kept() -> None:
    order, client = make_order(), client_with("shipments:write")
    amazon_order = order.amazon_order
    type(amazon_order).objects.update(commerce_order=None)  # a broken link, which nobody expects
    assert post(client, order).status_code == 500
    assert not IdempotentReply.objects.exists()
    assert not Shipment.objects.exists()
    type(amazon_order).objects.update(commerce_order=order)
    mended = post(client, order)
    assert mended.status_code == 201
    assert "Idempotency-Replayed" not in mended


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_key_that_cannot_be_kept_is_refused(key: str) -> None:
    response = post(client_with("shipments:write"), make_order(), key)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")
    assert not Shipment.objects.exists()


@pytest.mark.django_db
def test_replies_are_forgotten_when_they_are_old() -> None:
    token, _ = make_token("shipments:write")
    for hours in (0, 1, 2):
        make_reply(token_id=token.pk, key=str(hours), created_at=NOW + timedelta(hours=hours))
    assert forget_replies(older_than=NOW + timedelta(hours=1)) == 1
    assert set(IdempotentReply.objects.values_list("key", flat=True)) == {"1", "2"}


@pytest.mark.django_db
def test_replies_are_kept_for_seven_days() -> None:
    token, _ = make_token("shipments:write")
    now = timezone.now()
    make_reply(token_id=token.pk, key="old", created_at=now - timedelta(days=7, minutes=1))
    make_reply(token_id=token.pk, key="young", created_at=now - timedelta(days=6, hours=23))
    forget_old_replies()
    assert IdempotentReply.objects.get().key == "young"


def make_reply(*, token_id: int, key: str, created_at: datetime) -> None:
    IdempotentReply.objects.create(
        token_id=token_id, key=key, request_digest="", status_code=201, body={}, created_at=created_at
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("key", "effects"), [("key 1", 1), (None, 2)])
def test_two_at_once_have_one_effect(key: str | None, effects: int) -> None:
    """The control, without a key, shows that the two do overlap and would both ship."""
    if connection.vendor == "sqlite":
        pytest.skip("an SQLite database in memory has one connection; two requests at once need PostgreSQL")
    order = make_order(quantities=(2,))
    lines = one_unit(order)
    _token, text = make_token("shipments:write")

    def ship_one() -> Any:
        try:
            return post(client_with_text(text), order, key, lines=lines)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as systems:
        with transaction.atomic():
            # Both are on their way while the order is held: one waits for it, the other for it or for the key.
            Order.objects.select_for_update().get(pk=order.pk)
            answers: list[Future[Any]] = [systems.submit(ship_one) for _ in range(2)]
            until_waiting(2, is_over=lambda: any(answer.done() for answer in answers))
        responses = [answer.result() for answer in answers]

    assert [response.status_code for response in responses] == [201, 201]
    assert Shipment.objects.count() == effects
    assert len({response.json()["id"] for response in responses}) == effects
    assert sum("Idempotency-Replayed" in response for response in responses) == 2 - effects


@pytest.mark.django_db
def test_refusal_that_repeats_text_which_no_database_keeps_is_kept() -> None:
    client, order = client_with("shipments:write"), make_order()
    body = b'{"carrier_code": "UPS", "tracking_number": "1Z", "\\u0000": 1, "\\ud800": 2}'
    address, sent = f"/api/v1/orders/{order.number}/shipments/", {"Idempotency-Key": "key 1"}
    first, again = (
        client.generic("POST", address, body, content_type="application/json", headers=sent)  # type: ignore[arg-type]
        for _ in range(2)
    )
    assert (first.status_code, set(first.json()["fields"])) == (400, {"\ufffd"})
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert not Shipment.objects.exists()
