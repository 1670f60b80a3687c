"""Reading request bodies that may be hostile."""

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from commerce_orders.api.errors import LARGEST_BODY, BodyTooLarge


class BoundedJSONParser(JSONParser):
    """JSON of at most ``LARGEST_BODY`` bytes: Django's own limit does not hold for streams that DRF reads."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge()
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
