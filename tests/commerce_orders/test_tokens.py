import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import (
    TokenRefused,
    create_token,
    find_accounts,
    find_token,
    note_use,
    revoke_token,
)
from project.models import AuditEntry
from tests.factories import NOW, make_account

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
        "accounts": [],
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


def test_create_api_token_limits_a_token_to_stores_and_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = make_account(name="First"), make_account(name="Second")
    options = ("--name", "ERP", "--scopes", "orders:read", "--expires", "2999-01-31T00:00:00+01:00", "--stores")
    call_command("create_api_token", *options, "Second")
    token = find_token(capsys.readouterr().out.strip())
    assert token is not None
    assert token.accounts == [f"amazon:{second.pk}"]
    assert AuditEntry.objects.get().changes == {"scopes": [[], ["orders:read"]], "accounts": [[], [second.name]]}
    assert token.expires_at == datetime(2999, 1, 30, 23, tzinfo=UTC)
    assert find_accounts(["Main store"]) == [f"amazon:{first.pk}", f"amazon:{second.pk}"]


@pytest.mark.parametrize(
    "options",
    [["--stores", "Nobody's"], ["--stores", " , "], ["--expires", "tomorrow"], ["--expires", "2020-01-01T00:00:00Z"]],
)
def test_create_api_token_refuses_unknown_stores_and_bad_times(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(name="First")
    with pytest.raises((SystemExit, CommandError)):
        call_command("create_api_token", "--name", "ERP", "--scopes", "orders:read", *options)
    assert not ApiToken.objects.exists()


def test_token_for_some_stores_cannot_have_webhooks() -> None:
    key = f"amazon:{make_account().pk}"
    with pytest.raises(TokenRefused) as refusal:
        create_token(name="ERP", scopes=["webhooks:write"], now=NOW, accounts=[key])
    assert refusal.value.code == "scope_of_all_stores"
    with pytest.raises(TokenRefused) as refusal:
        create_token(name="ERP", scopes=["orders:read"], now=NOW, accounts=["amazon:999"])
    assert refusal.value.code == "account_unknown"
    assert not ApiToken.objects.exists()


def test_list_api_tokens_tells_all_but_the_secret(capsys: pytest.CaptureFixture[str]) -> None:
    account = make_account(name="First")
    _token, text = create_token(name="ERP", scopes=["orders:read"], now=NOW, accounts=[f"amazon:{account.pk}"])
    create_token(name="Old", scopes=["orders:read"], now=NOW, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    create_token(name="Gone", scopes=["orders:read"], now=NOW)
    revoke_token(name="Gone", now=NOW)
    call_command("list_api_tokens", "--json")
    printed = capsys.readouterr().out
    assert text not in printed
    rows = json.loads(printed)
    assert [(row["name"], row["state"], row["stores"]) for row in rows] == [
        ("ERP", "valid", ["First"]),
        ("Gone", "revoked", []),
        ("Old", "expired", []),
    ]
    call_command("list_api_tokens")
    assert capsys.readouterr().out.splitlines()[0] == "ERP  valid  orders:read  First  never used"
