"""Filters of the order lists."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from commerce_orders.states import OrderStatus


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included. The theme's own compares a time with a day and loses the last one."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if first:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": self._start(first)})
        if last:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": self._start(last + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        try:
            return parse_date(str(self.used_parameters.get(f"{self.parameter_name}_{end}", "")))
        except ValueError:  # well written, but no such day
            return None

    @staticmethod
    def _start(day: date) -> datetime:
        return timezone.make_aware(datetime.combine(day, time()))


class OrderStatusFilter(DropdownFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OrderStatus.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset
