"""Filters of the Orders tab."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import SellerAccount
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.queries import orders_to_do
from amazon_channel.states import FULFILLED_BY_LABELS, HELD_BY_AMAZON, STATUS_LABELS

WORK = {
    "to_ship": _("To ship"),
    "today": _("To ship today"),
    "late": _("Late"),
    "problem": _("With a problem"),
}


class WorkFilter(DropdownFilter):
    title = _("what to do")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(WORK.items())

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        work = self.value()
        return orders_to_do(queryset, work, now=timezone.now()) if work in WORK else queryset


class StatusFilter(DropdownFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(status, label) for status, label in STATUS_LABELS.items() if status not in HELD_BY_AMAZON]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(status=self.value()) if self.value() else queryset


class AccountFilter(DropdownFilter):
    """By name and number only: the theme's own filter would load, and decrypt, every account's credentials."""

    title = _("seller account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in SellerAccount.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        account = self.value()
        return queryset.filter(account_id=int(account)) if account and account.isdecimal() else queryset


class FulfilledByFilter(DropdownFilter):
    title = _("fulfilled by")
    parameter_name = "fulfilled_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(FULFILLED_BY_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(fulfilled_by=self.value()) if self.value() else queryset


class MarketplaceFilter(DropdownFilter):
    title = _("marketplace")
    parameter_name = "marketplace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(marketplace.id, marketplace.name) for marketplace in MARKETPLACES.values()]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(marketplace_id=self.value()) if self.value() else queryset
