"""What the back office shows where there is nothing, where one may not look, for a form too old and for a fault."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import csrf, defaults

from project.middleware import page_of_form


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_back_office(request):
        return defaults.page_not_found(request, exception)
    words = _("This page does not exist, or what it showed has been deleted.")
    return _page(request, 404, title=_("Page not found"), words=words)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_back_office(request):
        return defaults.permission_denied(request, exception)
    words = _("Your permissions do not include this. If you need it, ask an administrator.")
    return _page(request, 403, title=_("Not permitted"), words=words)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Its page was opened before the last log-in, as one was that stands in another tab; or the form is not ours."""
    if not _is_back_office(request):
        return csrf.csrf_failure(request, reason)
    words = _("This page was opened before the last log-in. Open it again, then repeat what you wanted to do.")
    return _page(request, 403, title=_("Nothing was done"), words=words, again=page_of_form(request.path))


def server_error(request: HttpRequest) -> HttpResponse:
    """It needs neither the database nor the files of the theme, either of which may be what is broken."""
    if not _is_back_office(request):
        return defaults.server_error(request)
    words = _("The fault is in the log. See whether your last change was stored before you repeat it.")
    context = {"title": _("Something went wrong"), "words": words}
    return HttpResponse(render_to_string("back_office/server_error.html", context), status=500)


def _is_back_office(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))


def _page(request: HttpRequest, status: int, *, title: str, words: str, again: str = "") -> HttpResponse:
    context = admin.site.each_context(request) | {"title": title, "words": words, "again": again}
    return render(request, "back_office/error.html", context, status=status)
