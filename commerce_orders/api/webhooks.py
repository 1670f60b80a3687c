"""Webhooks: who is told what."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import webhook_examples as examples
from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.examples import page
from commerce_orders.api.fields import CodeField, StrictSerializer, TextField, TimeField, WholeNumberField
from commerce_orders.api.idempotency import AnswerWithSecret
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, Refusals, operation
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.models import WebhookEndpoint
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks import endpoints
from commerce_orders.services.webhooks.endpoints import FORMER_SECRET_KEPT, FORMER_SECRET_KEPT_AT_MOST, WebhookRefused
from commerce_orders.states import DisabledReason, WebhookEventType

HOUR = timedelta(hours=1)
ID = {"id": "The webhook's id."}
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
TOO_MANY: Refusals = {409: {"too_many_webhooks": f"There are {endpoints.MOST_ENDPOINTS} webhooks already."}}
DISABLED: Refusals = {409: {"webhook_disabled": "The webhook is disabled."}}
CONFLICTS = {*TOO_MANY[409], *DISABLED[409]}
ABOUT_WEBHOOKS = (
    "Messages follow the Standard Webhooks specification, whose libraries check the signature. They are thin: read the "
    "order for more. Any 2xx within 15 seconds takes a message; everything else, redirects too, is tried again ten "
    "times over three days. A message may come twice with the same `webhook-id`, and messages may overtake each other: "
    "`version` sorts those of one order. 410 disables the webhook, and so do five days of failures."
)


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
    name = TextField(max_length=80, help_text="For people: the system that is told.")
    url = TextField(max_length=2000, help_text="Begins with `https://`.")
    events = serializers.ListField(
        child=CodeField(WebhookEventType.choices),
        default=list(WebhookEventType.values),
        max_length=len(WebhookEventType),
        help_text="What it is told of; everything where it is left out.",
    )


class WebhookChangeSerializer(StrictSerializer):
    name = TextField(max_length=80, required=False)
    url = TextField(max_length=2000, required=False)
    events = serializers.ListField(
        child=CodeField(WebhookEventType.choices), required=False, max_length=len(WebhookEventType)
    )
    enabled = serializers.BooleanField(
        required=False, help_text="What waits while it is false is sent when it is true again."
    )


class RotationSerializer(StrictSerializer):
    former_secret_hours = WholeNumberField(
        min_value=0,
        max_value=FORMER_SECRET_KEPT_AT_MOST // HOUR,
        default=FORMER_SECRET_KEPT // HOUR,
        help_text="How long the secret of today stays valid beside the new one.",
    )


class WebhookListView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_list",
        summary="List webhooks",
        description=ABOUT_WEBHOOKS,
        query=PageQuery,
        answer=page_of(WebhookSerializer, "WebhookPage"),
        answer_example=page(examples.WEBHOOK),
        refusals=(OF_LISTS,),
    )
    def get(self, request: Request) -> Response:
        page = self.read_page(WebhookEndpoint.objects.without_secrets())
        return Response(page.represent([represent(endpoint) for endpoint in page.rows]))

    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_create",
        summary="Make a webhook",
        description=(
            f"{ABOUT_WEBHOOKS}\n\nThe answer has the secret, which cannot be read again; a repetition with the same "
            "key gets null in its place."
        ),
        body=NewWebhookSerializer,
        body_example=examples.NEW_WEBHOOK,
        answer=WebhookSerializer,
        answer_status=status.HTTP_201_CREATED,
        answer_example=examples.CREATED_WEBHOOK,
        refusals=(OF_WEBHOOKS, TOO_MANY),
    )
    def post(self, request: Request) -> Response:
        body = NewWebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            endpoint, secret = endpoints.create_endpoint(
                **body.validated_data, actor=self.token.actor, now=timezone.now()
            )
        except WebhookRefused as refusal:
            raise refuse(refusal) from refusal
        return answer_with_secret(endpoint, secret, status_code=status.HTTP_201_CREATED)


class WebhookView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_read",
        summary="Read a webhook",
        path=ID,
        answer=WebhookSerializer,
        answer_example=examples.WEBHOOK,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(represent(find_webhook(id)))

    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_change",
        summary="Change a webhook",
        description="What is left out stays. One that was disabled starts anew with `enabled`.",
        path=ID,
        body=WebhookChangeSerializer,
        body_example={"events": ["order.created", "order.updated"]},
        answer=WebhookSerializer,
        answer_example=examples.WEBHOOK | {"events": ["order.created", "order.updated"]},
        refusals=(OF_WEBHOOKS, NOT_FOUND),
    )
    def patch(self, request: Request, id: int) -> Response:
        body = WebhookChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        find_webhook(id)
        try:
            endpoint = endpoints.change_endpoint(
                endpoint_id=id, actor=self.token.actor, now=timezone.now(), **body.validated_data
            )
        except WebhookRefused as refusal:
            raise refuse(refusal) from refusal
        return Response(represent(endpoint))

    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_delete",
        summary="Delete a webhook",
        description="With all its deliveries. The answer is what was deleted.",
        path=ID,
        answer=WebhookSerializer,
        answer_example=examples.WEBHOOK,
        refusals=(NOT_FOUND,),
    )
    def delete(self, request: Request, id: int) -> Response:
        answer = represent(find_webhook(id))
        endpoints.delete_endpoint(endpoint_id=id, actor=self.token.actor, now=timezone.now())
        return Response(answer)


class SecretView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_rotate_secret",
        summary="Change a webhook's secret",
        description=(
            "Messages are signed with the new secret, which only this answer has, and for a while with the former one "
            "too: teach your system the new one meanwhile."
        ),
        path=ID,
        body=RotationSerializer,
        body_example={"former_secret_hours": 24},
        answer=WebhookSerializer,
        answer_example=examples.ROTATED_WEBHOOK,
        refusals=(NOT_FOUND,),
    )
    def post(self, request: Request, id: int) -> Response:
        body = RotationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        find_webhook(id)
        endpoint, secret = endpoints.rotate_secret(
            endpoint_id=id,
            actor=self.token.actor,
            now=timezone.now(),
            keep_former=HOUR * body.validated_data["former_secret_hours"],
        )
        return answer_with_secret(endpoint, secret, status_code=status.HTTP_200_OK)


def find_webhook(id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.without_secrets().filter(pk=id).first()
    if endpoint is None:
        raise NotFound("There is no webhook with this id.")
    return endpoint


def represent(endpoint: WebhookEndpoint, *, secret: str | None = None) -> dict[str, Any]:
    return dict(WebhookSerializer(endpoint, context={"secret": secret}).data)


def answer_with_secret(endpoint: WebhookEndpoint, secret: str, *, status_code: int) -> AnswerWithSecret:
    return AnswerWithSecret(represent(endpoint, secret=secret), data_to_keep=represent(endpoint), status=status_code)


def refuse(refusal: WebhookRefused) -> RequestRefused:
    status_code = 409 if refusal.code in CONFLICTS else 400
    return RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field)
