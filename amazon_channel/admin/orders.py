"""The Orders tab and the page of an Amazon order."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from amazon_channel.admin.fetching import describe_unknown_number, fetch_by_number
from amazon_channel.admin.filters import AccountFilter, FulfilledByFilter, MarketplaceFilter, StatusFilter, WorkFilter
from amazon_channel.admin.order_page import RETRY, describe, find_order
from amazon_channel.admin.pills import request_pills, state_pill
from amazon_channel.admin.ship_sheet import ship_row, show_sheet
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.queries import count_pending, search_orders
from amazon_channel.services.outbox import send_again
from amazon_channel.services.settling import NothingToSettle, settle_conflict
from amazon_channel.states import FULFILLED_BY_LABELS
from commerce_orders.admin.filters import DayRangeFilter
from commerce_orders.presentation.moments import format_deadline, format_moment
from commerce_orders.presentation.money import format_money
from commerce_orders.presentation.pills import Tone, pill
from customers.admin import VIEW_PERSONAL_DATA
from customers.listing import ViewOnlyAdmin, read_key
from customers.services.access import reveal_contacts

SOONEST_FIRST = ("ship_by", "id")


@admin.register(AmazonOrder)
class AmazonOrderAdmin(ViewOnlyAdmin):
    """A read-only mirror: what is seen here is Amazon's, and changes only by what Amazon says."""

    list_display = [
        "number",
        "account_name",
        "commerce_number",
        "state",
        "due",
        "units_to_ship",
        "buyer",
        "total",
        "problem",
        "by",
        "bought",
    ]
    list_filter = [
        WorkFilter,
        StatusFilter,
        AccountFilter,
        FulfilledByFilter,
        MarketplaceFilter,
        ("purchased_at", DayRangeFilter),
        ("ship_by", DayRangeFilter),
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_before_template = "admin/amazon_channel/amazonorder/above_list.html"
    ordering = ("-purchased_at", "-id")
    sortable_by = ("bought",)
    search_fields = ("amazon_order_id",)
    search_help_text = _("Amazon or Commerce order number, SKU, buyer")
    actions = ("ship_selected",)

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
                "<int:order_id>/settle/",
                view(require_POST(self.settle_view)),
                name="amazon_channel_amazonorder_settle",
            ),
            path(
                "<int:order_id>/send/<int:confirmation_id>/",
                view(require_POST(self.send_again_view)),
                name="amazon_channel_amazonorder_send",
            ),
            *super().get_urls(),
        ]

    # The list

    def get_queryset(self, request: HttpRequest) -> AmazonOrderQuerySet:
        # The joined account would decrypt its credentials, and the payload is most of a row's bytes.
        unread = ("payload", "status_changes", "problem_detail", "account__encrypted_credentials")
        return AmazonOrder.objects.listed().order_by(*self.get_ordering(request)).defer(*unread)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return SOONEST_FIRST if request.GET.get("work") in {"to_ship", "today", "late"} else self.ordering

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
        self._reveal_buyers(request, shown, now=now)
        for order in shown:
            order.seen_at = now
        return changelist

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(
            request, {"title": _("Amazon orders"), "pending": count_pending(), **(extra_context or {})}
        )
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None and request.user.has_perm(RETRY):
            response.context_data |= describe_unknown_number(changelist.query, found=changelist.result_count)
        return response

    def fetch_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(RETRY) or not self.has_view_permission(request):
            raise PermissionDenied
        return fetch_by_number(self, request)

    @staticmethod
    def _reveal_buyers(request: HttpRequest, orders: list[AmazonOrder], *, now: datetime) -> None:
        """Hang the names on the orders and leave one audit row for the page; nothing without permission."""
        if request.method != "GET" or not request.user.has_perm(VIEW_PERSONAL_DATA):
            return
        details = reveal_contacts(
            [order.contact for order in orders if order.contact],
            actor=request.user.get_username(),
            user=request.user,
            purpose="orders_tab",
            now=now,
        )
        for order in orders:
            order.revealed = details.get(order.contact_id or 0)  # type: ignore[attr-defined]

    @admin.display(description=_("Amazon order number"))
    def number(self, order: AmazonOrder) -> SafeString:
        return format_html('<bdi class="bo-code">{}</bdi>', order.amazon_order_id)

    @admin.display(description=_("store"))
    def account_name(self, order: AmazonOrder) -> SafeString:
        return format_html('<bdi class="bo-name">{}</bdi>', order.account.name)

    @admin.display(description=_("Commerce order number"), empty_value="–")
    def commerce_number(self, order: AmazonOrder) -> SafeString | None:
        if order.commerce_order is None:
            return None
        address = reverse("admin:commerce_orders_order_change", args=[order.commerce_order_id])
        return format_html('<a class="bo-link bo-code" href="{}">{}</a>', address, order.commerce_order.number)

    @admin.display(description=_("status"))
    def state(self, order: AmazonOrder) -> SafeString:
        return state_pill(order)

    @admin.display(description=_("buyer"), empty_value="–")
    def buyer(self, order: AmazonOrder) -> SafeString | None:
        details = getattr(order, "revealed", None)
        return (
            format_html('<bdi class="bo-name">{}</bdi>', details.display_name)
            if details and details.display_name
            else None
        )

    @admin.display(description=_("total"))
    def total(self, order: AmazonOrder) -> SafeString:
        return format_html('<span class="bo-code">{}</span>', format_money(order.grand_total, order.currency))

    @admin.display(description=_("fulfilled by"))
    def by(self, order: AmazonOrder) -> str:
        return str(FULFILLED_BY_LABELS.get(order.fulfilled_by, order.fulfilled_by or "–"))

    @admin.display(description=_("bought"), ordering="purchased_at")
    def bought(self, order: AmazonOrder) -> str:
        return format_moment(order.purchased_at, order.account.time_zone)

    @admin.display(description=_("ship by"))
    def due(self, order: AmazonOrder) -> str:
        return format_deadline(
            order.ship_by,
            zone=order.account.time_zone,
            now=order.seen_at,  # type: ignore[attr-defined]
            is_open=order.is_to_ship,
        )

    @admin.display(description=_("problem"), empty_value="–")
    def problem(self, order: AmazonOrder) -> SafeString | None:
        pills = [pill(order.get_problem_code_display(), Tone.DANGER)] if order.problem_code else []
        pills += request_pills(order)
        return format_html_join(" ", "{}", ((each,) for each in pills)) if pills else None

    # Shipping many

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("commerce_orders.ship_order"))

    @admin.action(description=_("Ship selected orders"), permissions=["ship"])
    def ship_selected(self, request: HttpRequest, queryset: QuerySet[AmazonOrder]) -> HttpResponse:
        chosen = ",".join(str(pk) for pk in queryset.order_by().values_list("pk", flat=True)[: self.list_per_page])
        return redirect(f"{reverse('admin:amazon_channel_amazonorder_ship')}?orders={chosen}")

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
        return self._order_page(request, read_key(object_id), reveal=False)

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
            self.message_user(request, _("Done. The timeline of the Commerce order shows who settled it."))
        return redirect("admin:amazon_channel_amazonorder_change", order_id)

    def send_again_view(self, request: HttpRequest, order_id: int, confirmation_id: int) -> HttpResponse:
        if not request.user.has_perm(RETRY):
            raise PermissionDenied
        confirmation = get_object_or_404(ShipmentConfirmation, pk=confirmation_id, amazon_order=order_id)
        send_again(confirmation=confirmation, actor=request.user.get_username(), now=timezone.now())
        self.message_user(request, _("The tracking number is sent to Amazon again."))
        return redirect("admin:amazon_channel_amazonorder_change", order_id)

    def _order_page(self, request: HttpRequest, order_id: int, *, reveal: bool) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        order = find_order(order_id)
        return self.render_page(
            request,
            "admin/amazon_channel/amazonorder/order.html",
            title=order.amazon_order_id,
            original=order,
            **describe(order, user=request.user, reveal=reveal, now=timezone.now()),
        )
