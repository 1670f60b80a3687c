"""One page of who changed the set-up: settings, accounts, tokens, products, users; and all of it to take away."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from project.changes import Change, Place, find_changes, logged_changes, recorded_changes, walk_changes
from project.export import ExportColumn, export_links, moment, send_export
from project.models import Area

SHOWN = 50
VIEW = "project.view_auditentry"


def _details(change: Change) -> str:
    """Field by field; of a secret only its name."""
    fields = [
        f"{each.field}: {each.before} → {each.after}" if each.before or each.after else each.field
        for each in change.changes
    ]
    return "; ".join([*fields, *([change.words] if change.words else [])])


COLUMNS = (
    moment(gettext_lazy("when (UTC)"), "at"),
    ExportColumn(gettext_lazy("By"), lambda change: change.actor),
    ExportColumn(gettext_lazy("what"), lambda change: change.area),
    ExportColumn(gettext_lazy("which"), lambda change: change.subject),
    ExportColumn(pgettext_lazy("column", "Change"), lambda change: change.action),
    ExportColumn(gettext_lazy("Detail"), _details),
)


def show_changes(request: HttpRequest) -> HttpResponse:
    """The newest first; ``before`` leads on, ``area`` and ``who`` narrow it."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    narrowed = _read_filters(request)
    area, who = narrowed["area"], narrowed["who"]
    before = Place.read(request.GET.get("before", ""))
    rows = find_changes(area=area, who=who, before=before, limit=SHOWN + 1)
    shown = rows[:SHOWN]
    return TemplateResponse(
        request,
        "admin/changes.html",
        admin.site.each_context(request)
        | {
            "title": _("Changes to the set-up"),
            "rows": shown,
            "tabs": [
                (label, f"?{_query(area=value, who=who)}", value == area)
                for value, label in [("", _("All")), *Area.choices]
            ],
            "area": area,
            "who": who,
            "is_narrowed": bool(area or who or before),
            "earlier": f"?{_query(**narrowed, before=shown[-1].place.address)}" if len(rows) > SHOWN else "",
            "exports": export_links("admin:changes_export", query=_query(**narrowed)),
        },
    )


@require_safe
def export_changes(request: HttpRequest, format: str) -> HttpResponseBase:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    narrowed = _read_filters(request)
    return send_export(
        request,
        format=format,
        name=_("Changes to the set-up"),
        columns=COLUMNS,
        rows=walk_changes(**narrowed),
        counted=[recorded_changes(**narrowed), logged_changes(**narrowed)],
        list_address=f"{reverse('admin:changes')}?{_query(**narrowed)}",
    )


def _read_filters(request: HttpRequest) -> dict[str, str]:
    area, who = request.GET.get("area", ""), request.GET.get("who", "")
    return {"area": area if area in Area.values else "", "who": who.replace("\0", "").strip()[:150]}


def _query(**asked: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return query.urlencode()
