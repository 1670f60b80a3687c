"""Webhooks that nothing is sent to any more, for the Problems page."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.models import WebhookEndpoint
from commerce_orders.models.webhooks import WebhookEndpointQuerySet
from commerce_orders.problems import Link, Problem
from commerce_orders.services.webhooks.endpoints import enable_endpoints
from commerce_orders.states import DisabledReason

VIEW_WEBHOOKS = "commerce_orders.view_webhookendpoint"
REASONS = {
    "webhook_failing": (DisabledReason.FAILING, gettext_lazy("Webhook failed for five days")),
    "webhook_gone": (DisabledReason.GONE, gettext_lazy("Webhook wants no more messages")),
}


class WebhookProblems:
    code = "webhooks"
    view_permission = VIEW_WEBHOOKS
    retry_permission = "commerce_orders.change_webhookendpoint"

    def reasons(self) -> Mapping[str, str | Promise]:
        return {code: label for code, (_reason, label) in REASONS.items()}

    def rows(self, reason: str, *, now: datetime, account: str = "") -> WebhookEndpointQuerySet:
        """They belong to no account."""
        endpoints = WebhookEndpoint.objects.without_secrets().disabled_as(REASONS[reason][0])
        return endpoints.none() if account else endpoints

    def rows_of_all(self, *, now: datetime) -> list[WebhookEndpointQuerySet]:
        return [self.rows(reason, now=now) for reason in self.reasons()]

    def since(self, reason: str) -> str:
        return "disabled_at"

    def describe(self, rows: Sequence[WebhookEndpoint], *, reason: str, now: datetime) -> list[Problem]:
        return [self._describe(endpoint, reason) for endpoint in rows]

    def retry(self, rows: Sequence[WebhookEndpoint], *, reason: str, actor: str, now: datetime) -> int:
        return enable_endpoints(endpoint_ids=[endpoint.pk for endpoint in rows], actor=actor, now=now)

    def _describe(self, endpoint: WebhookEndpoint, reason: str) -> Problem:
        assert endpoint.disabled_at is not None
        address = reverse("admin:commerce_orders_webhookendpoint_change", args=[endpoint.pk])
        if reason == "webhook_gone":
            advice = _(
                "The receiver answered 410 (gone). Ask whoever runs it, then enable the webhook again, or delete it."
            )
        else:
            advice = _(
                "Fix the receiving system. Waiting messages are sent once the webhook is enabled; the rest can be "
                "sent again."
            )
        return Problem(
            key=endpoint.pk,
            reason=reason,
            since=endpoint.disabled_at,
            what=str(REASONS[reason][1]),
            words=endpoint.url,
            advice=advice,
            about=(Link(endpoint.name, address, VIEW_WEBHOOKS),),
        )
