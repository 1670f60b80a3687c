"""What is wrong with a write is said with code, field and what is allowed, and nothing changes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope
from tests.commerce_orders.api.clients import client_with
from tests.commerce_orders.api.furnished import OPERATIONS, furnish_shop

pytestmark = pytest.mark.django_db

WRITES = [(method, path) for method, path in OPERATIONS if method in {"POST", "PATCH"}]
WRONG: dict[str, list[Any]] = {
    "string": [7, True, None, [], {}],
    "integer": ["1", 1.5, True, None, [], {}],
    "boolean": ["true", 1, None, [], {}],
    "array": ["a", 7, None, {}],
}
INVALID = "Some values are not acceptable; see fields."


@pytest.fixture(scope="module")
def document() -> Any:
    return APIClient().get("/api/v1/schema/").json()


class Desk:
    """Writes to one address of a furnished shop."""

    def __init__(self, document: Any, method: str, path: str) -> None:
        described = document["paths"][path][method.lower()].get("requestBody")  # none for an empty object
        content = described["content"]["application/json"] if described else {"schema": {}, "examples": {}}
        self.fields = self._resolve(document, content["schema"]).get("properties", {})
        self.types = {name: self._resolve(document, field)["type"] for name, field in self.fields.items()}
        self.example = next((example["value"] for example in content["examples"].values()), {})
        self.method, self.path = method, path.format(**furnish_shop().parts(path))
        self.client = client_with(*Scope.values)
        self.client.get("/api/v1/webhooks/")  # the token's use is noted
        self.before = self._rows()

    def is_untouched(self) -> bool:
        return self._rows() == self.before

    def refusal(self, body: Any, *, query: str = "") -> tuple[int, str, dict[str, list[str]]]:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = self.client.generic(self.method, self.path + query, text, content_type="application/json")
        return answer.status_code, answer.json()["code"], answer.json()["fields"]

    @staticmethod
    def _resolve(document: Any, schema: Any) -> Any:
        reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", [])), "")
        return document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema

    @staticmethod
    def _rows() -> dict[str, list[Any]]:
        models = [model for model in apps.get_models() if model is not ApiToken]
        return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


def wrong_values(desk: Desk) -> Iterator[tuple[str, Any]]:
    for name, kind in desk.types.items():
        for value in WRONG[kind]:
            yield name, value


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_bad_body_is_refused_by_field(document: Any, method: str, path: str) -> None:
    desk = Desk(document, method, path)
    for name in ("color", "id", "version", "created_at"):  # what only answers have is unknown in requests
        status, code, fields = desk.refusal(desk.example | {name: 1})
        assert (status, code, list(fields)) == (400, "invalid", [name])
        assert all(known in fields[name][0] for known in desk.fields)
    for name, value in wrong_values(desk):
        status, code, fields = desk.refusal(desk.example | {name: value})
        assert (status, code, list(fields)) == (400, "invalid", [name]), (name, value)
        assert fields[name][0]
    for body in ([], [1], "1", '"text"', "null", "true"):
        assert desk.refusal(body) == (400, "invalid", {}), body
    for query in ("?color=red", "?color=red&color=blue"):
        assert desk.refusal(desk.example, query=query)[:2] == (400, "invalid"), query
    assert desk.refusal("{")[:2] == (400, "parse_error")
    assert desk.refusal('{"a": "' + "1" * 1_000_000 + '"}')[:2] == (413, "body_too_large")
    assert desk.is_untouched()
