"""Feeds 2021-06-30: a document goes to a presigned address, a feed names it, a report comes back the same way."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.conf import settings

from amazon_channel.gateway.client import AmazonGateway
from amazon_channel.gateway.connection import http_client
from amazon_channel.gateway.errors import AmazonProtocolError, AmazonTransient
from amazon_channel.gateway.replies import TEMPORARY, read_object
from commerce_orders.wording import wording

FEEDS = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
CONTENT_TYPE = "text/xml; charset=UTF-8"
LARGEST_DOCUMENT = 16 * 1024 * 1024
LONGEST_ID = 64
LONGEST_WORDS = 200

read_upload = partial(read_object, required="url")
read_feed_id = partial(read_object, required="feedId")
read_feed = partial(read_object, required="processingStatus")


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """Where a document goes, for five minutes, and the id that a feed names it by."""

    document_id: str
    url: str


@dataclass(frozen=True, slots=True)
class FeedReading:
    """How far Amazon is. ``DONE`` does not mean success: the report of ``result_document_id`` says what was done."""

    status: str
    result_document_id: str


class FeedGateway(AmazonGateway):
    """Amazon for one seller account, with feeds; raises as its base does. Each call returns its rate too."""

    def create_document(self) -> tuple[UploadPlace, float | None]:
        body, rate = self._call(read_upload, self._ask, "POST", DOCUMENTS, contentType=CONTENT_TYPE)
        return UploadPlace(_text(body, "feedDocumentId"), _text(body, "url")), rate

    def upload(self, place: UploadPlace, document: bytes) -> None:
        """Put the document where Amazon wants it. The address is secret enough: it gets no access token."""
        self._transfer("PUT", place.url, document)

    def create_feed(self, feed_type: str, document_id: str, marketplace_ids: Sequence[str]) -> tuple[str, float | None]:
        """Have Amazon work an uploaded document off; returns the feed's id."""
        body, rate = self._call(
            read_feed_id,
            self._ask,
            "POST",
            FEEDS,
            feedType=feed_type,
            marketplaceIds=list(marketplace_ids),
            inputFeedDocumentId=document_id,
        )
        feed_id = _text(body, "feedId")
        if len(feed_id) > LONGEST_ID:
            raise AmazonProtocolError("unreadable_reply", wording("Amazon's feed id is too long"))
        return feed_id, rate

    def get_feed(self, feed_id: str) -> tuple[FeedReading, float | None]:
        body, rate = self._call(read_feed, self._ask, "GET", f"{FEEDS}/{quote(feed_id, safe='')}")
        result_document_id = body.get("resultFeedDocumentId") or ""
        return FeedReading(_text(body, "processingStatus"), str(result_document_id)), rate

    def get_document(self, document_id: str) -> tuple[bytes, float | None]:
        """The content of a document of Amazon's, unpacked."""
        body, rate = self._call(read_upload, self._ask, "GET", f"{DOCUMENTS}/{quote(document_id, safe='')}")
        content = self._transfer("GET", _text(body, "url"))
        return _unpacked(content) if body.get("compressionAlgorithm") == "GZIP" else content, rate

    def _ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        # Not the library's own operations: they move documents over connections of their own, without limits.
        reply: httpx.Response = self._client._request(path, data={"method": method, **body}, add_marketplace=False)
        return reply

    def _transfer(self, method: str, url: str, content: bytes | None = None) -> bytes:
        _check_address(url)
        headers = {"accept-encoding": "identity"}
        if content is not None:
            headers["content-type"] = CONTENT_TYPE  # must be the one that was stated, or the signature is wrong
        received = bytearray()
        try:
            with http_client().stream(method, url, content=content, headers=headers) as reply:
                for chunk in reply.iter_raw():  # as it comes: whatever it claims to be, it cannot grow here
                    received += chunk
                    if len(received) > LARGEST_DOCUMENT:
                        raise AmazonProtocolError("unreadable_reply", wording("Amazon's document is too large"))
        except httpx.TimeoutException as error:
            raise AmazonTransient("timeout", wording("Amazon's storage did not answer in time")) from error
        except httpx.RequestError as error:
            raise AmazonTransient("unreachable", wording("Amazon's storage cannot be reached")) from error
        if reply.status_code != 200:
            _raise_for_storage(reply.status_code, bytes(received))
        return bytes(received)


def _check_address(url: str) -> None:
    """Only encrypted, unless the whole of Amazon is a local one."""
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and not parts.username
    except ValueError:
        is_usable = False
    schemes = {"https", "http"} if settings.AMAZON_SP_API_URL else {"https"}
    if not is_usable or parts.scheme not in schemes:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon's address of a document is not one to use"))


def _raise_for_storage(status: int, content: bytes) -> None:
    """Whatever storage says, a new address may help; it is not the account that is wrong."""
    replied = wording("Amazon's storage replied %(status)s", status=status)
    if 300 <= status < 400:
        raise AmazonProtocolError("redirected", replied)
    code = "unavailable" if status in TEMPORARY or status == 429 else "storage_refused"
    words = _words_of_storage(content)
    detail = wording("Amazon's storage replied %(status)s %(words)s", status=status, words=words)
    raise AmazonTransient(code, detail if words else replied)


def _words_of_storage(content: bytes) -> str:
    try:
        error = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError):
        return ""
    words = (error.findtext(name) or "" for name in ("Code", "Message"))
    return ". ".join(part for part in words if part)[:LONGEST_WORDS]


def _unpacked(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacking.decompress(content, LARGEST_DOCUMENT)
    except zlib.error as error:
        raise AmazonProtocolError(
            "unreadable_reply", wording("Amazon's document is not compressed as it says")
        ) from error
    if unpacking.unconsumed_tail:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon's document is too large"))
    if not unpacking.eof:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon's document is cut off"))
    return unpacked


def _text(body: dict[str, Any], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon's reply has no %(field)s", field=name))
    return text
