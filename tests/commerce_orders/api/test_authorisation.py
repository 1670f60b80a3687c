"""Every address, with every way of not being allowed."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from commerce_orders.models import ApiToken, Order, Shipment
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import revoke_token
from tests.commerce_orders.api.clients import client_with, client_with_text, make_token
from tests.commerce_orders.api.routes import filled, operations

pytestmark = pytest.mark.django_db

ROUTES = [(method, filled(route), handler.scope) for route, method, handler in operations()]
every_route = pytest.mark.parametrize(("method", "route", "scope"), ROUTES)


def ask(client: APIClient, method: str, route: str) -> Any:
    return client.generic(method, f"/api/v1/{route}", "{}", content_type="application/json")


@every_route
def test_request_without_a_token_is_refused(method: str, route: str, scope: Scope) -> None:
    response = ask(APIClient(), method, route)
    assert response.status_code == 401
    assert response.json() == {
        "code": "not_authenticated",
        "detail": "Send the header “Authorization: Bearer TOKEN”.",
        "fields": {},
    }
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@every_route
@pytest.mark.parametrize("state", ["unknown", "revoked", "expired"])
def test_request_with_a_bad_token_is_refused(method: str, route: str, scope: Scope, state: str) -> None:
    token, text = make_token(*Scope.values, expires_at=datetime(2020, 1, 1, tzinfo=UTC) if state == "expired" else None)
    if state == "revoked":
        revoke_token(name=token.name, now=timezone.now())
    response = ask(client_with_text("unknown" if state == "unknown" else text), method, route)
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert ApiToken.objects.get().last_used_at is None


@every_route
def test_request_without_the_scope_is_refused(method: str, route: str, scope: Scope) -> None:
    response = ask(client_with(*(other for other in Scope.values if other != scope)), method, route)
    assert response.status_code == 403
    assert response.json() == {
        "code": "permission_denied",
        "detail": f"The token lacks the scope {scope}.",
        "fields": {},
    }
    assert not Order.objects.exists()
    assert not Shipment.objects.exists()


@every_route
def test_request_with_only_the_scope_is_allowed(method: str, route: str, scope: Scope) -> None:
    assert ask(client_with(scope), method, route).status_code in {200, 400, 404}


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "cot_x", "Bearer ü", "Bearer a b"])
def test_header_that_is_no_bearer_token_is_refused(header: str) -> None:
    response = APIClient().get("/api/v1/orders/", HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")


def test_every_operation_of_the_document_is_in_the_matrix() -> None:
    document = APIClient().get("/api/v1/schema/").json()
    documented = {
        (method.upper(), path.removeprefix("/api/v1/"), declared["x-scope"])
        for path, methods in document["paths"].items()
        for method, declared in methods.items()
    }
    assert documented == {(method, _as_documented(route), str(scope)) for method, route, scope in ROUTES}


def _as_documented(route: str) -> str:
    route = re.sub(r"^amazon/orders/1/", "amazon/orders/{amazon_order_id}/", route)
    return re.sub(r"^(orders|customers)/1/", r"\1/{number}/", route).replace("/1/", "/{id}/")
