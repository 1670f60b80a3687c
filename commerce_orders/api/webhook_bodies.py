"""What clients send about webhooks, what is wrong with it, and how webhooks are shown."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound

from commerce_orders.api.errors import RequestRefused, refusal_of
from commerce_orders.api.fields import CodeField, FlagField, StrictSerializer, TextField, TimeField, WholeNumberField
from commerce_orders.api.operations import Refusals
from commerce_orders.models import WebhookEndpoint
from commerce_orders.services.webhooks.endpoints import (
    FORMER_SECRET_KEPT,
    FORMER_SECRET_KEPT_AT_MOST,
    MOST_ENDPOINTS,
    WebhookRefused,
)
from commerce_orders.states import DisabledReason, WebhookEventType

NO_WEBHOOK = "There is no webhook with this id."
NO_DELIVERY = "There is no delivery with this id."
GONE = {"webhook_deleted": NO_WEBHOOK, "delivery_deleted": NO_DELIVERY}
HOUR = timedelta(hours=1)
OF_WEBHOOKS: Refusals = {
    400: {
        "name_missing": "The name is empty or too long.",
        "events_missing": "No event is named.",
        "event_unknown": "An event is unknown.",
        "address_malformed": "The address cannot be read, or its host is a number spelled oddly.",
        "address_with_extras": "The address has a user name, a password or a fragment.",
        "address_not_https": "The address does not begin with `https://`.",
        "address_port": "The port is neither 443 nor 8443.",
        "address_private": "The host leads into a private network that this installation does not name.",
        "address_unknown": "The host cannot be found.",
    }
}
TOO_MANY: Refusals = {409: {"too_many_webhooks": f"There are {MOST_ENDPOINTS} webhooks already."}}
DISABLED: Refusals = {409: {"webhook_disabled": "The webhook is disabled."}}
STATUSES = {
    **dict.fromkeys([*TOO_MANY[409], *DISABLED[409]], status.HTTP_409_CONFLICT),
    "changed_meanwhile": status.HTTP_412_PRECONDITION_FAILED,
}


class WebhookSerializer(serializers.Serializer[Any]):
    """Where messages go, and which."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(WebhookEventType.choices))
    enabled = serializers.BooleanField(source="is_enabled")
    disabled_at = TimeField(allow_null=True)
    disabled_reason = serializers.ChoiceField([("", ""), *DisabledReason.choices])
    failing_since = TimeField(allow_null=True, help_text="The first failure after which nothing was taken any more.")
    former_secret_until = TimeField(allow_null=True, help_text="Until then messages have two signatures.")
    created_at = TimeField()
    secret = serializers.SerializerMethodField(
        help_text="Only in the first answer to the request that made it, and null in all others."
    )

    def get_secret(self, endpoint: WebhookEndpoint) -> str | None:
        secret: str | None = self.context.get("secret")
        return secret


class NewWebhookSerializer(StrictSerializer):
    name = TextField(max_length=80, help_text="For people: the name of the system that receives the messages.")
    url = TextField(max_length=2000, help_text="Begins with `https://`.")
    events = serializers.ListField(
        child=CodeField(WebhookEventType.choices),
        default=list(WebhookEventType.values),
        max_length=len(WebhookEventType),
        help_text="Events to send; all of them where it is left out.",
    )


class WebhookChangeSerializer(StrictSerializer):
    name = TextField(max_length=80, required=False)
    url = TextField(max_length=2000, required=False)
    events = serializers.ListField(
        child=CodeField(WebhookEventType.choices), required=False, max_length=len(WebhookEventType)
    )
    enabled = FlagField(required=False, help_text="What waits while it is false is sent when it is true again.")


class RotationSerializer(StrictSerializer):
    former_secret_hours = WholeNumberField(
        min_value=0,
        max_value=FORMER_SECRET_KEPT_AT_MOST // HOUR,
        default=FORMER_SECRET_KEPT // HOUR,
        help_text="How long the secret of today stays valid beside the new one.",
    )


@refusal_of.register
def refuse(refusal: WebhookRefused) -> APIException:
    if refusal.code in GONE:
        return NotFound(GONE[refusal.code])
    status_code = STATUSES.get(refusal.code, status.HTTP_400_BAD_REQUEST)
    return RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field)
