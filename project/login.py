"""The brake on guesses at the log-in (django-axes): whom it counts, and what the one who must wait reads."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

TOO_MANY_REQUESTS = 429


def client_address(request: HttpRequest) -> str:
    """The browser's address; behind a proxy the one that the proxy itself saw, which nobody can make up."""
    seen_by_proxy = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if settings.BEHIND_PROXY and seen_by_proxy:
        return seen_by_proxy
    return str(request.META.get("REMOTE_ADDR", ""))  # none where a server listens on a socket file


def show_lockout(request: HttpRequest, _response: HttpResponse | None, _credentials: dict[str, Any]) -> HttpResponse:
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = admin.site.each_context(request) | {"minutes": seconds // 60}
    page = render(request, "back_office/locked_out.html", context, status=TOO_MANY_REQUESTS)
    page["Retry-After"] = str(seconds)
    return page
