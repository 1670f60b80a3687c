"""A token for some stores: the orders of others do not exist for it, and nothing tells that they do."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from amazon_channel.models import OrderSettings, SellerAccount
from commerce_orders.models import Order, OrderEvent, Shipment
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import create_token
from customers.models import Customer
from tests.commerce_orders.api.clients import client_with, client_with_text
from tests.commerce_orders.api.routes import filled, operations
from tests.commerce_orders.api.test_orders import make_order, ship
from tests.factories import NOW, make_account, make_contact

pytestmark = pytest.mark.django_db

SCOPES = [scope for scope in Scope.values if scope != Scope.WEBHOOKS_WRITE]
BODIES: dict[str, dict[str, Any]] = {
    "orders/<number:number>/shipments/": {"carrier_code": "UPS", "tracking_number": "1Z1"},
    "orders/<number:number>/acknowledge/": {"external_number": "SO-1"},
    "orders/<number:number>/cancel/": {"reason": "NoInventory"},
}
OBJECTS = [
    (route, method) for route, method, handler in operations() if "<" in route and handler.scope != Scope.WEBHOOKS_WRITE
]
LISTS = [route for route, method, _handler in operations() if route in {"orders/", "amazon/orders/", "customers/"}]


@dataclass
class Shop:
    account: SellerAccount
    order: Order
    shipment_id: int
    customer: Customer

    def address(self, route: str) -> str:
        number = self.customer.number if route.startswith("customers/") else self.order.number
        of_account = route.startswith("amazon/accounts/")
        values = {"number": number, "id": self.account.pk if of_account else self.shipment_id}
        return f"/api/v1/{filled(route, amazon_order_id=self.order.channel_order_id, **values)}"


def make_shop(name: str) -> Shop:
    account = make_account(name=name)
    contact = make_contact()
    order = make_order(account=account, contact=contact, quantities=(2,))
    customer = Customer.objects.create(number=f"C-{name}", email_index=name, contact=contact, created_at=NOW)
    Order.objects.filter(pk=order.pk).update(is_guest=False, customer=customer)
    shipment_id = ship(order, quantities={order.lines.get().pk: 1})
    return Shop(account, order, shipment_id, customer)


@pytest.fixture
def shops() -> tuple[Shop, Shop]:
    return make_shop("ours"), make_shop("theirs")


def client_of(shop: Shop) -> APIClient:
    key = f"amazon:{shop.account.pk}"
    return client_with_text(create_token(name="ours", scopes=SCOPES, now=NOW, accounts=[key])[1])


def state() -> list[Any]:
    tables = (Order, Shipment, OrderSettings, OrderEvent)
    return [list(table.objects.order_by("pk").values()) for table in tables]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("route", "method"), OBJECTS)
def test_object_of_another_store_does_not_exist(shops: tuple[Shop, Shop], route: str, method: str) -> None:
    ours, theirs = shops
    client, before = client_of(ours), state()
    body = BODIES.get(route, {})
    foreign = client.generic(method, theirs.address(route), json.dumps(body), content_type="application/json")
    nothing = f"/api/v1/{filled(route, id=999999)}"
    absent = client.generic(method, nothing, json.dumps(body), content_type="application/json")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert foreign.json() == absent.json()
    assert state() == before
    own = client.generic(method, ours.address(route), json.dumps(body), content_type="application/json")
    assert own.status_code in {200, 201, 409}, own.content


@pytest.mark.parametrize("route", LISTS)
def test_lists_hold_only_the_own_stores(shops: tuple[Shop, Shop], route: str) -> None:
    ours, theirs = shops
    address = f"/api/v1/{route}"
    limited = client_of(ours).get(address).json()
    full = client_with(*SCOPES).get(address).json()
    assert (len(limited["results"]), len(full["results"])) == (1, 2)
    assert limited["results"][0] in full["results"]
    assert (limited["next"], limited["previous"]) == (None, None)
    assert theirs.order.number not in str(limited)


def test_filters_find_nothing_of_another_store(shops: tuple[Shop, Shop]) -> None:
    ours, theirs = shops
    client = client_of(ours)
    found = client.get("/api/v1/orders/", {"channel_order_id": theirs.order.channel_order_id}).json()["results"]
    refused = client.get("/api/v1/amazon/orders/", {"account": theirs.account.pk})
    unknown = client.get("/api/v1/amazon/orders/", {"account": 999999})
    assert found == []
    assert (refused.status_code, unknown.status_code) == (400, 400)
    shown = refused.json()["fields"]["account"][0].replace(str(theirs.account.pk), "999999")
    assert [shown] == unknown.json()["fields"]["account"]


def test_customer_of_two_stores_counts_only_the_own_orders(shops: tuple[Shop, Shop]) -> None:
    ours, theirs = shops
    Order.objects.filter(pk=theirs.order.pk).update(customer=ours.customer)
    [customer] = client_of(ours).get("/api/v1/customers/").json()["results"]
    assert customer["orders_count"] == 1


def test_row_of_another_store_is_not_found_among_many(shops: tuple[Shop, Shop]) -> None:
    ours, theirs = shops
    rows = [{"order": shop.order.number, "carrier_code": "UPS", "tracking_number": "1Z2"} for shop in (theirs, ours)]
    results = client_of(ours).post("/api/v1/shipments/bulk/", {"shipments": rows}).json()["results"]
    assert [result["status"] for result in results] == [404, 201]
    assert theirs.order.shipments.count() == 1
