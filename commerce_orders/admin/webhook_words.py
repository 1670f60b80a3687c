"""Webhooks and their deliveries in words, and the colour that repeats them."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.models import WebhookDelivery, WebhookEndpoint
from commerce_orders.presentation.pills import Tone
from commerce_orders.states import WEBHOOK_TEST, DeliveryState, DisabledReason, WebhookEventType

TONES = {
    DeliveryState.WAITING: Tone.INFO,
    DeliveryState.SENDING: Tone.INFO,
    DeliveryState.DELIVERED: Tone.SUCCESS,
    DeliveryState.FAILED: Tone.DANGER,
}
ERRORS = {
    "timeout": gettext_lazy("No answer in time"),
    "unreachable": gettext_lazy("Not reached"),
    "tls": gettext_lazy("No secure connection: the certificate is not valid for this host"),
    "no_http": gettext_lazy("The answer is not HTTP"),
    "address_private": gettext_lazy("The host leads into a private network"),
}


def endpoint_state(endpoint: WebhookEndpoint) -> tuple[str, Tone]:
    if endpoint.disabled_reason == DisabledReason.BY_HAND:
        return _("Disabled"), Tone.NEUTRAL
    if endpoint.disabled_reason:
        return endpoint.get_disabled_reason_display(), Tone.DANGER
    return (_("Failing"), Tone.WARNING) if endpoint.failing_since else (_("Enabled"), Tone.SUCCESS)


def event_list(endpoint: WebhookEndpoint) -> str:
    if len(endpoint.events) == len(WebhookEventType):
        return _("Everything")
    return ", ".join(str(WebhookEventType(event).label) for event in endpoint.events)


def event_words(kind: str) -> str:
    return _("Test event") if kind == WEBHOOK_TEST else str(dict(WebhookEventType.choices).get(kind, kind))


def delivery_state(delivery: WebhookDelivery) -> tuple[str, Tone]:
    """One that waits because it failed is no success yet."""
    if delivery.state == DeliveryState.WAITING and delivery.failures:
        return _("To be tried again"), Tone.WARNING
    return delivery.get_state_display(), TONES[DeliveryState(delivery.state)]


def answer_words(delivery: WebhookDelivery) -> str:
    if delivery.error:
        return str(ERRORS.get(delivery.error, _("The URL is not allowed")))
    return str(delivery.response_code or "")
