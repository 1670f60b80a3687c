"""What a client knows already, and what it must not overwrite unseen: ``ETag``, ``If-None-Match``, ``If-Match``."""

import hashlib
import json
from typing import Any

from django.utils.http import parse_etags, quote_etag
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api.errors import RequestRefused

IF_MATCH = "If-Match"
IF_NONE_MATCH = "If-None-Match"
OBSERVED = "."


def etag_of(answer: Any, *, observed: frozenset[str] = frozenset()) -> str:
    """The same for the same answer, in whatever order its names come.

    What is ``observed`` changes by itself and no client could overwrite it: it is in a part that only
    ``If-None-Match`` looks at.
    """
    if not observed:
        return quote_etag(_digest(answer))
    seen = {name: answer[name] for name in sorted(observed)}
    settled = {name: value for name, value in answer.items() if name not in observed}
    return quote_etag(f"{_digest(settled)}{OBSERVED}{_digest(seen)}")


def answer_unless_known(request: Request, answer: Any, *, etag: str = "") -> Response:
    """``answer`` with its ``ETag``, or 304 without it for a client that has it."""
    etag = etag or etag_of(answer)
    known = _read_etags(request, IF_NONE_MATCH)
    if known is not None and ("*" in known or etag in {tag.removeprefix("W/") for tag in known}):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
    return Response(answer, headers={"ETag": etag})


class Precondition:
    """What ``If-Match`` demands. It must be asked under the lock of the change, or two could both be right."""

    def __init__(self, request: Request) -> None:
        self._etags = _read_etags(request, IF_MATCH)

    def allows(self, etag: str) -> bool:
        if self._etags is None or "*" in self._etags:
            return True
        return _settled(etag) in {_settled(each) for each in self._etags}


def _digest(answer: Any) -> str:
    return hashlib.sha256(json.dumps(answer, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _settled(etag: str) -> str:
    return etag.rstrip('"').partition(OBSERVED)[0]


def _read_etags(request: Request, header: str) -> list[str] | None:
    text: str | None = request.headers.get(header)
    if text is None:
        return None
    etags: list[str] = parse_etags(text.strip())
    if not etags:
        raise RequestRefused(
            status.HTTP_400_BAD_REQUEST,
            "invalid_etag",
            f"{header} must be an ETag that was given here, with its quotes.",
        )
    return etags
