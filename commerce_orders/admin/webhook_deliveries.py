"""Deliveries of webhooks: what was sent to whom, what was answered, and sending it again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from commerce_orders.admin.filters import ChoiceFilter
from commerce_orders.admin.webhook_words import answer_words, delivery_state, event_words
from commerce_orders.models import WebhookDelivery, WebhookEndpoint
from commerce_orders.models.webhooks import UNDONE
from commerce_orders.presentation.pills import pill
from commerce_orders.services.webhooks.endpoints import WebhookRefused
from commerce_orders.services.webhooks.redelivery import redeliver
from commerce_orders.states import WEBHOOK_TEST, DeliveryState, WebhookEventType
from project.export import ExportColumn, moment, stored
from project.listing import ViewOnlyAdmin, read_key
from project.moments import format_moment

CHANGE_WEBHOOKS = "commerce_orders.change_webhookendpoint"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    delivery: WebhookDelivery
    event: str
    state: SafeString
    answer: str
    is_undone: bool


def describe_deliveries(deliveries: Sequence[WebhookDelivery]) -> list[DeliveryRow]:
    return [
        DeliveryRow(
            delivery,
            event_words(delivery.event.kind),
            pill(*delivery_state(delivery)),
            answer_words(delivery) or "–",
            delivery.state in UNDONE,
        )
        for delivery in deliveries
    ]


class EndpointFilter(ChoiceFilter):
    title = gettext_lazy("webhook")
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in WebhookEndpoint.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        endpoint = self.value()
        return queryset.filter(endpoint=int(endpoint)) if endpoint and endpoint.isdecimal() else queryset


class StateFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(DeliveryState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class EventFilter(ChoiceFilter):
    title = gettext_lazy("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*WebhookEventType.choices, (WEBHOOK_TEST, _("Test event"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(event__kind=self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ViewOnlyAdmin):
    export_columns = (
        ExportColumn(gettext_lazy("event"), lambda delivery: event_words(delivery.event.kind)),
        ExportColumn(gettext_lazy("order number"), lambda delivery: delivery.event.number),
        ExportColumn(gettext_lazy("webhook"), lambda delivery: delivery.endpoint.name),
        ExportColumn(gettext_lazy("status"), lambda delivery: delivery_state(delivery)[0]),
        ExportColumn(gettext_lazy("answer"), answer_words),
        *stored(WebhookDelivery, "attempts", "attempted_at"),
        moment(gettext_lazy("next attempt (UTC)"), "next_attempt_at"),
    )
    export_related = ("event", "endpoint")
    list_display = ["event_name", "number", "endpoint_name", "progress", "answer", "attempts", "tried_at", "next_at"]
    list_filter = (EndpointFilter, StateFilter, EventFilter)
    list_filter_submit = True
    sortable_by = ()
    search_fields = ("event__number",)
    search_help_text = gettext_lazy("Order number")
    actions = None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.redeliver_view))
        name = "commerce_orders_webhookdelivery_redeliver"
        return [path("<int:delivery_id>/redeliver/", view, name=name), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        deliveries = super().get_queryset(request).select_related("event", "endpoint")
        return deliveries.defer("endpoint__secret", "endpoint__former_secret")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, by the index that there is for one webhook or for all of them."""
        return ("-created_at", "-pk") if request.GET.get("endpoint") else ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery], search_term: str
    ) -> tuple[QuerySet[WebhookDelivery], bool]:
        """Whole numbers only, by their index."""
        number = search_term.strip()
        return (queryset.filter(event__number=number) if number else queryset), False

    @admin.display(description=gettext_lazy("event"))
    def event_name(self, delivery: WebhookDelivery) -> str:
        return event_words(delivery.event.kind)

    @admin.display(description=gettext_lazy("order number"))
    def number(self, delivery: WebhookDelivery) -> SafeString:
        return format_html('<bdi class="bo-code">{}</bdi>', delivery.event.number or "–")

    @admin.display(description=gettext_lazy("webhook"))
    def endpoint_name(self, delivery: WebhookDelivery) -> SafeString:
        return format_html("<bdi>{}</bdi>", delivery.endpoint.name)

    @admin.display(description=gettext_lazy("status"))
    def progress(self, delivery: WebhookDelivery) -> SafeString:
        return pill(*delivery_state(delivery))

    @admin.display(description=gettext_lazy("answer"))
    def answer(self, delivery: WebhookDelivery) -> str:
        return answer_words(delivery) or "–"

    @admin.display(description=gettext_lazy("last attempt (UTC)"))
    def tried_at(self, delivery: WebhookDelivery) -> SafeString | str:
        return format_moment(delivery.attempted_at, "UTC")

    @admin.display(description=gettext_lazy("next attempt (UTC)"))
    def next_at(self, delivery: WebhookDelivery) -> SafeString | str:
        return format_moment(delivery.next_attempt_at, "UTC")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        delivery = get_object_or_404(self.get_queryset(request), pk=read_key(object_id))
        [row] = describe_deliveries([delivery])
        return self.render_page(
            request,
            "admin/commerce_orders/webhookdelivery/delivery.html",
            title=row.event,
            original=delivery,
            row=row,
            delivery=delivery,
            body=json.dumps(delivery.event.body, indent=2, ensure_ascii=False),
            may_see_endpoint=request.user.has_perm("commerce_orders.view_webhookendpoint"),
            may_redeliver=request.user.has_perm(CHANGE_WEBHOOKS) and not row.is_undone,
        )

    def redeliver_view(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        if not request.user.has_perm(CHANGE_WEBHOOKS):
            raise PermissionDenied
        get_object_or_404(WebhookDelivery, pk=delivery_id)
        try:
            again = redeliver(delivery_id=delivery_id, now=timezone.now())
        except WebhookRefused as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            if refusal.code == "delivery_deleted":
                return HttpResponseRedirect(reverse("admin:commerce_orders_webhookdelivery_changelist"))
        else:
            words = _("The message is being sent again.") if again else _("The message is on its way anyway.")
            self.message_user(request, words)
        return HttpResponseRedirect(reverse("admin:commerce_orders_webhookdelivery_change", args=[delivery_id]))
