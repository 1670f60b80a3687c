import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from project import environment

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), (" YES ", True), ("on", True), ("0", False), ("", False), ("no", False)],
)
def test_a_boolean_is_read(monkeypatch, text, value):
    monkeypatch.setenv("SOMETHING", text)

    assert environment.read_boolean("SOMETHING", default=not value) is value


def test_what_is_not_set_has_its_default(monkeypatch):
    monkeypatch.delenv("SOMETHING", raising=False)

    assert environment.read_boolean("SOMETHING", default=True) is True
    assert environment.read_integer("SOMETHING", default=7, minimum=1, maximum=9) == 7
    assert environment.read_list("SOMETHING", default="a, b,") == ["a", "b"]
    assert environment.read_address("SOMETHING") == ""
    assert environment.read_database("SOMETHING", default="sqlite:///x.sqlite3")["NAME"] == "x.sqlite3"


def test_a_list_is_read_without_blanks(monkeypatch):
    monkeypatch.setenv("SOMETHING", " a.example , ,b.example")

    assert environment.read_list("SOMETHING") == ["a.example", "b.example"]


def test_keys_are_read_newest_first_with_and_without_padding(monkeypatch):
    monkeypatch.setenv("SOMETHING", f"{KEY.rstrip('=')},{base64.urlsafe_b64encode(b'x' * 32).decode()}")

    assert environment.read_keys("SOMETHING") == [bytes(range(32)), b"x" * 32]


def test_an_address_loses_its_last_slash(monkeypatch):
    monkeypatch.setenv("SOMETHING", "http://127.0.0.1:8099/")

    assert environment.read_address("SOMETHING") == "http://127.0.0.1:8099"


def test_a_database_with_an_escaped_password_is_read(monkeypatch):
    monkeypatch.setenv("SOMETHING", "postgres://user:p%40ss%2F@db.example:5433/orders")

    database = environment.read_database("SOMETHING", default="")

    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.postgresql", "orders")
    assert (database["USER"], database["PASSWORD"]) == ("user", "p@ss/")
    assert (database["HOST"], database["PORT"]) == ("db.example", 5433)


@pytest.mark.parametrize(
    ("reader", "arguments", "text", "expected"),
    [
        ("read_boolean", {"default": False}, "perhaps", "true or false"),
        ("read_integer", {"default": 1, "minimum": 1, "maximum": 9}, "many", "a whole number from 1 to 9"),
        ("read_integer", {"default": 1, "minimum": 1, "maximum": 9}, "0", "a whole number from 1 to 9"),
        ("read_integer", {"default": 1, "minimum": 1, "maximum": 9}, "9" * 30, "a whole number from 1 to 9"),
        ("read_secret", {}, "short-secret", "a secret text of at least 32 characters"),
        ("read_keys", {}, "", "one or more comma-separated keys of 32 random bytes"),
        ("read_keys", {}, "secret-but-not-a-key", "one or more comma-separated keys of 32 random bytes"),
        ("read_keys", {}, KEY + ",c2hvcnQ=", "one or more comma-separated keys of 32 random bytes"),
        ("read_address", {}, "127.0.0.1:8099", "empty or a base address"),
        ("read_address", {}, "ftp://example", "empty or a base address"),
        ("read_database", {"default": ""}, "mysql://user:secret@host/name", "sqlite:///FILE or postgres://"),
        ("read_database", {"default": ""}, "nonsense-secret", "sqlite:///FILE or postgres://"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_it_must_look_like_but_never_shown(
    monkeypatch, reader, arguments, text, expected
):
    monkeypatch.setenv("SOMETHING", text)

    with pytest.raises(ImproperlyConfigured) as caught:
        getattr(environment, reader)("SOMETHING", **arguments)

    sentence = str(caught.value)
    assert sentence.startswith("The environment variable SOMETHING cannot be read: it must be ")
    assert expected in sentence
    assert "secret-but" not in sentence
    assert "short-secret" not in sentence
    assert "user:secret" not in sentence


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DEBUG", "DATABASE_URL", "AMAZON_SP_API_URL"])
def test_the_program_stops_at_start_with_one_sentence(name):
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=os.environ | {name: "nonsense"},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert run.stderr.startswith(f"The environment variable {name} cannot be read: it must be ")
    assert run.stderr.count("\n") == 1


def test_a_mail_server_is_read(monkeypatch):
    monkeypatch.setenv("SOMETHING", "smtp+tls://user:pass@mail.example.com:587")
    server = environment.read_mail_server("SOMETHING", default="dummymail://")
    assert (server["EMAIL_HOST"], server["EMAIL_PORT"], server["EMAIL_USE_TLS"]) == ("mail.example.com", 587, True)

    monkeypatch.setenv("SOMETHING", "")
    server = environment.read_mail_server("SOMETHING", default="dummymail://")
    assert server["EMAIL_BACKEND"] == "django.core.mail.backends.dummy.EmailBackend"


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://mail.example.com:secret",
        "smtp://",
        "smtps://mail.example.com",
    ],
)
def test_what_is_no_mail_server_is_refused_without_showing_it(monkeypatch, text):
    monkeypatch.setenv("SOMETHING", text)

    with pytest.raises(ImproperlyConfigured, match="SOMETHING") as refusal:
        environment.read_mail_server("SOMETHING", default="dummymail://")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("hosts", "is_https", "address"),
    [
        (["orders.example.com", "x"], True, "https://orders.example.com"),
        (["*", ".example.com"], True, "https://example.com"),
        (["*"], False, "http://localhost"),
    ],
)
def test_the_pages_are_where_the_first_host_is(hosts, is_https, address):
    assert environment.guess_address(hosts, is_https=is_https) == address
