"""Typed readers of environment variables that stop the program with one clear sentence.

Each reader names the variable, what was wrong and what it must look like; it never prints the value, which may
be a secret.
"""

import base64
import binascii
import os
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})
MAIL_SCHEMES = frozenset({"smtp", "smtp+tls", "smtp+ssl", "consolemail", "filemail", "dummymail"})
DATABASE_SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})

HOST_EXTRAS = frozenset("@*% ")


def unreadable(name: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The environment variable {name} cannot be read: it must be {expected}.")


def read_boolean(name: str, *, default: bool) -> bool:
    word = os.environ.get(name, str(default)).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise unreadable(name, "true or false")


def read_integer(name: str, *, default: int, minimum: int, maximum: int) -> int:
    expected = f"a whole number from {minimum} to {maximum}"
    try:
        number = int(os.environ.get(name, default))
    except ValueError as error:
        raise unreadable(name, expected) from error
    if not minimum <= number <= maximum:
        raise unreadable(name, expected)
    return number


def read_list(name: str, *, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def read_secret(name: str) -> str:
    secret = os.environ.get(name, "")
    if len(secret) < 32:
        raise unreadable(name, "a secret text of at least 32 characters; `make install` writes one into .env")
    return secret


def read_keys(name: str) -> list[bytes]:
    """Comma-separated keys of 32 random bytes in url-safe base64, newest first."""
    expected = "one or more comma-separated keys of 32 random bytes in url-safe base64, newest first"
    keys = []
    for text in read_list(name):
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise unreadable(name, expected) from error
        if len(key) != 32:
            raise unreadable(name, expected)
        keys.append(key)
    if not keys:
        raise unreadable(name, expected)
    return keys


def read_address(name: str) -> str:
    """A base address such as ``http://127.0.0.1:8099`` without a trailing slash, or an empty text."""
    address = os.environ.get(name, "").strip().rstrip("/")
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise unreadable(name, "empty or a base address such as http://127.0.0.1:8099")
    return address


def read_hosts(name: str) -> list[str]:
    """Comma-separated ``HOST`` or ``HOST:PORT`` in lower case; an IPv6 address stands in brackets."""
    hosts = [host.lower() for host in read_list(name)]
    for host in hosts:
        try:
            parts = urlsplit(f"//{host}")
            is_plain = parts.netloc == host and parts.hostname and parts.port != 0 and not HOST_EXTRAS & set(host)
        except ValueError:
            is_plain = False
        if not is_plain:
            raise unreadable(name, "comma-separated hosts such as erp.internal, 10.0.0.5:8080 or [fd00::5]:8080")
    return hosts


def read_database(name: str, *, default: str) -> dict[str, Any]:
    expected = "sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
    address = os.environ.get(name) or default
    if address.partition(":")[0] not in DATABASE_SCHEMES:
        raise unreadable(name, expected)
    try:
        database: dict[str, Any] = environ.Env.db_url_config(address)
    except Exception as error:  # django-environ raises many kinds for a malformed address
        raise unreadable(name, expected) from error
    return database


def read_text(name: str, *, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def read_mail_server(name: str, *, default: str) -> dict[str, Any]:
    """Django's mail settings. ``default`` is used where the variable is not set, or empty."""
    expected = "smtp://USER:PASSWORD@HOST:PORT, or smtp+tls:// or smtp+ssl:// where the server wants that"
    address = os.environ.get(name) or default
    if address.partition(":")[0] not in MAIL_SCHEMES:
        raise unreadable(name, expected)
    try:
        server: dict[str, Any] = environ.Env.email_url_config(address)
    except Exception as error:  # django-environ raises many kinds for a malformed address
        raise unreadable(name, expected) from error
    if address.startswith("smtp") and not server["EMAIL_HOST"]:
        raise unreadable(name, expected)
    return server


def guess_address(hosts: list[str], *, is_https: bool) -> str:
    """Where the pages are, as the first of the allowed hosts tells."""
    host = next((host.removeprefix(".") for host in hosts if host != "*"), "localhost")
    return f"{'https' if is_https else 'http'}://{host}"
