"""Every operation of the REST interface, as the address table has them."""

import re
from collections.abc import Iterator
from typing import Any

from commerce_orders.api.views import ApiView
from project.urls import api


def operations() -> Iterator[tuple[str, str, Any]]:
    """Route, method and handler."""
    for route, view in _views(api, ""):
        for method in view.http_method_names:
            handler = getattr(view, method, None)
            if method != "head" and handler is not None:
                yield route, method.upper(), handler


def filled(route: str, **values: object) -> str:
    """``orders/<number:number>/`` with its values, which are 1 unless given."""
    return re.sub(r"<\w+:(\w+)>", lambda part: str(values.get(part[1], 1)), route)


def _views(patterns: list[Any], prefix: str) -> Iterator[tuple[str, type[ApiView]]]:
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns, route)
        elif issubclass(view := pattern.callback.view_class, ApiView):
            yield route, view
