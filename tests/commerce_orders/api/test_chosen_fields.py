import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import PersonalDataAccess
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.api.test_orders import make_order, ship

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["orders", "amazon/orders"])
def test_answer_has_only_the_fields_that_are_asked_for(kind: str) -> None:
    order = make_order()
    number = order.number if kind == "orders" else order.channel_order_id
    client = client_with("orders:read", "customers:read")
    whole = client.get(f"/api/v1/{kind}/{number}/").json()
    for name in whole:
        assert client.get(f"/api/v1/{kind}/{number}/?fields={name}").json() == {name: whole[name]}
    [listed] = client.get(f"/api/v1/{kind}/", {"fields": "status, ship_by"}).json()["results"]
    assert listed == {"status": whole["status"], "ship_by": whole["ship_by"]}


def test_what_is_not_asked_for_is_not_read() -> None:
    ship(make_order())
    client = client_with("orders:read", "customers:read")
    client.get("/api/v1/orders/")
    looks = PersonalDataAccess.objects.count()
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/v1/orders/?fields=number,status")
    assert len(captured) == 2  # the token, the orders
    assert "customers_contact" not in captured[1]["sql"]
    assert PersonalDataAccess.objects.count() == looks


@pytest.mark.parametrize("names", ["color", "number,color", "", "number,", "number,,status", "lines.sku"])
@pytest.mark.parametrize("address", ["orders/", "amazon/orders/"])
def test_unknown_field_is_refused_with_what_there_is(address: str, names: str) -> None:
    response = client_with("orders:read").get(f"/api/v1/{address}", {"fields": names})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == ["fields"]
    if names:
        assert "ship_by" in response.json()["fields"]["fields"][0]
