"""Taking a list away as CSV or XLSX: what its filters and its search leave, whatever its size."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import VIEW_PERSONAL_DATA
from customers.models import PersonalDetails
from customers.services.access import reveal_contacts
from project.counts import format_count
from project.listing import BackOfficeAdmin
from project.spreadsheets import FORMATS, XLSX_ROWS, send_table

PORTION = 1000


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A heading and what stands below it for a row: a number, a day or a text."""

    heading: str | Promise
    value: Callable[[Any], Any]


def _address(part: str) -> Callable[[PersonalDetails], Any]:
    return lambda details: getattr(details.address, part) if details.address else ""


def _street(details: PersonalDetails) -> str:
    return ", ".join(filter(None, details.address.lines)) if details.address else ""


PERSONAL_COLUMNS = (
    ExportColumn(gettext_lazy("Buyer"), lambda details: details.buyer_name),
    ExportColumn(gettext_lazy("E-mail"), lambda details: details.buyer_email),
    ExportColumn(gettext_lazy("Company"), lambda details: details.company),
    ExportColumn(gettext_lazy("Recipient"), _address("name")),
    ExportColumn(gettext_lazy("Street"), _street),
    ExportColumn(gettext_lazy("Postal code"), _address("postal_code")),
    ExportColumn(gettext_lazy("City"), _address("city")),
    ExportColumn(gettext_lazy("State or province"), _address("region")),
    ExportColumn(gettext_lazy("Country"), _address("country_code")),
    ExportColumn(gettext_lazy("Phone"), _address("phone")),
)


class ExportsList(BackOfficeAdmin):
    """``export.csv`` and ``export.xlsx`` beside a list, with the same address behind the question mark.

    Rows are read by key, the newest first, some at a time and while they are sent: a million of them take neither
    memory nor a transaction. With ``buyers`` in the query, for those who may see them and by POST, people are in it;
    each portion leaves a row that says who saw them.
    """

    export_columns: Sequence[ExportColumn] = ()
    export_related: Sequence[str] = ()
    exports_buyers = False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [
            path("export.<str:format>", view, name=f"{self.opts.app_label}_{self.opts.model_name}_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if format not in FORMATS:
            raise Http404
        with_buyers = request.method == "POST" and self.exports_buyers
        if with_buyers and not request.user.has_perm(VIEW_PERSONAL_DATA):
            raise PermissionDenied
        rows = self.rows_of_list(request)
        if format == "xlsx" and rows.order_by()[: XLSX_ROWS + 1].count() > XLSX_ROWS:
            words = ngettext(
                "An XLSX file holds at most %(most)s row. Filter the list, or export it as CSV.",
                "An XLSX file holds at most %(most)s rows. Filter the list, or export it as CSV.",
                XLSX_ROWS,
            )
            self.message_user(request, words % {"most": format_count(XLSX_ROWS)}, messages.WARNING)
            address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
        columns = [*self.export_columns, *(PERSONAL_COLUMNS if with_buyers else ())]
        return send_table(
            format=format,
            name=f"{self.opts.verbose_name_plural} {timezone.now():%Y-%m-%d %H%M}",
            headings=[str(column.heading).capitalize() for column in columns],
            rows=self._lines(request, rows, with_buyers=with_buyers),
        )

    def rows_of_list(self, request: HttpRequest) -> QuerySet[Any]:
        """What the list with this address holds, without reading a page of it."""
        walk = copy(request)
        walk.method = "GET"
        walk.is_walk = True  # type: ignore[attr-defined]
        try:
            rows: QuerySet[Any] = self.get_changelist_instance(walk).queryset
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return rows

    def prepare_export(self, rows: Sequence[Any], *, now: datetime) -> None:
        """Hang on a portion of rows what their columns need besides; a constant number of queries."""

    def _lines(self, request: HttpRequest, rows: QuerySet[Any], *, with_buyers: bool) -> Iterator[list[Any]]:
        related = [*self.export_related, *(["contact"] if with_buyers else [])]
        rows = rows.select_related(None).select_related(*related) if related else rows.select_related(None)
        last = None
        while some := list((rows if last is None else rows.filter(pk__lt=last)).order_by("-pk")[:PORTION]):
            now = timezone.now()
            self.prepare_export(some, now=now)
            people = self._reveal(request, some, now=now) if with_buyers else {}
            for row in some:
                line = [column.value(row) for column in self.export_columns]
                if with_buyers:
                    details = people.get(row.contact_id) or PersonalDetails()
                    line += [column.value(details) for column in PERSONAL_COLUMNS]
                yield line
            last = some[-1].pk

    @staticmethod
    def _reveal(request: HttpRequest, rows: Sequence[Any], *, now: datetime) -> dict[int, PersonalDetails]:
        contacts = [row.contact for row in rows if row.contact]
        actor = request.user.get_username()
        return reveal_contacts(contacts, actor=actor, user=request.user, purpose="export", now=now)


def export_links(admin: ExportsList, request: HttpRequest) -> dict[str, Any]:
    """For the template that shows them."""
    query = QueryDict(request.GET.urlencode(), mutable=True)
    query.pop("p", None)
    address = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_export", args=["FORMAT"])
    suffix = f"?{query.urlencode()}" if query else ""
    return {
        "exports": [(format, address.replace("FORMAT", format) + suffix) for format in FORMATS],
        "may_export_buyers": admin.exports_buyers and request.user.has_perm(VIEW_PERSONAL_DATA),
        "export_title": _("Export"),
    }
