import io
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from commerce_orders.models.tokens import Scope

OPERATIONS = ("get", "post", "patch", "put", "delete")


@pytest.fixture(scope="module")
def document() -> dict:
    return APIClient().get("/api/v1/schema/").json()


def test_document_is_valid_and_made_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_every_operation_is_described_with_scope_errors_and_examples(document: dict) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) >= 10
    for operation in operations:
        assert operation["summary"]
        assert operation["x-scope"] in Scope.values
        assert f"Scope: `{operation['x-scope']}`." in operation["description"]
        assert operation["security"] == [{"token": []}]
        assert {"400", "401", "403"} <= set(operation["responses"])
        assert all(
            parameter.get("description") or parameter["schema"].get("enum") for parameter in operation["parameters"]
        )
        for status, response in operation["responses"].items():
            if status == "304":
                assert "If-None-Match" in {parameter["name"] for parameter in operation["parameters"]}
                continue
            if status == "204":
                assert "content" not in response
                continue
            content = response["content"]["application/json"]
            assert content["examples"]
            if int(status) >= 400:
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"]
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}


def test_document_is_english_and_json_or_yaml() -> None:
    plain = APIClient().get("/api/v1/schema/")
    german = APIClient().get("/api/v1/schema/", HTTP_ACCEPT_LANGUAGE="de")
    yaml = APIClient().get("/api/v1/schema/?format=yaml")
    assert plain["Content-Type"] == "application/json"
    assert german.content == plain.content
    assert yaml.content.startswith(b"openapi: 3.0.3\n")


def test_page_loads_only_our_own_files_and_has_nothing_inline() -> None:
    response = APIClient().get("/api/v1/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 5
    assert all(address.startswith("/") for address in addresses)
    for address in addresses:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address


def test_script_of_the_page_asks_our_own_document() -> None:
    response = APIClient().get("/api/v1/docs/?script=")
    assert response["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in response.content.decode()


def test_document_has_what_programs_that_import_it_need(document: dict) -> None:
    """Postman and its like: an absolute server, one security scheme, names that are unique, and a folder for each."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]

    assert document["servers"] == [{"url": "http://testserver"}]
    assert list(document["components"]["securitySchemes"]) == ["token"]
    assert len(set(names)) == len(names)
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in document["tags"]}
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    validate_schema(document)


def test_document_can_be_taken_away_as_a_file() -> None:
    response = APIClient().get("/api/v1/schema/?format=json")

    assert response["Content-Disposition"] == 'inline; filename="Commerce orders.json"'
    assert response.json()["openapi"] == "3.0.3"
