"""Filters of the order lists."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from commerce_orders.days import within_days
from commerce_orders.models import Store
from commerce_orders.models.orders import OrderQuerySet
from commerce_orders.presentation.moments import format_date
from commerce_orders.queries import orders_of_tab
from commerce_orders.states import OrderStatus
from project.listing import key_in


class ChoiceFilter(DropdownFilter):
    """One value of a few."""

    def in_words(self) -> str:
        """What is chosen, in the reader's words; what was chosen by address only, as it stands there."""
        return str(dict(self.lookup_choices).get(self.value(), self.value() or ""))


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included, on the clock that the list shows each row's times by.

    The theme's own compares a time with a day and loses the last one. The list's admin has the ``clocks``.
    """

    def __init__(
        self, field: Any, request: HttpRequest, params: dict[str, str], model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self.clocks = model_admin.clocks

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if not first and not last:
            return queryset
        return queryset.filter(within_days(self.parameter_name, first, last, clocks=self.clocks()))

    def in_words(self) -> str:
        first, last = self._day("from"), self._day("to")
        if first and last:
            words = _("%(first)s to %(last)s")
        elif first:
            words = _("from %(first)s")
        else:
            words = _("until %(last)s") if last else ""
        return words % {"first": format_date(first), "last": format_date(last)}

    def ends(self) -> list[tuple[str, str, str]]:
        """For a form: parameter, label and value of either end."""
        labels = {"from": _("From"), "to": _("To")}
        return [(f"{self.parameter_name}_{end}", label, str(self._day(end) or "")) for end, label in labels.items()]

    def _day(self, end: str) -> date | None:
        try:
            return parse_date(str(self.used_parameters.get(f"{self.parameter_name}_{end}", "")))
        except ValueError:  # well written, but no such day
            return None


TABS = {
    "to_ship": gettext_lazy("To ship"),
    "late": gettext_lazy("Late"),
    "complete": gettext_lazy("Complete"),
    "canceled": gettext_lazy("Canceled"),
    "all": gettext_lazy("All"),
}


class WorkFilter(ChoiceFilter):
    """The tabs of the list of Commerce orders."""

    title = pgettext_lazy("filter", "what to do")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: OrderQuerySet) -> OrderQuerySet:
        return orders_of_tab(queryset, self.value() or "", now=timezone.now())


class OrderStatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OrderStatus.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class StoreFilter(ChoiceFilter):
    title = gettext_lazy("store")
    parameter_name = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in Store.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # What can be no key is none's.
        return queryset.filter(store_id=key_in(self.value())) if self.value() else queryset
