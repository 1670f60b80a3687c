"""Commerce orders: the list, the order page, shipping."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from commerce_orders.admin import order_export
from commerce_orders.admin.documents import PrintsDocuments, print_view, show_job
from commerce_orders.admin.filters import TABS, DayRangeFilter, OrderStatusFilter, StoreFilter, WorkFilter
from commerce_orders.admin.notes import take_note
from commerce_orders.admin.order_columns import COLUMNS, OrderColumns
from commerce_orders.admin.order_list import OrderListAdmin
from commerce_orders.admin.order_page import cancel_form, correction_form, describe
from commerce_orders.admin.processing import process_view
from commerce_orders.admin.return_address import return_address
from commerce_orders.admin.settling import settle_view
from commerce_orders.admin.shipping import SHIPPED, ship_package
from commerce_orders.models import Order, OrderLine, Shipment
from commerce_orders.queries import clocks, orders_of_tab, search_orders, time_zones_of
from commerce_orders.services.cancellation import CancellationRefused, grant_buyers_request, request_cancellation
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import ShipmentRefused
from commerce_orders.services.notes import add_note
from customers.services.access import VIEW_PERSONAL_DATA
from project.listing import read_key

CORRECTED = _("Shipment corrected. Its status is shown under Shipments.")
CANCELLATION_REQUESTED = _("Cancellation requested. The order stays open until the sales channel agrees.")


@admin.register(Order)
class OrderAdmin(OrderColumns, PrintsDocuments, OrderListAdmin):
    columns = COLUMNS
    export_columns = order_export.COLUMNS
    export_related = order_export.RELATED
    tab_labels = TABS
    open_tabs = frozenset({"to_ship", "late"})
    urgent_tabs = frozenset({"late"})
    list_display = [column.name for column in COLUMNS]
    list_filter = [
        WorkFilter,
        OrderStatusFilter,
        StoreFilter,
        ("placed_at", DayRangeFilter),
        ("ship_by", DayRangeFilter),
    ]
    list_select_related = ["store", "customer"]
    search_fields = ("number",)
    search_help_text = _("Order number, SKU, tracking number, buyer")
    actions = ("print_slips", "print_pick_list")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("print/", view(require_POST(partial(print_view, self))), name="commerce_orders_order_print"),
            path("documents/<int:job_id>/", view(partial(show_job, self)), name="commerce_orders_order_documents"),
            path("<int:order_id>/ship/", view(require_POST(self.ship_view)), name="commerce_orders_order_ship"),
            path(
                "<int:order_id>/process/",
                view(require_POST(partial(process_view, self))),
                name="commerce_orders_order_process",
            ),
            path(
                "<int:order_id>/settle/",
                view(require_POST(partial(settle_view, self))),
                name="commerce_orders_order_settle",
            ),
            path("<int:order_id>/note/", view(require_POST(self.note_view)), name="commerce_orders_order_note"),
            path("<int:order_id>/cancel/", view(require_POST(self.cancel_view)), name="commerce_orders_order_cancel"),
            path("<int:order_id>/grant/", view(require_POST(self.grant_view)), name="commerce_orders_order_grant"),
            path(
                "<int:order_id>/shipments/<int:shipment_id>/",
                view(require_POST(self.correct_view)),
                name="commerce_orders_order_correct",
            ),
            path("<int:order_id>/reveal/", view(require_POST(self.reveal_view)), name="commerce_orders_order_reveal"),
            *super().get_urls(),
        ]

    # The list

    def default_sort(self, request: HttpRequest) -> str:
        if self.tab_of(request) in self.open_tabs or self.has_range(request, "ship_by"):
            return "due"
        return "-placed" if self.has_range(request, "placed_at") else "-came_in"

    def clocks(self) -> dict[str, Q]:
        return clocks()

    def tab_rows(self, *, now: datetime) -> dict[str, QuerySet[Order]]:
        return {code: orders_of_tab(Order.objects.all(), code, now=now) for code in TABS}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        if not search_term.strip():
            return queryset, False
        return search_orders(queryset, search_term, by_person=request.user.has_perm(VIEW_PERSONAL_DATA)), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # A customer's page links here.
        return lookup == "customer__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        shown, now = list(changelist.result_list), timezone.now()
        zones = time_zones_of(shown)
        for order in shown:
            order.zone, order.seen_at = zones[order.pk], now
        return changelist

    def prepare_export(self, request: HttpRequest, rows: Sequence[Order], *, now: datetime) -> None:
        super().prepare_export(request, rows, now=now)
        zones = time_zones_of(rows)
        for order in rows:
            order.zone = zones[order.pk]  # type: ignore[attr-defined]

    def printed_orders(self, queryset: QuerySet[Order]) -> list[int]:
        return list(queryset.order_by("ship_by", "id").values_list("pk", flat=True))

    # One order

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("commerce_orders.ship_order"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._order_page(request, self._find(request, read_key(object_id)))

    def reveal_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """The order page with buyer and address; a POST, because each look leaves an audit row."""
        if not request.user.has_perm(VIEW_PERSONAL_DATA):
            raise PermissionDenied
        return self._order_page(request, self._find(request, order_id), reveal=True)

    def ship_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        if not self.has_ship_permission(request):
            raise PermissionDenied
        order = self._find(request, order_id)
        refused = ship_package(request, order, now=timezone.now())
        if refused is None:
            return self._back(request, order, SHIPPED)
        return self._order_page(request, self._find(request, order_id), submitted=refused)

    def correct_view(self, request: HttpRequest, order_id: int, shipment_id: int) -> HttpResponse:
        if not self.has_ship_permission(request):
            raise PermissionDenied
        order = self._find(request, order_id)
        shipment = get_object_or_404(Shipment.objects.select_related("order"), pk=shipment_id, order=order)
        form = correction_form(shipment, data=request.POST)
        if form.is_valid():
            try:
                is_changed = correct_shipment(
                    shipment_id=shipment.pk,
                    actor=request.user.get_username(),
                    now=timezone.now(),
                    **form.cleaned_data,
                )
            except ShipmentRefused as refusal:
                form.show_refusal(refusal)
            else:
                return self._back(request, order, CORRECTED if is_changed else _("Nothing was changed."))
        return self._order_page(request, order, submitted=form)

    def cancel_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        if not request.user.has_perm("commerce_orders.cancel_order"):
            raise PermissionDenied
        order = self._find(request, order_id)
        form = cancel_form(order, data=request.POST)
        if form.is_valid():
            try:
                cancellation = request_cancellation(
                    order_id=order.pk,
                    reason=form.cleaned_data["reason"],
                    actor=request.user.get_username(),
                    now=timezone.now(),
                )
            except CancellationRefused as refusal:
                form.show_refusal(refusal)
            else:
                is_answered = cancellation.answered_at is not None  # where there is no channel to ask
                words = cancellation.get_state_display() if is_answered else CANCELLATION_REQUESTED
                return self._back(request, order, words)
        return self._order_page(request, self._find(request, order_id), submitted=form)

    def note_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        if not self.has_ship_permission(request):
            raise PermissionDenied
        order = self._find(request, order_id)
        words, level = take_note(request, partial(add_note, order=order))
        return self._back(request, order, words, level=level)

    def grant_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Cancel as the buyer asks: one click, without a form."""
        if not request.user.has_perm("commerce_orders.cancel_order"):
            raise PermissionDenied
        order = self._find(request, order_id)
        try:
            grant_buyers_request(order_id=order.pk, actor=request.user.get_username(), now=timezone.now())
        except CancellationRefused as refusal:
            return self._back(request, order, refusal.detail, level=messages.ERROR)
        return self._back(request, order, CANCELLATION_REQUESTED)

    def _back(self, request: HttpRequest, order: Order, words: Any, *, level: int = messages.SUCCESS) -> HttpResponse:
        self.message_user(request, words, level)
        own = reverse("admin:commerce_orders_order_change", args=[order.pk])
        return HttpResponseRedirect(return_address(request) or own)

    def _find(self, request: HttpRequest, order_id: int) -> Order:
        if not self.has_view_permission(request):
            raise PermissionDenied
        lines = Prefetch("lines", OrderLine.objects.select_related("product"))
        return get_object_or_404(Order.objects.select_related("store", "customer").prefetch_related(lines), pk=order_id)

    def _order_page(
        self, request: HttpRequest, order: Order, *, submitted: forms.Form | None = None, reveal: bool = False
    ) -> HttpResponse:
        return self.render_page(
            request,
            "admin/commerce_orders/order/order.html",
            title=order.number,
            original=order,
            **self.page_context(request, order),
            **describe(order, user=request.user, submitted=submitted, reveal=reveal, now=timezone.now()),
        )
