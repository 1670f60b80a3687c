"""One declaration per REST operation: the scope it needs, what it reads, and its page in the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from commerce_orders.api.conditions import IF_MATCH, IF_NONE_MATCH
from commerce_orders.api.fields import StrictSerializer
from commerce_orders.api.idempotency import HEADER, LONGEST_KEY, REPLAYED_HEADER, Before, idempotent
from commerce_orders.api.throttling import LIMIT_HEADER, REMAINING_HEADER, RESET_HEADER
from commerce_orders.models.tokens import Scope

Handler = Callable[..., Response]
Refusals = Mapping[int, Mapping[str, str]]  # by status, what each code means


class ErrorSerializer(serializers.Serializer[Any]):
    """Every refusal has this shape."""

    code = serializers.CharField(help_text="Stable and never translated.")
    detail = serializers.CharField(help_text="What is wrong, in English.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sentences by the field or parameter at fault; nested ones as `lines.0.quantity`.",
    )


class NoQuery(StrictSerializer):
    """An operation without query parameters."""


ALWAYS: Refusals = {
    400: {"invalid": "A parameter or value is unknown or not acceptable."},
    401: {
        "not_authenticated": "There is no token.",
        "invalid_token": "The token is unknown, expired or revoked.",
    },
    403: {"permission_denied": "The token lacks the scope."},
    406: {"not_acceptable": "The header `Accept` does not allow JSON."},
    429: {"throttled": "The token has used its requests up. Wait for the seconds of `Retry-After`."},
}
OF_WRITES: Refusals = {
    400: {
        "parse_error": "The body is not JSON.",
        "invalid_idempotency_key": "The key is too long or not printable ASCII.",
    },
    413: {"body_too_large": "The body is larger than a million bytes."},
    415: {"unsupported_media_type": "The body is not declared as JSON."},
    422: {"idempotency_key_reused": "The key belongs to a different request."},
}
OF_LISTS: Refusals = {400: {"invalid_cursor": "The cursor is not one that this list gave."}}
NOT_FOUND: Refusals = {404: {"not_found": "There is nothing with this number."}}

RATE_LIMITS = [
    OpenApiParameter(name, int, OpenApiParameter.HEADER, response=True, description=description)
    for name, description in {
        LIMIT_HEADER: "Requests that the token may make in a minute, all at once or one by one.",
        REMAINING_HEADER: "How many of them are left now.",
        RESET_HEADER: "Seconds until all of them are free again.",
    }.items()
]
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429],
    description="Seconds until the next request is allowed.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description=(
        "Made by the client, new for each write. A repetition within seven days has no second effect and gets "
        f"the first answer again, with `{REPLAYED_HEADER}: true`."
    ),
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="Another one whenever the answer changes."
)
KNOWN_ETAG = OpenApiParameter(
    IF_NONE_MATCH,
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer: while nothing has changed, the answer is 304 without a body.",
)
SEEN_ETAG = OpenApiParameter(
    IF_MATCH,
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of what you looked at before: if somebody else has changed it since, 412 and no change.",
)
OF_ETAGS: Refusals = {400: {"invalid_etag": "The condition is not an ETag in quotes."}}
OF_SEEN_ETAGS: Refusals = {412: {"changed_meanwhile": "Somebody else changed it. Read it again."}}
DONE = OpenApiResponse(description="Done; there is no more to say.")
NOT_MODIFIED = OpenApiResponse(description="Nothing has changed since the answer with this `ETag`.")


def operation(
    *,
    scope: Scope,
    name: str,
    summary: str,
    description: str = "",
    path: Mapping[str, str] | None = None,
    query: type[StrictSerializer] = NoQuery,
    body: type[serializers.Serializer[Any]] | None = None,
    body_example: Any = None,
    before: Before | None = None,
    answer: type[serializers.Serializer[Any]] | None,
    answer_status: int = status.HTTP_200_OK,
    answer_example: Any = None,
    has_etag: bool = False,
    refusals: tuple[Refusals, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare a method of an ``ApiView``; one with a ``body`` or without an ``answer`` is a write.

    Writes take an ``Idempotency-Key``; of them ``before`` is asked in no transaction (see ``idempotent``).

    ``name`` is the operation id, ``path`` describes the parts of the address, and ``refusals`` are those beyond
    what every such operation may answer. One that ``has_etag`` answers with it, and takes a condition if it only reads
    or changes something that exists.
    """

    def declare(handler: Handler) -> Handler:
        is_write = body is not None or answer is None
        method = idempotent(handler, before=before) if is_write else handler
        method.scope = scope  # type: ignore[attr-defined]
        method.query = query  # type: ignore[attr-defined]
        parameters: list[Any] = [*_path_parameters(path or {}), *RATE_LIMITS, RETRY_AFTER]
        if query is not NoQuery:
            parameters.append(query)
        answers: dict[int, Any] = {answer_status: answer} if answer else {status.HTTP_204_NO_CONTENT: DONE}
        conditions: tuple[Refusals, ...] = ()
        if has_etag:
            if answer:
                parameters.append(ETAG)
            if not is_write:
                parameters.append(KNOWN_ETAG)
                answers[status.HTTP_304_NOT_MODIFIED] = NOT_MODIFIED
                conditions = (OF_ETAGS,)
            elif answer_status == status.HTTP_200_OK:
                parameters.append(SEEN_ETAG)
                conditions = (OF_ETAGS, OF_SEEN_ETAGS)
        examples = []
        if answer:
            examples.append(
                OpenApiExample("Answer", answer_example, response_only=True, status_codes=[str(answer_status)])
            )
        if is_write:
            parameters.append(IDEMPOTENCY_KEY)
        if body:
            examples.append(OpenApiExample("Request", body_example, request_only=True))
        documented: Handler = extend_schema(
            operation_id=name,
            summary=summary,
            description=f"{description}\n\nScope: `{scope}`.".strip(),
            parameters=parameters,
            request=body,
            responses=answers | _errors(ALWAYS, OF_WRITES if is_write else {}, *conditions, *refusals),
            examples=examples,
            extensions={"x-scope": str(scope)},
        )(method)
        return documented

    return declare


def _path_parameters(descriptions: Mapping[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, int if name == "id" else str, OpenApiParameter.PATH, description=description)
        for name, description in descriptions.items()
    ]


def _errors(*refusals: Refusals) -> dict[int, OpenApiResponse]:
    meanings: dict[int, dict[str, str]] = {}
    for group in refusals:
        for status_code, codes in group.items():
            meanings.setdefault(status_code, {}).update(codes)
    return {
        status_code: OpenApiResponse(
            ErrorSerializer,
            description="\n".join(f"* `{code}`: {meaning}" for code, meaning in codes.items()),
            examples=[
                OpenApiExample(code, {"code": code, "detail": meaning, "fields": {}}) for code, meaning in codes.items()
            ],
        )
        for status_code, codes in sorted(meanings.items())
    }
