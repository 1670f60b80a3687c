"""Writes that may be repeated: the same ``Idempotency-Key`` has one effect and always the first answer."""

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api.errors import RequestRefused, handle_exception, refusal_of
from commerce_orders.api.views import ApiView
from commerce_orders.models import IdempotentReply
from commerce_orders.services.replies import NOT_ANSWERED_YET, claim_reply, find_reply

Handler = Callable[..., Response]
Before = Callable[..., None]
HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
LONGEST_KEY = 255
KEPT_HEADERS = ("ETag", "Location")


class AnswerWithSecret(Response):
    """What only the first answer says is left out of ``data_to_keep``, which repetitions get."""

    def __init__(self, data: Any, *, data_to_keep: Any, status: int, headers: dict[str, str]) -> None:
        super().__init__(data, status=status, headers=headers)
        self.data_to_keep = data_to_keep


def idempotent(handler: Handler, *, before: Before | None = None) -> Handler:
    """Keep the answer of a view's method to a request with a key, refusals (4xx) too, and give it again.

    The row of the reply is inserted first, in the transaction of the write, so of two requests at once the second
    waits and finds the first answer. A refusal rolls the write back and keeps the answer; an unexpected error
    keeps nothing. Answers are kept unencrypted, so such a method must not answer with personal data; one that answers
    with a secret gives its ``AnswerWithSecret`` what is kept instead.

    ``before`` is asked what the handler is, in no transaction and not for a repetition: it may take its time, writes
    nothing, and its refusal is kept too.
    """

    @functools.wraps(handler)
    def answer_once(view: ApiView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _read_key(request)
        if key is None:
            if before:
                before(request, *args, **kwargs)
            return handler(view, request, *args, **kwargs)
        digest = _digest(request)
        refusal = None
        if before:
            if reply := find_reply(token=view.token, key=key):
                return _replay(reply, digest)
            refusal = _refusal(before, request, *args, **kwargs)
        with transaction.atomic():
            reply = claim_reply(token=view.token, key=key, request_digest=digest, now=timezone.now())
            if reply.status_code != NOT_ANSWERED_YET:
                return _replay(reply, digest)
            try:
                if refusal:
                    raise refusal
                with transaction.atomic():
                    response = handler(view, request, *args, **kwargs)
            except Exception as error:
                if not refusal_of(error):
                    raise
                response = handle_exception(error, {"request": request})
            reply.status_code, reply.body = response.status_code, getattr(response, "data_to_keep", response.data)
            reply.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            reply.save(update_fields=["status_code", "body", "headers"])
        return response

    answer_once.takes_idempotency_key = True  # type: ignore[attr-defined]
    return answer_once


def _refusal(before: Before, request: Request, *args: Any, **kwargs: Any) -> Exception | None:
    try:
        before(request, *args, **kwargs)
    except Exception as error:
        if not refusal_of(error):
            raise
        return error
    return None


def _replay(reply: IdempotentReply, digest: str) -> Response:
    if reply.request_digest != digest:
        raise RequestRefused(
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            f"This {HEADER} was used for a different request. Make a new one for each write.",
        )
    return Response(reply.body, status=reply.status_code, headers=reply.headers | {REPLAYED_HEADER: "true"})


def _read_key(request: Request) -> str | None:
    key: str | None = request.headers.get(HEADER)
    if key is not None and not (key.isascii() and key.isprintable() and 1 <= len(key) <= LONGEST_KEY):
        raise RequestRefused(
            status.HTTP_400_BAD_REQUEST,
            "invalid_idempotency_key",
            f"The {HEADER} must be 1 to {LONGEST_KEY} printable ASCII characters.",
        )
    return key


def _digest(request: Request) -> str:
    """Of method, address and body; the order of names and the spacing of the JSON make no difference."""
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method}\n{request.get_full_path()}\n{body}".encode()).hexdigest()
