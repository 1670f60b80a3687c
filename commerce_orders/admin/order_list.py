"""The manners that both order lists share. Everything that a list shows stands in its address."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from commerce_orders.admin import list_choices, list_parts
from commerce_orders.admin.list_parts import ALL, COLUMNS, NO_FILTERS, OPEN_ONE, SEARCH, SORT, TAB, Column
from commerce_orders.admin.neighbours import Neighbours, find_neighbours
from commerce_orders.admin.return_address import return_address
from commerce_orders.counting import count_lists
from commerce_orders.models import ColumnChoice, SavedView
from customers.export import ExportsPeople
from project.listing import COUNTED_AT_MOST, CappedChangeList, ViewOnlyAdmin

OPEN_COUNTED_AT_MOST = 10_000  # of what is to be done, which an index holds
EMPTY = "–"
PLACE = "_changelist_filters"  # Django's name for "the list that this page was opened from"


class OrderChangeList(CappedChangeList):
    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in NO_FILTERS}

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not getattr(request, "is_walk", False):
            self.result_list: Any = self._page_first(self.result_list)

    def _page_first(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same rows; but which these are is found once, before anything is joined to them."""
        found = self.root_queryset.filter(pk__in=rows.select_related(None).values("pk"))
        return self.apply_select_related(found).order_by(*rows.query.order_by)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row, ready to be written: a page has hundreds of them."""

    css: str
    label: str
    content: str

    @classmethod
    def of(cls, column: Column, label: str, content: str | None) -> "Cell":
        text = EMPTY if content is None else content
        css = f"bo-cell-{column.name}{' bo-number' if column.is_number else ''}{' bo-empty' if text == EMPTY else ''}"
        return cls(css, label, text)


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    address: str
    first: Cell  # leads to the row's page
    others: list[Cell]


class OrderListAdmin(ExportsPeople, ViewOnlyAdmin):
    """``columns`` are methods of the subclass; ``open_tabs`` are those whose lists are short enough for any sort."""

    change_list_template = "admin/commerce_orders/order_list/list.html"
    columns: tuple[Column, ...] = ()
    tab_labels: Mapping[str, str | Promise] = {}
    open_tabs: frozenset[str] = frozenset()
    urgent_tabs: frozenset[str] = frozenset()
    list_fullwidth = True
    sortable_by = ()

    # What the subclass says

    def tab_rows(self, *, now: datetime) -> dict[str, QuerySet[Any]]:
        """The orders of each tab whose number is shown."""
        raise NotImplementedError

    def tab_of(self, request: HttpRequest) -> str:
        return request.GET.get(TAB) or ALL

    def default_sort(self, request: HttpRequest) -> str:
        raise NotImplementedError

    @staticmethod
    def has_range(request: HttpRequest, name: str) -> bool:
        """Whether the list is narrowed to some days; it is then sorted by these, as the index is that finds them."""
        return any(request.GET.get(f"{name}_{end}") for end in ("from", "to"))

    def clocks(self) -> Mapping[str, Q]:
        """The rows by the clock (an IANA name) that their times are shown by; ``DayRangeFilter`` asks for it."""
        raise NotImplementedError

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        return {}

    # Addresses

    @property
    def list_name(self) -> str:
        return str(self.opts.label_lower)

    @property
    def list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def get_urls(self) -> list[URLPattern]:
        def post(route: str, view: Any, name: str) -> URLPattern:
            page = self.admin_site.admin_view(require_POST(partial(view, self)))
            return path(route, page, name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")

        return [
            post("views/", list_choices.save_view_view, "save_view"),
            post("views/<int:view_id>/", list_choices.change_view_view, "change_view"),
            post("columns/", list_choices.choose_columns_view, "choose_columns"),
            *super().get_urls(),
        ]

    # Columns and sort

    def known_columns(self, names: Sequence[str]) -> list[str]:
        """Those of ``names`` that there are, in the list's order."""
        return [column.name for column in self.columns if column.name in names]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """As the address says, else as the reader chose, else the usual ones."""
        shown = self.known_columns(request.GET.get(COLUMNS, "").split(","))
        if not shown and not getattr(request, "is_walk", False):
            chosen = ColumnChoice.objects.filter(user=request.user.pk, list_name=self.list_name).first()
            shown = self.known_columns(chosen.columns) if chosen else []
        return shown or [column.name for column in self.columns if column.is_usual]

    def sorts(self, request: HttpRequest) -> dict[str, str]:
        """What this tab can be sorted by without reading the whole table: column name to field."""
        is_short = self.tab_of(request) in self.open_tabs
        return {each.name: each.sort for each in self.columns if each.sort and (each.sorts_all or is_short)}

    def sort_of(self, request: HttpRequest) -> str:
        sort = request.GET.get(SORT, "")
        return sort if sort.removeprefix("-") in self.sorts(request) else self.default_sort(request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, str]:
        sort = self.sort_of(request)
        sign = "-" if sort.startswith("-") else ""
        return f"{sign}{self.sorts(request)[sort.removeprefix('-')]}", f"{sign}id"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OrderChangeList]:
        return OrderChangeList

    # The list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        views = list(SavedView.objects.filter(user=request.user.pk, list_name=self.list_name))
        default = next((view for view in views if view.is_default), None)
        if default is not None and request.method == "GET" and not request.GET:
            return HttpResponseRedirect(f"{self.list_address}?{default.query}")
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is None:
            return response
        if OPEN_ONE in request.GET and changelist.query and changelist.result_count == 1:
            return HttpResponseRedirect(self._row_address(changelist.result_list[0].pk, self._place(request)))
        response.context_data |= self._frame(request, changelist, views) | self.list_context(request, changelist)
        return response

    def _frame(self, request: HttpRequest, changelist: Any, views: list[SavedView]) -> dict[str, Any]:
        shown = [column for column in self.columns if column.name in changelist.list_display]
        labels = {column.name: capfirst(str(getattr(self, column.name).short_description)) for column in self.columns}
        filters = [each for each in changelist.filter_specs if TAB not in each.expected_parameters()]
        chips = list_parts.chips(request, filters, changelist.query)
        # A number beside a tab is of the whole tab, and would be wrong beside a list that is narrowed.
        at_most = {
            code: OPEN_COUNTED_AT_MOST if code in self.open_tabs else COUNTED_AT_MOST for code in self.tab_labels
        }
        limits = {code: most + 1 for code, most in at_most.items()}
        counts = {} if chips else count_lists(self.list_name, self.tab_rows(now=timezone.now()), at_most=limits)
        place = self._place(request)
        names = [name for each in filters for name in each.expected_parameters()]
        return {
            "tabs": list_parts.tabs(
                request,
                self.tab_labels,
                counts=counts,
                at_most=at_most,
                current=self.tab_of(request),
                urgent=self.urgent_tabs,
            ),
            "chips": chips,
            "without_chips": list_parts.address(request, without=[SEARCH, *names]),
            "headings": list_parts.headings(
                request, shown, labels, sorts=self.sorts(request), sort=self.sort_of(request)
            ),
            "rows": [self._row(order, shown, labels, place) for order in changelist.result_list],
            "filters": filters,
            "filter_fields": list_parts.hidden_fields(request, without=names),
            "search_fields_kept": [(name, value) for name, value in request.GET.items() if name == COLUMNS],
            "columns": [(column, labels[column.name], column in shown) for column in self.columns],
            "views": views,
            "current_view": list_parts.current_view(request, views),
            "list_query": list_parts.address(request).removeprefix("?"),
            "list_urls": {
                name: f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
                for name in ("save_view", "change_view", "choose_columns")
            },
        }

    def _row(self, order: Any, shown: Sequence[Column], labels: Mapping[str, str], place: str) -> Row:
        cells = [Cell.of(column, labels[column.name], getattr(self, column.name)(order)) for column in shown]
        return Row(order.pk, self._row_address(order.pk, place), cells[0], cells[1:])

    def _row_address(self, key: int, place: str) -> str:
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[key])
        return f"{page}?{place}" if place else page

    @staticmethod
    def _place(request: HttpRequest) -> str:
        """The parameter by which an order's page knows the list that it was opened from."""
        query = request.GET.copy()
        query.pop(OPEN_ONE, None)
        place = QueryDict(mutable=True)
        if query:
            place[PLACE] = query.urlencode()
        return place.urlencode()

    # One order within its list

    def page_context(self, request: HttpRequest, order: Model) -> dict[str, Any]:
        """What an order's page needs to lead on, and its forms to lead back."""
        own = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[order.pk])
        here = return_address(request) if request.method == "POST" else request.get_full_path()
        asked = urlsplit(here or own)
        place = QueryDict(asked.query).get(PLACE, "") if asked.path.startswith(self.list_address) else ""
        return {"page_address": here or own, "neighbours": self._neighbours(request, order, place)}

    def _neighbours(self, request: HttpRequest, order: Model, list_query: str) -> Neighbours:
        """The orders beside ``order`` in the list that its page was opened from, also if it left that meanwhile."""
        if not list_query:
            return Neighbours()
        walk = copy(request)
        walk.GET = QueryDict(list_query)
        walk.is_walk = True  # type: ignore[attr-defined]
        try:
            rows = super().get_changelist_instance(walk).queryset
        except IncorrectLookupParameters:
            return Neighbours()
        previous, following = find_neighbours(rows, order, self.get_ordering(walk))
        place = QueryDict(mutable=True)
        place[PLACE] = list_query
        return Neighbours(
            list_address=f"{self.list_address}?{list_query}",
            previous=self._row_address(previous, place.urlencode()) if previous else "",
            next=self._row_address(following, place.urlencode()) if following else "",
        )
