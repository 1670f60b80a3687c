"""Columns that are encrypted at rest, and keyed hashes to find them by.

AES-256-GCM by ``cryptography``. A stored value is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``;
the column's name is authenticated with it, so a value cannot be moved to another column. Keys come from
``FIELD_ENCRYPTION_KEYS``, newest first: the newest writes, all of them read, which is what rotation needs.
"""

import functools
import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.signals import setting_changed
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

VERSION = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES + NONCE_BYTES
INDEX_BYTES = 16


class UndecipherableError(Exception):
    """The value was written with a key that is gone, or was tampered with."""


@functools.cache
def ciphers() -> dict[bytes, AESGCM]:
    """Cipher by key id, newest first."""
    return {hashlib.sha256(key).digest()[:KEY_ID_BYTES]: AESGCM(key) for key in settings.FIELD_ENCRYPTION_KEYS}


@functools.cache
def index_keys() -> list[bytes]:
    """Keys of the search hashes, derived from the encryption keys, newest first."""
    return [hmac.digest(key, b"search index", "sha256") for key in settings.FIELD_ENCRYPTION_KEYS]


def forget_keys(*, setting: str, **_: object) -> None:
    if setting == "FIELD_ENCRYPTION_KEYS":
        ciphers.cache_clear()
        index_keys.cache_clear()


setting_changed.connect(forget_keys, dispatch_uid="forget_encryption_keys")


def encrypt(plaintext: bytes, *, context: bytes) -> bytes:
    key_id, cipher = next(iter(ciphers().items()))
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + key_id + nonce + cipher.encrypt(nonce, plaintext, context)


def decrypt(stored: bytes, *, context: bytes) -> bytes:
    """Raises ``UndecipherableError``; never returns ciphertext as if it were the value."""
    cipher = ciphers().get(stored[1 : 1 + KEY_ID_BYTES])
    if stored[:1] != VERSION or cipher is None:
        raise UndecipherableError("No key of FIELD_ENCRYPTION_KEYS wrote this value")
    nonce = stored[1 + KEY_ID_BYTES : HEADER_BYTES]
    try:
        return cipher.decrypt(nonce, stored[HEADER_BYTES:], context)
    except InvalidTag as error:
        raise UndecipherableError("The stored value was changed or belongs to another column") from error


def is_written_with_newest_key(stored: bytes) -> bool:
    return stored[1 : 1 + KEY_ID_BYTES] == next(iter(ciphers()))


def search_index(text: str) -> str:
    """Keyed hash of ``text`` as written with the newest key: 32 hex digits."""
    return _search_index(index_keys()[0], text)


def search_indexes(text: str) -> list[str]:
    """The hashes that ``text`` may be stored under, one per key."""
    return [_search_index(key, text) for key in index_keys()]


def _search_index(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")[:INDEX_BYTES].hex()


class EncryptedBytesField(models.BinaryField):
    """Bytes that only this program can read."""

    _pyi_private_set_type: Any  # for django-stubs: not bytes
    _pyi_private_get_type: Any

    @functools.cached_property
    def context(self) -> bytes:
        return f"{self.model._meta.db_table}.{self.column}".encode()

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is not None:
            value = encrypt(self.as_bytes(value), context=self.context)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, *_: object) -> Any:
        return None if value is None else self.as_value(decrypt(bytes(value), context=self.context))

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is encrypted and is not written to fixtures")

    def as_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def as_value(self, plaintext: bytes) -> Any:
        return plaintext


class EncryptedJSONField(EncryptedBytesField):
    """A JSON value that only this program can read. Cannot be searched; keep a ``search_index`` beside it."""

    def as_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")

    def as_value(self, plaintext: bytes) -> Any:
        return json.loads(plaintext)
