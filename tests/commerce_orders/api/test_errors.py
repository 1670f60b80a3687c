import pytest
from django.db import connection
from rest_framework.test import APIClient

from customers.models import Contact
from tests.commerce_orders.api.clients import client_with
from tests.factories import make_amazon_order

pytestmark = pytest.mark.django_db

SHIPMENTS = "/api/v1/orders/1/shipments/"


@pytest.mark.parametrize("path", ["", "nothing/", "orders", "orders/1", "orders/a%00b/", "orders/1/shipments"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_address_is_not_found_and_never_redirected(method: str, path: str) -> None:
    response = getattr(client_with("orders:read", "shipments:write"), method)(f"/api/v1/{path}")
    assert response.status_code == 404
    assert response.json() == {
        "code": "not_found",
        "detail": "There is nothing at this address. Addresses end with a slash.",
        "fields": {},
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "DISPATCH"])
def test_method_that_an_address_lacks_is_refused(method: str) -> None:
    response = client_with("orders:read").generic(method, "/api/v1/orders/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_head_is_answered_like_get() -> None:
    response = client_with("orders:read").head("/api/v1/orders/")
    assert response.status_code == 200
    assert client_with("settings:write").head("/api/v1/orders/").status_code == 403


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "parse_error"),
        (b'{"a": NaN}', "application/json", 400, "parse_error"),
        (b"\xff", "application/json", 400, "parse_error"),
        (b"[" * 100_000, "application/json", 400, "parse_error"),
        (b"[" * 33 + b"]" * 33, "application/json", 400, "parse_error"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400, "parse_error"),
        (b'{"\\ud800": 1}', "application/json", 400, "invalid"),
        (b"[1]", "application/json", 400, "invalid"),
        (b"1" * 1_000_001, "application/json", 413, "body_too_large"),
        (b"1" * 3_000_000, "application/json", 413, "body_too_large"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
)
def test_body_that_cannot_be_read_is_refused(body: bytes, content_type: str, status: int, code: str) -> None:
    response = client_with("shipments:write").generic("POST", SHIPMENTS, body, content_type=content_type)  # type: ignore[arg-type]
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_answer_is_json_or_nothing() -> None:
    response = client_with("orders:read").get("/api/v1/orders/", HTTP_ACCEPT="text/html")
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("language", ["de", "zh-hans", "sv"])
def test_details_are_english_for_everybody(language: str) -> None:
    client = client_with("orders:read", "shipments:write")
    response = client.post(SHIPMENTS, {"tracking_number": 1}, HTTP_ACCEPT_LANGUAGE=language)
    assert response.json() == {
        "code": "invalid",
        "detail": "Some values are not acceptable; see fields.",
        "fields": {"carrier_code": ["This field is required."], "tracking_number": ["Not a valid string."]},
    }


def test_unexpected_error_is_answered_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    make_amazon_order()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_contact SET data = %s", [b"written with a key that is gone"])
    assert Contact.objects.defer("data").count() == 1
    response = client_with("orders:read", "customers:read").get("/api/v1/orders/")
    assert response.status_code == 500
    assert response.json() == {
        "code": "internal_error",
        "detail": "Something went wrong here. Try again later.",
        "fields": {},
    }
    assert "GET /api/v1/orders/ failed" in caplog.text
    # Who may not see personal data does not need the key.
    assert client_with("orders:read").get("/api/v1/orders/").status_code == 200


def test_answers_are_not_kept_by_caches() -> None:
    assert APIClient().get("/api/v1/orders/")["Cache-Control"] == "no-store"
    assert client_with("orders:read").get("/api/v1/orders/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("acknowledged=no", "acknowledged", "Write true or false."),
        (
            "status=done",
            "status",
            "“done” is not known here. Choose from: pending, processing, partially_shipped, complete, canceled.",
        ),
        (
            "updated_after=2026-11-20T08:00:00+00:00",  # which is read as a blank
            "updated_after",
            "Write the time as 2026-11-20T08:00:00Z. In an address, “+” must be written as “%2B”.",
        ),
    ],
)
def test_refusal_of_a_value_says_what_is_allowed(query: str, field: str, sentence: str) -> None:
    response = client_with("orders:read").get(f"/api/v1/orders/?{query}")
    assert (response.status_code, response.json()["fields"]) == (400, {field: [sentence]})


def test_refusal_of_a_form_says_how_to_send_json() -> None:
    response = client_with("shipments:write").post(SHIPMENTS, "a=b", content_type="application/x-www-form-urlencoded")
    assert response.json()["detail"] == "Send JSON, with the header “Content-Type: application/json”."
