"""Reading request bodies that may be hostile."""

import io
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from commerce_orders.api.errors import LARGEST_BODY, BodyTooLarge

DEEPEST = 32
TOO_DEEP = "The JSON is nested too deeply."


class BoundedJSONParser(JSONParser):
    """JSON of at most ``LARGEST_BODY`` bytes: Django's own limit does not hold for streams that DRF reads."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge()
        try:
            value = super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        _check_depth(value)
        return value


def _check_depth(value: Any) -> None:
    """What was just read may still be too deep for whatever reads, writes or shows it later."""
    level: Iterable[Any] = [value]
    for _depth in range(DEEPEST):
        below: list[Any] = []
        for each in level:
            if isinstance(each, list):
                below += each
            elif isinstance(each, dict):
                below += each.values()
        if not below:
            return
        level = below
    raise ParseError(TOO_DEEP)
