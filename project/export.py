"""Taking a list away as CSV or XLSX: what its filters and its search leave, in its order and whatever its size."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from project.counts import format_count
from project.portions import walk
from project.spreadsheets import FORMATS, XLSX_ROWS, moment_text, send_table


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A heading and what stands below it for a row: a number, a day or a text."""

    heading: str | Promise
    value: Callable[[Any], Any]


def stored(model: type[Model], *names: str) -> tuple[ExportColumn, ...]:
    """Columns of the table of ``model``, headed as everywhere in the admin; codes in words, times on UTC's clock."""
    return tuple(_stored(model._meta.get_field(name)) for name in names)


def _stored(field: Any) -> ExportColumn:
    if isinstance(field, DateTimeField):
        return moment(_in_utc(field.verbose_name), field.name)
    kept, words = attrgetter(field.name), dict(field.flatchoices)
    return ExportColumn(field.verbose_name, (lambda row: words.get(kept(row), kept(row))) if words else kept)


_in_utc = lazy(lambda name: _("%(time)s (UTC)") % {"time": name}, str)


def moment(heading: str | Promise, name: str, zone: str | Callable[[Any], str] = "UTC") -> ExportColumn:
    """The time that a row has as ``name``, on the clock of ``zone``; the heading says where that is UTC's."""
    return ExportColumn(heading, lambda row: moment_text(getattr(row, name), zone(row) if callable(zone) else zone))


def send_export(
    request: HttpRequest,
    *,
    format: str,
    name: str | Promise,
    columns: Sequence[ExportColumn],
    rows: Iterable[Any],
    counted: Sequence[QuerySet[Any]],
    list_address: str,
) -> HttpResponseBase:
    """A download of ``rows``, read while they are sent. ``counted`` are the same, to see if a workbook takes them:
    where it does not, the list at ``list_address`` says so.
    """
    if format not in FORMATS:
        raise Http404
    if format == "xlsx" and sum(each.order_by()[: XLSX_ROWS + 1].count() for each in counted) > XLSX_ROWS:
        words = ngettext(
            "An XLSX file holds at most %(most)s row. Filter the list, or export it as CSV.",
            "An XLSX file holds at most %(most)s rows. Filter the list, or export it as CSV.",
            XLSX_ROWS,
        )
        messages.warning(request, words % {"most": format_count(XLSX_ROWS)})
        return HttpResponseRedirect(list_address)
    return send_table(
        format=format,
        name=f"{name} {timezone.now():%Y-%m-%d %H%M}",
        headings=[capfirst(str(column.heading)) for column in columns],
        rows=([column.value(row) for column in columns] for row in rows),
    )


def export_links(view: str, *args: Any, query: str = "") -> list[tuple[str, str]]:
    """Each format with its address, for the template that shows them; ``view`` takes the format last."""
    suffix = f"?{query}" if query else ""
    return [(format, reverse(view, args=[*args, format]) + suffix) for format in FORMATS]


class ExportedList(ModelAdmin):
    """``export.csv`` and ``export.xlsx`` beside a list, with the same address behind the question mark."""

    export_columns: Sequence[ExportColumn] = ()
    export_related: Sequence[str] = ()

    def get_urls(self) -> list[URLPattern]:
        return [self.export_path(), *super().get_urls()]

    def export_path(self) -> URLPattern:
        return path("export.<str:format>", self.admin_site.admin_view(self.export_view), name=self._name("export"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, self.export_context(request) | (extra_context or {}))

    def export_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the template with the links needs."""
        query = request.GET.copy()
        query.pop("p", None)
        return {"exports": export_links(f"admin:{self._name('export')}", query=query.urlencode())}

    def export_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.rows_of_list(request)
        list_address = reverse(f"admin:{self._name('changelist')}")
        return send_export(
            request,
            format=format,
            name=self.opts.verbose_name_plural,
            columns=self.columns_to_export(request),
            rows=self._walk(request, rows),
            counted=[rows],
            list_address=f"{list_address}?{request.GET.urlencode()}",
        )

    def rows_of_list(self, request: HttpRequest) -> QuerySet[Any]:
        """What the list with this address holds, sorted as it is, without reading a page of it."""
        asked = copy(request)
        asked.method = "GET"
        asked.is_walk = True  # type: ignore[attr-defined]
        try:
            rows: QuerySet[Any] = self.get_changelist_instance(asked).queryset
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return rows

    def columns_to_export(self, request: HttpRequest) -> Sequence[ExportColumn]:
        return self.export_columns

    def related_to_export(self, request: HttpRequest) -> Sequence[str]:
        return self.export_related

    def prepare_export(self, request: HttpRequest, rows: Sequence[Any], *, now: datetime) -> None:
        """Hang on a portion of rows what their columns need besides; a constant number of queries."""

    def _walk(self, request: HttpRequest, rows: QuerySet[Any]) -> Iterator[Any]:
        related = self.related_to_export(request)
        rows, by = rows.select_related(None), [str(sort) for sort in rows.query.order_by]
        for some in walk(rows.select_related(*related) if related else rows, by=by):
            self.prepare_export(request, some, now=timezone.now())
            yield from some

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
