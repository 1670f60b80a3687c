"""What a reader keeps of a list: views by name, and its columns. Each is a form that leads back to the list."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from commerce_orders.admin.list_parts import COLUMNS, view_query
from commerce_orders.models import SavedView
from commerce_orders.services.saved_views import ViewRefused, choose_columns, make_default, rename_view, save_view


def save_view_view(page: Any, request: HttpRequest) -> HttpResponse:
    query = _query_of(page, request)
    try:
        view = save_view(
            user=request.user,  # type: ignore[arg-type]  # who is not signed in does not get here
            list_name=page.list_name,
            name=request.POST.get("name", ""),
            query=view_query(query),
        )
    except ViewRefused as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
    else:
        page.message_user(request, _("Saved as “%(name)s”.") % {"name": view.name}, messages.SUCCESS)
    return _back(page, query)


def change_view_view(page: Any, request: HttpRequest, view_id: int) -> HttpResponse:
    """``do``: rename, delete, default or usual."""
    query = _query_of(page, request)
    view = get_object_or_404(SavedView, pk=view_id, user=request.user, list_name=page.list_name)
    what, said = request.POST.get("do", ""), {"name": view.name}
    if what == "delete":
        view.delete()
        page.message_user(request, _("“%(name)s” is deleted.") % said, messages.SUCCESS)
    elif what == "rename":
        try:
            rename_view(view=view, name=request.POST.get("name", ""))
        except ViewRefused as refusal:
            page.message_user(request, str(refusal), messages.ERROR)
        else:
            page.message_user(request, _("Saved as “%(name)s”.") % {"name": view.name}, messages.SUCCESS)
    elif what == "default":
        make_default(view=view, is_default=True)
        page.message_user(request, _("The list opens with “%(name)s” from now on.") % said, messages.SUCCESS)
    elif what == "usual":
        make_default(view=view, is_default=False)
        page.message_user(request, _("The list opens with all orders from now on."), messages.SUCCESS)
    return _back(page, query)


def choose_columns_view(page: Any, request: HttpRequest) -> HttpResponse:
    query = _query_of(page, request)
    query.pop(COLUMNS, None)  # what the address says would hide the choice
    chosen = [] if "usual" in request.POST else page.known_columns(request.POST.getlist("column"))
    choose_columns(user=request.user, list_name=page.list_name, columns=chosen)  # type: ignore[arg-type]
    return _back(page, query)


def _query_of(page: Any, request: HttpRequest) -> QueryDict:
    """The list's own address, as the form names it."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    return QueryDict(request.POST.get("list", ""), mutable=True)


def _back(page: Any, query: QueryDict) -> HttpResponse:
    return HttpResponseRedirect(f"{page.list_address}?{query.urlencode()}" if query else page.list_address)
