"""Judging replies by status and shape.

The library raises only where a body has an ``errors`` list: an HTML 503, a cut-off JSON or
``{"message": "Forbidden"}`` would pass as an empty success, and an outage would look like "no orders".
"""

import json
import re
from typing import Any, NoReturn

import httpx
import orjson

from amazon_channel.gateway.errors import (
    AmazonError,
    AmazonMisconfigured,
    AmazonProtocolError,
    AmazonRejected,
    AmazonTransient,
)
from commerce_orders.wording import wording

# Characters that PostgreSQL cannot store, or that are no text; they come only as JSON escapes.
UNSTORABLE_ESCAPE = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
TEMPORARY = frozenset({408, 500, 502, 503, 504})
# Words of Amazon's error texts: one has "has expired" behind it, the other "is revoked, malformed or invalid".
ABOUT_THE_TOKEN = "The access token you provided"  # noqa: S105
EXPIRED = "expired"
LONGEST_CODE = 40
LONGEST_DETAIL = 500


class TokenRefused(AmazonMisconfigured):
    """The access token ran out between two calls, or is no longer good; a new one may be asked for once."""

    @property
    def has_expired(self) -> bool:
        return EXPIRED in self.detail


def read_object(reply: httpx.Response, *, required: str) -> dict[str, Any]:
    """The JSON object of a reply that succeeded and has the key ``required``; raises otherwise."""
    if reply.status_code != 200:
        raise_for_status(reply)
    body = _decode(reply)
    if not isinstance(body, dict) or "errors" in body or required not in body:
        _raise(AmazonProtocolError, "unreadable_reply", wording("Amazon's reply has not the expected shape"), reply)
    return body


def expect_no_content(reply: httpx.Response) -> None:
    """Only 204 says that a confirmation was accepted."""
    if reply.status_code != 204:
        raise_for_status(reply)
        _raise(
            AmazonProtocolError,
            "unreadable_reply",
            wording("Amazon replied %(status)s instead of 204", status=reply.status_code),
            reply,
        )


def raise_for_status(reply: httpx.Response) -> None:
    """Raise what a status other than 2xx means."""
    status = reply.status_code
    if 200 <= status < 300:
        return
    code, detail = _amazons_words(reply)
    ours = wording("Amazon replied %(status)s", status=status)
    if status == 429:
        _raise(AmazonTransient, "throttled", detail or wording("Too many calls"), reply)
    if status in TEMPORARY:
        _raise(AmazonTransient, "unavailable", detail or ours, reply)
    if status in {401, 403}:
        kind = TokenRefused if ABOUT_THE_TOKEN in detail else AmazonMisconfigured
        _raise(kind, "access_denied", detail or ours, reply)
    if 300 <= status < 400:
        _raise(AmazonProtocolError, "redirected", ours, reply)
    if not code:
        ours = wording("Amazon replied %(status)s without a reason", status=status)
        _raise(AmazonProtocolError, "unreadable_reply", ours, reply)
    _raise(AmazonRejected, code.replace(" ", "")[:LONGEST_CODE], detail, reply)


def rate_of(reply: httpx.Response) -> float | None:
    """Calls per second from ``x-amzn-RateLimit-Limit``, which Amazon sends when it likes."""
    try:
        rate = float(reply.headers["x-amzn-RateLimit-Limit"])
    except (KeyError, ValueError):
        return None
    return rate if rate > 0 else None


def _decode(reply: httpx.Response) -> Any:
    content = reply.content
    try:
        return storable(orjson.loads(content)) if UNSTORABLE_ESCAPE.search(content) else orjson.loads(content)
    except orjson.JSONDecodeError:
        pass  # also for half a surrogate pair in one buyer's message, which the standard library lets through
    try:
        return storable(json.loads(content, parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        _raise(AmazonProtocolError, "unreadable_reply", wording("Amazon's reply is not complete JSON"), reply)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def storable(node: Any) -> Any:
    """Replace what no database stores by U+FFFD, visibly, instead of losing the order."""
    if isinstance(node, str):
        try:
            node.encode()  # surrogate pairs are decoded by now; what is left over is lone
        except UnicodeEncodeError:
            return UNSTORABLE.sub("\ufffd", node)
        return node.replace("\x00", "\ufffd")
    if isinstance(node, dict):
        return {storable(key): storable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [storable(value) for value in node]
    return node


def _amazons_words(reply: httpx.Response) -> tuple[str, str]:
    """Code and text of Amazon's first error; empty texts when the body is none of Amazon's."""
    try:
        body = storable(json.loads(reply.content))
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    errors = body.get("errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return "", str(body.get("message") or "")[:LONGEST_DETAIL]
    error = errors[0]
    words = [str(error[key]) for key in ("message", "details") if error.get(key)]
    return str(error.get("code") or ""), " ".join(dict.fromkeys(words))[:LONGEST_DETAIL]


def _raise(kind: type[AmazonError], code: str, detail: str, reply: httpx.Response) -> NoReturn:
    raise kind(code, detail, request_id=reply.headers.get("x-amzn-RequestId", ""))
