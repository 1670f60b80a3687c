import hashlib
import json
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import TokenRefused, create_token, find_token, note_use, revoke_token
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_token_is_stored_only_as_its_digest() -> None:
    token, text = create_token(name="Warehouse", scopes=["orders:read"], now=NOW)
    stored = ApiToken.objects.values().get()
    assert stored == {
        "id": token.pk,
        "name": "Warehouse",
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "prefix": text[:8],
        "scopes": ["orders:read"],
        "created_at": NOW,
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
    }
    assert text.startswith("cot_")
    assert len(text) == 47
    assert find_token(text) == token
    assert find_token(text[:-1]) is None


@pytest.mark.parametrize(
    ("name", "scopes", "code"),
    [
        ("Warehouse", ["orders:read"], "name_taken"),
        ("  ", ["orders:read"], "name_missing"),
        ("x" * 81, ["orders:read"], "name_missing"),
        ("ERP", [], "scopes_missing"),
        ("ERP", ["orders:read", "orders:eat"], "scope_unknown"),
    ],
)
def test_token_that_cannot_be_made_is_refused(name: str, scopes: list[str], code: str) -> None:
    create_token(name="Warehouse", scopes=["orders:read"], now=NOW)
    with pytest.raises(TokenRefused) as refusal:
        create_token(name=name, scopes=scopes, now=NOW)
    assert refusal.value.code == code
    assert ApiToken.objects.count() == 1


def test_token_is_revoked_once() -> None:
    create_token(name="ERP", scopes=["orders:read"], now=NOW)
    assert revoke_token(name="ERP", now=NOW).revoked_at == NOW
    assert revoke_token(name="ERP", now=NOW + timedelta(days=1)).revoked_at == NOW
    assert not ApiToken.objects.get().is_valid(NOW)


def test_token_use_is_noted_once_a_minute() -> None:
    create_token(name="ERP", scopes=["orders:read"], now=NOW)
    noted: list[datetime | None] = []
    for seconds in (0, 30, 59, 60, 90, 121):
        note_use(ApiToken.objects.get(), now=NOW + timedelta(seconds=seconds))
        noted += ApiToken.objects.values_list("last_used_at", flat=True)
    assert noted == [NOW + timedelta(seconds=seconds) for seconds in (0, 0, 0, 60, 60, 121)]


def test_create_api_token_prints_a_token_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_token", "--name", "ERP", "--scopes", "orders:read, shipments:write", "--json")
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["token"]
    token = find_token(document["token"])
    assert token is not None
    assert (token.name, token.scopes, token.expires_at) == ("ERP", ["orders:read", "shipments:write"], None)


def test_create_api_token_takes_days_until_it_expires(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_token", "--name", "ERP", "--scopes", "orders:read", "--expires-in-days", "30")
    token = find_token(capsys.readouterr().out.strip())
    assert token is not None
    assert token.expires_at == token.created_at + timedelta(days=30)


def test_create_api_token_names_the_scopes_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("create_api_token", "--name", "ERP", "--scopes", "everything", "--json")
    assert end.value.code == 2
    assert json.loads(capsys.readouterr().out) == {
        "error": {
            "code": "scope_unknown",
            "detail": (
                "There is no scope everything. Choose from: orders:read, orders:write, shipments:write, "
                "settings:write, customers:read, webhooks:write."
            ),
        }
    }
    assert not ApiToken.objects.exists()


def test_revoke_api_token_revokes(capsys: pytest.CaptureFixture[str]) -> None:
    create_token(name="ERP", scopes=["orders:read"], now=NOW)
    call_command("revoke_api_token", "--name", "ERP", "--json")
    assert json.loads(capsys.readouterr().out)["name"] == "ERP"
    assert ApiToken.objects.get().revoked_at is not None


def test_revoke_api_token_refuses_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("revoke_api_token", "--name", "ERP", "--no-color")
    assert end.value.code == 2
    assert capsys.readouterr() == ("", "There is no token with the name ERP.\n")
