"""Webhooks: the list, making one, and its page with everything that can be done to it."""

from collections.abc import Callable
from functools import partial
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

from commerce_orders.admin.webhook_deliveries import describe_deliveries
from commerce_orders.admin.webhook_forms import RefusableForm, ReplayForm, RotationForm, WebhookForm
from commerce_orders.admin.webhook_words import endpoint_state, event_list
from commerce_orders.models import WebhookEndpoint, WebhookReplay
from commerce_orders.presentation.pills import pill
from commerce_orders.services.webhooks.endpoints import (
    WebhookRefused,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    send_test_event,
)
from commerce_orders.services.webhooks.redelivery import redeliver_failed, replay_events
from commerce_orders.states import WebhookEventType
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin, read_key
from project.moments import format_moment

Step = Callable[[HttpRequest, int], HttpResponse]
LIST = "admin:commerce_orders_webhookendpoint_changelist"
DELIVERIES_SHOWN = 20
REPLAYS_SHOWN = 5
WEBHOOK_TO_SHOW = "webhook_to_show"  # in the session: whose, never the secret itself


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(BackOfficeAdmin):
    export_columns = (
        *stored(WebhookEndpoint, "name", "url"),
        ExportColumn(gettext_lazy("events to send"), event_list),
        ExportColumn(gettext_lazy("status"), lambda endpoint: endpoint_state(endpoint)[0]),
        *stored(WebhookEndpoint, "created_at"),
    )
    list_display = ["endpoint_name", "address", "told_of", "state", "made_at"]
    sortable_by = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.without_secrets()

    def get_urls(self) -> list[URLPattern]:
        steps: dict[str, Step] = {
            "rotate": self.rotate_view,
            "test": self.test_view,
            "enable": self.enable_view,
            "disable": self.disable_view,
            "redeliver": self.redeliver_view,
            "replay": self.replay_view,
            "remove": self.remove_view,
        }
        name = "commerce_orders_webhookendpoint"
        return [
            *(
                path(
                    f"<int:endpoint_id>/{step}/",
                    self.admin_site.admin_view(require_POST(partial(self._take_step, view))),
                    name=f"{name}_{step}",
                )
                for step, view in steps.items()
            ),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("name"))
    def endpoint_name(self, endpoint: WebhookEndpoint) -> SafeString:
        return format_html("<bdi>{}</bdi>", endpoint.name)

    @admin.display(description=gettext_lazy("address"))
    def address(self, endpoint: WebhookEndpoint) -> SafeString:
        return format_html('<bdi class="bo-name">{}</bdi>', endpoint.url)

    @admin.display(description=gettext_lazy("events to send"))
    def told_of(self, endpoint: WebhookEndpoint) -> str:
        return event_list(endpoint)

    @admin.display(description=gettext_lazy("status"))
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        return pill(*endpoint_state(endpoint))

    @admin.display(description=gettext_lazy("created (UTC)"))
    def made_at(self, endpoint: WebhookEndpoint) -> SafeString | str:
        return format_moment(endpoint.created_at, "UTC")

    # Pages

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = WebhookForm(request.POST or None, initial={"events": WebhookEventType.values})
        if form.is_valid():
            try:
                endpoint, _secret = create_endpoint(**form.cleaned_data, **self._who(request))
            except WebhookRefused as refusal:
                form.show_refusal(refusal)
            else:
                return self._show_secret(request, endpoint)
        return self.render_page(
            request, "admin/commerce_orders/webhookendpoint/create.html", title=_("Create a webhook"), form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        endpoint = self._find(read_key(object_id))
        if request.method != "POST":
            return self._page(request, endpoint, secret=self._take_secret(request, endpoint))
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = WebhookForm(request.POST)
        if form.is_valid():
            try:
                change_endpoint(endpoint_id=endpoint.pk, **form.cleaned_data, **self._who(request))
            except WebhookRefused as refusal:
                form.show_refusal(refusal)
            else:
                return self._back(request, endpoint.pk, _("The webhook is changed."))
        return self._page(request, endpoint, form=form)

    # What can be done; each is one service call

    def rotate_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        endpoint = self._find_to_change(request, endpoint_id)
        form = RotationForm(request.POST)
        if form.is_valid():
            rotate_secret(endpoint_id=endpoint_id, keep_former=form.keep_former, **self._who(request))
            return self._show_secret(request, endpoint)
        return self._page(request, endpoint, rotation_form=form)

    def test_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        self._find_to_change(request, endpoint_id)
        send_test_event(endpoint_id=endpoint_id, now=timezone.now())
        return self._back(request, endpoint_id, _("A test event is being sent. What comes of it shows below."))

    def enable_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        self._find_to_change(request, endpoint_id)
        change_endpoint(endpoint_id=endpoint_id, enabled=True, **self._who(request))
        return self._back(request, endpoint_id, _("The webhook is enabled. What waited for it is being sent."))

    def disable_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        self._find_to_change(request, endpoint_id)
        change_endpoint(endpoint_id=endpoint_id, enabled=False, **self._who(request))
        return self._back(request, endpoint_id, _("The webhook is disabled. What happens meanwhile can be replayed."))

    def redeliver_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        self._find_to_change(request, endpoint_id)
        redeliver_failed(endpoint_id=endpoint_id, **self._who(request))
        return self._back(request, endpoint_id, _("Everything that failed is sent again in the background."))

    def replay_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        endpoint = self._find_to_change(request, endpoint_id)
        form = ReplayForm(request.POST)
        if form.is_valid():
            try:
                replay_events(endpoint_id=endpoint_id, **form.cleaned_data, **self._who(request))
            except WebhookRefused as refusal:
                form.show_refusal(refusal)
            else:
                return self._back(request, endpoint_id, _("The events of that time are sent again in the background."))
        return self._page(request, endpoint, replay_form=form)

    def remove_view(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        endpoint = self._find(endpoint_id)
        delete_endpoint(endpoint_id=endpoint_id, **self._who(request))
        self.message_user(request, _("The webhook %(name)s is deleted.") % {"name": endpoint.name})
        return HttpResponseRedirect(reverse(LIST))

    # Small

    def _take_step(self, view: Step, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        """A refusal is said on the webhook's page, or above the list when there is none any more."""
        try:
            return view(request, endpoint_id)
        except WebhookRefused as refusal:
            if refusal.code != "webhook_deleted":
                return self._back(request, endpoint_id, refusal.detail, level=messages.ERROR)
            self.message_user(request, refusal.detail, messages.ERROR)
            return HttpResponseRedirect(reverse(LIST))

    def _back(
        self, request: HttpRequest, endpoint_id: int, words: str, *, level: int = messages.SUCCESS
    ) -> HttpResponse:
        self.message_user(request, words, level)
        return self._to_page(endpoint_id)

    @staticmethod
    def _to_page(endpoint_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:commerce_orders_webhookendpoint_change", args=[endpoint_id]))

    def _show_secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        """Once, on the webhook's page: loading the answer to a form again would make another one."""
        request.session[WEBHOOK_TO_SHOW] = endpoint.pk
        return self._to_page(endpoint.pk)

    @staticmethod
    def _take_secret(request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        if request.session.get(WEBHOOK_TO_SHOW) != endpoint.pk:
            return ""
        del request.session[WEBHOOK_TO_SHOW]
        return str(endpoint.secret)

    @staticmethod
    def _who(request: HttpRequest) -> dict[str, Any]:
        return {"actor": request.user.get_username(), "now": timezone.now()}

    @staticmethod
    def _find(endpoint_id: int) -> WebhookEndpoint:
        return get_object_or_404(WebhookEndpoint.objects.without_secrets(), pk=endpoint_id)

    def _find_to_change(self, request: HttpRequest, endpoint_id: int) -> WebhookEndpoint:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._find(endpoint_id)

    def _page(
        self,
        request: HttpRequest,
        endpoint: WebhookEndpoint,
        *,
        secret: str = "",
        form: RefusableForm | None = None,
        rotation_form: RefusableForm | None = None,
        replay_form: RefusableForm | None = None,
    ) -> HttpResponse:
        present = {"name": endpoint.name, "url": endpoint.url, "events": endpoint.events}
        deliveries = list(endpoint.deliveries.select_related("event").order_by("-created_at", "-pk")[:DELIVERIES_SHOWN])
        return self.render_page(
            request,
            "admin/commerce_orders/webhookendpoint/webhook.html",
            title=endpoint.name,
            original=endpoint,
            endpoint=endpoint,
            state=self.state(endpoint),
            secret=secret,
            now=timezone.now(),
            form=form or WebhookForm(initial=present),
            rotation_form=rotation_form or RotationForm(),
            replay_form=replay_form or ReplayForm(),
            told_of=event_list(endpoint),
            deliveries=describe_deliveries(deliveries),
            replays=list(WebhookReplay.objects.filter(endpoint=endpoint)[:REPLAYS_SHOWN]),
            may_change=self.has_change_permission(request),
            may_delete=self.has_delete_permission(request),
            may_see_deliveries=request.user.has_perm("commerce_orders.view_webhookdelivery"),
        )
