from typing import Any

import pytest

from amazon_channel.models import OrderSettings
from tests.amazon_channel.test_order_settings import DEFAULTS, OTHERS
from tests.commerce_orders.api.clients import client_with
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def address(account_id: int) -> str:
    return f"/api/v1/amazon/accounts/{account_id}/order-settings/"


def test_settings_are_read_and_changed() -> None:
    account, client = make_account(), client_with("settings:write")
    assert client.get(address(account.pk)).json() == DEFAULTS
    answer = client.patch(address(account.pk), {"customer_creation": "create"})
    assert (answer.status_code, answer.json()) == (200, DEFAULTS | {"customer_creation": "create"})
    assert client.patch(address(account.pk), OTHERS).json() == OTHERS
    assert client.patch(address(account.pk), {}).json() == OTHERS
    assert OrderSettings.objects.get().as_json() == OTHERS


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"unknown_sku": "hold", "fba_orders": "never"}, ["fba_orders"]),
        ({"unknown_sku": "hold", "account": 2}, ["account"]),
        ({"import_orders": True}, ["import_orders"]),
        ({"import_orders": None}, ["import_orders"]),
        ({"import_orders": ["enabled"]}, ["import_orders"]),
        ({"": "enabled"}, []),
        ([], []),
        ("disabled", []),
    ],
)
def test_settings_that_are_not_acceptable_change_nothing(changes: Any, fields: list[str]) -> None:
    account = make_account()
    response = client_with("settings:write").patch(address(account.pk), changes)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == fields
    assert OrderSettings.objects.get().as_json() == DEFAULTS


def test_refusal_names_what_is_allowed() -> None:
    account = make_account()
    response = client_with("settings:write").patch(
        address(account.pk), {"fba_orders": "never"}, HTTP_ACCEPT_LANGUAGE="de"
    )
    assert response.json()["fields"] == {"fba_orders": ["fba_orders cannot be never. Choose from: create, ignore."]}


@pytest.mark.parametrize("account_id", [4711, 2**70])
def test_account_that_is_unknown_is_not_found(account_id: int) -> None:
    response = client_with("settings:write").patch(address(account_id), {"fba_orders": "ignore"})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_repeated_change_gets_the_first_answer() -> None:
    account, client = make_account(), client_with("settings:write")
    headers = {"Idempotency-Key": "1"}
    first = client.patch(address(account.pk), {"fba_orders": "ignore"}, headers=headers)
    OrderSettings.objects.update(fba_orders="create")
    again = client.patch(address(account.pk), {"fba_orders": "ignore"}, headers=headers)
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert OrderSettings.objects.get().fba_orders == "create"
