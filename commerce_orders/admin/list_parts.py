"""What stands above an order list: tabs, chips for what narrows it, headings that sort, views kept by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from commerce_orders.models import SavedView
from project.counts import format_count

SEARCH, PAGE, SORT, COLUMNS, TAB, OPEN_ONE = "q", "p", "sort", "columns", "work", "open"
ALL = "all"
# What an address says besides filters; Django's list would take it for columns of the table.
NO_FILTERS = (SORT, COLUMNS, OPEN_ONE)
PASSING = (PAGE, "e", OPEN_ONE)  # what a new filter, tab or sort starts anew


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a method of the list's admin, and by which field of the row it can be sorted."""

    name: str
    sort: str = ""
    sorts_all: bool = False  # an index has this order, whatever the tab
    is_usual: bool = True
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    column: Column
    label: str
    address: str  # sorts by it; empty where that cannot be done
    direction: str  # as aria-sort has it, or empty


@dataclass(frozen=True, slots=True)
class Tab:
    label: str | Promise
    count: str
    address: str
    is_open: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows the list, and the address without it."""

    label: str | Promise
    words: str
    address: str


def address(request: HttpRequest, *, without: Iterable[str] = (), **changes: str) -> str:
    """This list with other parameters, from its first page on."""
    query = request.GET.copy()
    for name in (*PASSING, *without):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    # An address without anything would open the reader's default view.
    return f"?{query.urlencode()}" if query else f"?{TAB}={ALL}"


def hidden_fields(request: HttpRequest, *, without: Iterable[str]) -> list[tuple[str, str]]:
    """What a form of the list must send along to change nothing else."""
    left_out = {*PASSING, *without}
    return [(name, value) for name, values in request.GET.lists() if name not in left_out for value in values]


def view_query(query: QueryDict) -> str:
    """What a view keeps of an address. Not the search, which may name a buyer."""
    kept = query.copy()
    for name in (*PASSING, SEARCH):
        kept.pop(name, None)
    return kept.urlencode() or f"{TAB}={ALL}"


def capped_count(count: int, at_most: int) -> str:
    return f"{format_count(at_most)}+" if count > at_most else format_count(count)


def tabs(
    request: HttpRequest,
    labels: Mapping[str, str | Promise],
    *,
    counts: Mapping[str, int],
    at_most: Mapping[str, int],
    current: str,
    urgent: frozenset[str],
) -> list[Tab]:
    return [
        Tab(
            label=label,
            count=capped_count(counts[code], at_most[code]) if code in counts else "",
            address=address(request, without=[SORT], **{TAB: code}),
            is_open=code == current,
            is_urgent=code in urgent and counts.get(code, 0) > 0,
        )
        for code, label in labels.items()
    ]


def chips(request: HttpRequest, filters: Iterable[Any], term: str) -> list[Chip]:
    found = [Chip(_("Search"), term, address(request, without=[SEARCH]))] if term else []
    return found + [
        Chip(each.title, words, address(request, without=each.expected_parameters()))
        for each in filters
        if (words := each.in_words())
    ]


def headings(
    request: HttpRequest, columns: Sequence[Column], labels: Mapping[str, str], *, sorts: Mapping[str, str], sort: str
) -> list[Heading]:
    def heading(column: Column) -> Heading:
        if column.name not in sorts:
            return Heading(column, labels[column.name], "", "")
        is_down = sort == f"-{column.name}"
        direction = "descending" if is_down else "ascending" if sort == column.name else ""
        target = column.name if is_down or not direction else f"-{column.name}"
        return Heading(column, labels[column.name], address(request, **{SORT: target}), direction)

    return [heading(column) for column in columns]


def current_view(request: HttpRequest, views: Iterable[SavedView]) -> SavedView | None:
    """The view that the address shows, whatever order its parameters stand in."""
    here = sorted(QueryDict(view_query(request.GET)).lists())
    return next((view for view in views if sorted(QueryDict(view.query).lists()) == here), None)
