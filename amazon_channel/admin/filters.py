"""Filters of the Orders tab."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import SellerAccount
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.queries import orders_to_do
from amazon_channel.states import FULFILLED_BY_LABELS, HELD_BY_AMAZON, STATUS_LABELS
from commerce_orders.admin.filters import ChoiceFilter
from project.listing import key_in

TABS = {
    "to_ship": _("To ship"),
    "today": _("To ship today"),
    "late": _("Late"),
    "at_risk": _("At risk"),
    "problem": _("Problems"),
    "shipped": _("Shipped"),
    "canceled": _("Canceled"),
    "fba": _("FBA"),
    "all": _("All"),
}


class WorkFilter(ChoiceFilter):
    """The tabs of the list; each is also what a tile of the dashboard counts."""

    title = pgettext_lazy("filter", "what to do")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return orders_to_do(queryset, self.value() or "", now=timezone.now())


class StatusFilter(ChoiceFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(status, label) for status, label in STATUS_LABELS.items() if status not in HELD_BY_AMAZON]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(status=self.value()) if self.value() else queryset


class AccountFilter(ChoiceFilter):
    """By name and number only: the theme's own filter would load, and decrypt, every account's credentials."""

    title = _("seller account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in SellerAccount.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        # What can be no key is none's.
        return queryset.filter(account_id=key_in(self.value())) if self.value() else queryset


class FulfilledByFilter(ChoiceFilter):
    title = _("fulfilled by")
    parameter_name = "fulfilled_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(FULFILLED_BY_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(fulfilled_by=self.value()) if self.value() else queryset


class MarketplaceFilter(ChoiceFilter):
    title = _("marketplace")
    parameter_name = "marketplace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(marketplace.id, marketplace.name) for marketplace in MARKETPLACES.values()]

    def queryset(self, request: HttpRequest, queryset: AmazonOrderQuerySet) -> AmazonOrderQuerySet:
        return queryset.filter(marketplace_id=self.value()) if self.value() else queryset
