"""Presigned addresses of documents, and the refusals of the storage behind them (Amazon S3)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from .timestamps import read_timestamp, write_timestamp

GOOD_FOR = timedelta(minutes=5)  # Feeds API 2021-06-30: "This URL expires after 5 minutes"
PATH = "/feed-documents"
TRANSFERS = frozenset({"uploadFeedDocument", "downloadFeedDocument"})


@dataclass(frozen=True)
class StorageRefusal(Exception):
    """What S3 says instead of storing or handing out; it answers in XML of its own."""

    status: int
    code: str
    message: str

    def body(self) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        )


EXPIRED = StorageRefusal(403, "AccessDenied", "Request has expired")
UNSIGNED_HEADERS = StorageRefusal(
    403, "AccessDenied", "There were headers present in the request which were not signed"
)
WRONG_SIGNATURE = StorageRefusal(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
)
NO_SUCH_KEY = StorageRefusal(404, "NoSuchKey", "The specified key does not exist.")
SLOW_DOWN = StorageRefusal(503, "SlowDown", "Please reduce your request rate.")


class PresignedAddresses:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, address: str, method: str, document_id: str, content_type: str, now: datetime) -> str:
        """An address good for 5 minutes, one method and, where something is sent, one content type."""
        expires = write_timestamp(now + GOOD_FOR)
        signature = self._sign(method, document_id, content_type, expires)
        return f"{address}{PATH}/{document_id}?{urlencode({'expires': expires, 'signature': signature})}"

    def check(self, query: dict[str, str], method: str, document_id: str, content_type: str, now: datetime) -> None:
        """Raise StorageRefusal unless the address is ours, for this use, and not too old."""
        expires = query.get("expires", "")
        signature = self._sign(method, document_id, content_type, expires)
        if not hmac.compare_digest(signature, query.get("signature", "")):
            raise WRONG_SIGNATURE
        if now >= read_timestamp(expires):
            raise EXPIRED

    def _sign(self, method: str, document_id: str, content_type: str, expires: str) -> str:
        text = "\n".join((method, document_id, content_type, expires))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
