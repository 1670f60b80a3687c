"""Pagination tokens: opaque to the caller, bound to the filters of the search, good for 24 hours."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from datetime import datetime, timedelta

from .listing import Position
from .rejections import CHANGED_FILTERS
from .search_query import Filters

_MARK = "v2+/"  # with the padding at the end, characters that a client must URL-encode


class PageTokens:
    def __init__(self, key: bytes) -> None:
        self._key = key
        self._issued = 0

    def write(self, filters: Filters, position: Position, now: datetime) -> str:
        """A token for the page behind `position`. Every one is different, as Amazon's are."""
        self._issued += 1
        at, sequence = position
        text = json.dumps([self._issued, _digest(filters), at.isoformat(), sequence, now.isoformat()])
        padded = text.encode() + b" " * ((-len(text)) % 3)  # 16 + 3n bytes: the base64 ends in "="
        return _MARK + b64encode(self._seal(padded) + padded).decode()

    def read(self, token: str, filters: Filters, now: datetime, lifetime: float) -> Position:
        """The position a token stands for; Rejection 400 when forged, expired or used with other filters."""
        try:
            sealed = b64decode(token.removeprefix(_MARK), validate=True)
        except (Base64Error, ValueError) as error:
            raise CHANGED_FILTERS from error
        seal, text = sealed[:16], sealed[16:]
        if not token.startswith(_MARK) or not hmac.compare_digest(seal, self._seal(text)):
            raise CHANGED_FILTERS
        _, digest, at, sequence, issued_at = json.loads(text)
        if digest != _digest(filters) or now >= datetime.fromisoformat(issued_at) + timedelta(seconds=lifetime):
            raise CHANGED_FILTERS
        return datetime.fromisoformat(at), sequence

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")[:16]


def _digest(filters: Filters) -> str:
    frozen = [
        filters.by_creation,
        filters.after.isoformat(),
        filters.before and filters.before.isoformat(),
        sorted(filters.fulfillment_statuses),
        sorted(filters.marketplace_ids),
        sorted(filters.fulfilled_by),
    ]
    return hashlib.sha256(json.dumps(frozen).encode()).hexdigest()[:16]
