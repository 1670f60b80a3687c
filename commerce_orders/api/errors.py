"""Every refusal has one shape: ``{"code", "detail", "fields"}``. Codes are stable and never translated."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

LARGEST_BODY = 1_000_000  # bytes

# In the place of sentences that say what is wrong and not what to do.
ADVICE = {
    "not_authenticated": "Send the header “Authorization: Bearer TOKEN”.",
    "unsupported_media_type": "Send JSON, with the header “Content-Type: application/json”.",
}

# Refusals repeat what was sent; these can neither be sent in UTF-8 nor be kept by PostgreSQL.
UNPRINTABLE = re.compile("[\0\ud800-\udfff]")

logger = logging.getLogger(__name__)


class RequestRefused(exceptions.APIException):
    """A refusal of our own: status, code, sentence and, where one is at fault, the field."""

    def __init__(self, status_code: int, code: str, detail: str, *, field: str = "") -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.fields = {field: [detail]} if field else {}


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = f"The body is larger than {LARGEST_BODY} bytes."


@singledispatch
def refusal_of(error: Exception) -> exceptions.APIException | None:
    """What ``error`` is to a client, or nothing where nobody expected it; services' refusals are registered here."""
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():  # Django's own limit, which it checks before any parser is asked
            return BodyTooLarge()
    return None


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to ``error``; what nobody expected is logged and answered without its text."""
    if refusal := refusal_of(error):
        return _answer(refusal)
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(exceptions.APIException("Something went wrong here. Try again later.", code="internal_error"))


def represent_error(error: exceptions.APIException) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to ``error``."""
    fields = getattr(error, "fields", {})
    if isinstance(error, exceptions.ValidationError):
        fields = dict(_flatten(error.detail))
        general = fields.pop("", None)
        code, detail = "invalid", " ".join(general or ["Some values are not acceptable; see fields."])
    else:
        code = str(error.get_codes())
        detail = ADVICE.get(code, str(error.detail))
    printable = {_printable(name): [_printable(sentence) for sentence in fields[name]] for name in fields}
    return error.status_code, {"code": code, "detail": _printable(detail), "fields": printable}


def _answer(error: exceptions.APIException) -> Response:
    status_code, body = represent_error(error)
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(round(wait))
    return Response(body, status=status_code, headers=headers)


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Nested errors as ``lines.0.quantity``; what concerns no single field has the path of its container."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            of_container = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flatten(inner, path if of_container else _join(path, name))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        sentences = [str(inner) for inner in detail if isinstance(inner, str)]
        if sentences:
            yield path, sentences
        for position, inner in enumerate(detail):
            if not isinstance(inner, str):
                yield from _flatten(inner, _join(path, position))
    else:
        yield path, [str(detail)]


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("\ufffd", text)


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
