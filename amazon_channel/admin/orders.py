"""The Orders tab and the page of an Amazon order."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from amazon_channel.admin import order_export
from amazon_channel.admin.bulk_retry import report_retries
from amazon_channel.admin.fetching import describe_unknown_number, fetch_by_number
from amazon_channel.admin.filters import (
    TABS,
    AccountFilter,
    FulfilledByFilter,
    MarketplaceFilter,
    StatusFilter,
    WorkFilter,
)
from amazon_channel.admin.order_columns import COLUMNS, OrderColumns, reveal_buyers
from amazon_channel.admin.order_page import RETRY, describe, find_order
from amazon_channel.admin.ship_sheet import ship_row, show_sheet
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.problems.retrying import retry_problems_of
from amazon_channel.queries import clocks, count_pending, orders_of_tab, search_orders
from amazon_channel.risks import risks_of
from amazon_channel.services.notes import add_note
from amazon_channel.services.outbox import send_again
from amazon_channel.services.reading_again import have_order_read
from amazon_channel.services.settling import settle_conflict
from commerce_orders.admin.documents import PrintsDocuments
from commerce_orders.admin.filters import DayRangeFilter
from commerce_orders.admin.notes import take_note
from commerce_orders.admin.order_list import OrderListAdmin
from commerce_orders.admin.return_address import return_address
from commerce_orders.admin.ship_form import ShipForm
from commerce_orders.admin.shipping import SHIPPED, ship_package
from commerce_orders.channels import NothingToSettle
from customers.services.access import VIEW_PERSONAL_DATA
from project.listing import read_key


@admin.register(AmazonOrder)
class AmazonOrderAdmin(OrderColumns, PrintsDocuments, OrderListAdmin):
    """A read-only mirror: what is seen here is Amazon's, and changes only by what Amazon says."""

    columns = COLUMNS
    export_columns = order_export.COLUMNS
    export_related = order_export.RELATED
    tab_labels = TABS
    open_tabs = frozenset({"to_ship", "today", "late", "at_risk", "problem"})
    urgent_tabs = frozenset({"late", "at_risk", "problem"})
    list_display = [column.name for column in COLUMNS]
    list_filter = [
        WorkFilter,
        StatusFilter,
        AccountFilter,
        FulfilledByFilter,
        MarketplaceFilter,
        ("purchased_at", DayRangeFilter),
        ("ship_by", DayRangeFilter),
    ]
    list_before_template = "admin/amazon_channel/amazonorder/above_list.html"
    search_fields = ("amazon_order_id",)
    search_help_text = _("Amazon or Commerce order number, SKU, tracking number, buyer")
    actions = ("ship_selected", "print_slips", "print_pick_list", "retry_selected")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("ship/", view(self.ship_view), name="amazon_channel_amazonorder_ship"),
            path("ship/row/", view(require_POST(self.ship_row_view)), name="amazon_channel_amazonorder_ship_row"),
            path("fetch/", view(require_POST(self.fetch_view)), name="amazon_channel_amazonorder_fetch"),
            path(
                "<int:order_id>/reveal/", view(require_POST(self.reveal_view)), name="amazon_channel_amazonorder_reveal"
            ),
            path(
                "<int:order_id>/refresh/",
                view(require_POST(self.refresh_view)),
                name="amazon_channel_amazonorder_refresh",
            ),
            path(
                "<int:order_id>/settle/",
                view(require_POST(self.settle_view)),
                name="amazon_channel_amazonorder_settle",
            ),
            path(
                "<int:order_id>/send/<int:confirmation_id>/",
                view(require_POST(self.send_again_view)),
                name="amazon_channel_amazonorder_send",
            ),
            path(
                "<int:order_id>/ship/",
                view(require_POST(self.ship_one_view)),
                name="amazon_channel_amazonorder_ship_one",
            ),
            path("<int:order_id>/note/", view(require_POST(self.note_view)), name="amazon_channel_amazonorder_note"),
            *super().get_urls(),
        ]

    # The list

    def get_queryset(self, request: HttpRequest) -> AmazonOrderQuerySet:
        # The joined account would decrypt its credentials, and the payload is most of a row's bytes.
        unread = ("payload", "status_changes", "problem_detail", "account__encrypted_credentials")
        return AmazonOrder.objects.listed().defer(*unread)

    def default_sort(self, request: HttpRequest) -> str:
        is_by_deadline = self.tab_of(request) in {"to_ship", "today", "late", "at_risk"}
        return "due" if is_by_deadline or self.has_range(request, "ship_by") else "-bought"

    def clocks(self) -> dict[str, Q]:
        return clocks()

    def tab_rows(self, *, now: datetime) -> dict[str, QuerySet[AmazonOrder]]:
        return {code: orders_of_tab(code, now=now) for code in TABS}

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        related = ["account", "commerce_order"]
        # Reading the contact is what decrypts it, so it is read for those only who may see it.
        return [*related, "contact"] if request.user.has_perm(VIEW_PERSONAL_DATA) else related

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AmazonOrder], search_term: str
    ) -> tuple[QuerySet[AmazonOrder], bool]:
        if not search_term.strip():
            return queryset, False
        by_person = request.user.has_perm(VIEW_PERSONAL_DATA)
        return search_orders(queryset, search_term, by_person=by_person), False  # type: ignore[arg-type]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        now = timezone.now()
        shown = list(changelist.result_list)
        reveal_buyers(request, shown, now=now)
        risks = risks_of(shown, now=now) if self.tab_of(request) == "at_risk" else {}
        for order in shown:
            order.seen_at, order.risks = now, risks.get(order.pk, [])
        return changelist

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        context: dict[str, Any] = {"pending": count_pending()}
        if request.user.has_perm(RETRY):
            context |= describe_unknown_number(changelist.query, found=changelist.result_count)
        return context

    def fetch_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(RETRY) or not self.has_view_permission(request):
            raise PermissionDenied
        return fetch_by_number(self, request)

    # Many at once

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("commerce_orders.ship_order"))

    @admin.action(description=_("Ship selected orders"), permissions=["ship"])
    def ship_selected(self, request: HttpRequest, queryset: QuerySet[AmazonOrder]) -> HttpResponse:
        chosen = ",".join(str(pk) for pk in queryset.order_by().values_list("pk", flat=True)[: self.list_per_page])
        return redirect(f"{reverse('admin:amazon_channel_amazonorder_ship')}?orders={chosen}")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(RETRY))

    @admin.action(description=_("Try problems again"), permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[AmazonOrder]) -> None:
        outcomes = retry_problems_of(
            list(queryset[: self.list_per_page]),
            may=request.user.has_perm,
            actor=request.user.get_username(),
            now=timezone.now(),
        )
        level, words = report_retries(outcomes)
        self.message_user(request, words, level)

    def printed_orders(self, queryset: QuerySet[AmazonOrder]) -> list[int]:
        chosen = queryset.filter(commerce_order__isnull=False).order_by("ship_by", "id")
        return [order_id for order_id in chosen.values_list("commerce_order_id", flat=True) if order_id]

    def ship_view(self, request: HttpRequest) -> HttpResponse:
        self._require_shipping(request)
        return show_sheet(self, request)

    def ship_row_view(self, request: HttpRequest) -> HttpResponse:
        self._require_shipping(request)
        return ship_row(request)

    def _require_shipping(self, request: HttpRequest) -> None:
        if not self.has_ship_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied

    # One order

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._order_page(request, read_key(object_id))

    def reveal_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """The order page with buyer and address; a POST, because each look leaves an audit row."""
        if not request.user.has_perm(VIEW_PERSONAL_DATA):
            raise PermissionDenied
        return self._order_page(request, order_id, reveal=True)

    def settle_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Somebody has dealt with what Amazon changed after the fact."""
        if not request.user.has_perm(RETRY):
            raise PermissionDenied
        try:
            settle_conflict(amazon_order=find_order(order_id), actor=request.user.get_username(), now=timezone.now())
        except NothingToSettle as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        else:
            self.message_user(request, _("Done. The timeline of the Commerce order shows who resolved it."))
        return self._back(request, order_id)

    def send_again_view(self, request: HttpRequest, order_id: int, confirmation_id: int) -> HttpResponse:
        if not request.user.has_perm(RETRY):
            raise PermissionDenied
        confirmation = get_object_or_404(ShipmentConfirmation, pk=confirmation_id, amazon_order=order_id)
        send_again(confirmation=confirmation, actor=request.user.get_username(), now=timezone.now())
        self.message_user(request, _("The tracking number is sent to Amazon again."))
        return self._back(request, order_id)

    def refresh_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Have a worker read the order from Amazon; the page shows when that is done, and need not be waited for."""
        if not request.user.has_perm(RETRY):
            raise PermissionDenied
        have_order_read(order=find_order(order_id), now=timezone.now())
        self.message_user(request, _("The order is read from Amazon again. You may leave this page meanwhile."))
        return self._back(request, order_id)

    def ship_one_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Ship its Commerce order without leaving the page, also where that is refused."""
        self._require_shipping(request)
        if not request.user.has_perm("commerce_orders.view_order"):
            raise PermissionDenied
        commerce_order = find_order(order_id).commerce_order
        if commerce_order is None:
            raise Http404
        refused = ship_package(request, commerce_order, now=timezone.now())
        if refused is not None:
            return self._order_page(request, order_id, submitted=refused)
        self.message_user(request, SHIPPED)
        return self._back(request, order_id)

    def note_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """On an order that has no Commerce order, or had none when the page was opened."""
        self._require_shipping(request)
        words, level = take_note(request, partial(add_note, amazon_order=find_order(order_id)))
        self.message_user(request, words, level)
        return self._back(request, order_id)

    @staticmethod
    def _back(request: HttpRequest, order_id: int) -> HttpResponse:
        return redirect(return_address(request) or reverse("admin:amazon_channel_amazonorder_change", args=[order_id]))

    def _order_page(
        self, request: HttpRequest, order_id: int, *, submitted: ShipForm | None = None, reveal: bool = False
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        order = find_order(order_id)
        return self.render_page(
            request,
            "admin/amazon_channel/amazonorder/order.html",
            title=order.amazon_order_id,
            original=order,
            **self.page_context(request, order),
            **describe(order, user=request.user, submitted=submitted, reveal=reveal, now=timezone.now()),
        )
