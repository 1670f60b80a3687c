"""What depends on where in the site one is: response headers, and the way back from addresses that only take forms."""

import re
from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _


class AdminContentPolicy:
    """Allow, under the admin only, what its theme needs: Alpine's eval and inline styles, never inline scripts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(reverse("admin:index")):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": [SELF, UNSAFE_EVAL],
                "style-src": [SELF, UNSAFE_INLINE],
            }
            # Buyers' data must not stay in a shared computer's cache.
            response.setdefault("Cache-Control", "no-store")
        return response


class BackFromForms:
    """Lead a browser that opens an address which only takes forms to the page that the form is on.

    A new log-in, or another language, sends people on to where they were: that can be where a form was sent to.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if response.status_code != 405 or not is_opened or not request.path.startswith(reverse("admin:index")):
            return response
        messages.warning(request, _("Nothing was done yet. Please do it again here."))
        return HttpResponseRedirect(page_of_form(request.path))


def page_of_form(path: str) -> str:
    """``…/order/19/note/`` is on ``…/order/19/``; ``…/order/views/3/`` and ``…/order/fetch/`` are on ``…/order/``."""
    about_one = re.match(r".*?/\d+/(?=.)", path)
    return about_one[0] if about_one else re.sub(r"[^/]+/(\d+/)?$", "", path)
