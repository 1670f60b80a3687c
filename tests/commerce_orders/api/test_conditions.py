"""What a client knows already is not sent again, and what it has not seen is not overwritten."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce_orders.models import IdempotentReply, OrderEvent, Shipment
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.api.test_orders import make_order, ship
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def correct(client: APIClient, address: str, number: str, **headers: str) -> Any:
    return client.patch(address, {"tracking_number": number}, headers=headers)


def test_order_that_did_not_change_is_not_sent_again() -> None:
    order, client = make_order(), client_with("orders:read")
    address = f"/api/v1/orders/{order.number}/"
    first = client.get(address)
    assert first["ETag"].startswith('"')
    for known in (first["ETag"], f'"other", {first["ETag"]}', f"W/{first['ETag']}", "*"):
        again = client.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    ship(order)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "complete")
    assert changed["ETag"] != first["ETag"]


def test_who_sees_more_has_another_etag() -> None:
    address = f"/api/v1/orders/{make_order().number}/"
    etags = {
        client_with(*scopes).get(address)["ETag"] for scopes in (["orders:read"], ["orders:read", "customers:read"])
    }
    assert len(etags) == 2


def test_shipment_is_corrected_only_as_it_was_seen() -> None:
    order, client = make_order(), client_with("shipments:write", "orders:read")
    body = {"carrier_code": "UPS", "tracking_number": "1Z1"}
    recorded = client.post(f"/api/v1/orders/{order.number}/shipments/", body)
    address, etag = recorded["Location"], recorded["ETag"]
    assert (client.get(address).json(), client.get(address)["ETag"]) == (recorded.json(), etag)

    corrected = correct(client, address, "1Z2", **{"If-Match": etag})
    assert corrected.status_code == 200
    assert corrected["ETag"] == client.get(address)["ETag"] != etag

    events = OrderEvent.objects.count()
    late = correct(client, address, "1Z3", **{"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert Shipment.objects.get().tracking_number == "1Z2"
    assert OrderEvent.objects.count() == events
    weak = correct(client, address, "1Z3", **{"If-Match": f"W/{corrected['ETag']}"})
    assert weak.status_code == 412
    assert correct(client, address, "1Z3", **{"If-Match": "*"}).status_code == 200
    assert correct(client, address, "1Z4").status_code == 200


def test_order_settings_are_changed_only_as_they_were_seen() -> None:
    address = f"/api/v1/amazon/accounts/{make_account().pk}/order-settings/"
    client = client_with("settings:write")
    seen = client.get(address)
    assert client.get(address, headers={"If-None-Match": seen["ETag"]}).status_code == 304
    first = client.patch(address, {"fba_orders": "ignore"}, headers={"If-Match": seen["ETag"]})
    second = client.patch(address, {"unknown_sku": "hold"}, headers={"If-Match": seen["ETag"]})
    assert (first.status_code, second.status_code, second.json()["code"]) == (200, 412, "changed_meanwhile")
    assert client.get(address).json() == seen.json() | {"fba_orders": "ignore"}
    assert client.get(address)["ETag"] == first["ETag"]


@pytest.mark.parametrize("condition", ["abc", "", '"unfinished', "1"])
def test_condition_that_is_no_etag_is_refused(condition: str) -> None:
    order = make_order()
    address = f"/api/v1/orders/{order.number}/shipments/{ship(order)}/"
    client = client_with("shipments:write", "orders:read")
    for response in (
        correct(client, address, "1Z2", **{"If-Match": condition}),
        client.get(address, headers={"If-None-Match": condition}),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "invalid_etag")
    assert Shipment.objects.get().tracking_number == "1Z999"


def test_repetition_gets_the_headers_of_the_first_answer_too() -> None:
    order, client = make_order(), client_with("shipments:write")
    address, body = f"/api/v1/orders/{order.number}/shipments/", {"carrier_code": "UPS", "tracking_number": "1Z1"}
    first, again = (client.post(address, body, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert again["Idempotency-Replayed"] == "true"
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert IdempotentReply.objects.get().headers == {"ETag": first["ETag"], "Location": first["Location"]}
