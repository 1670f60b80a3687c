"""Webhooks: who is told what."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import webhook_examples as examples
from commerce_orders.api.conditions import Precondition, answer_unless_known, etag_of
from commerce_orders.api.examples import page
from commerce_orders.api.idempotency import AnswerWithSecret
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, operation
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.api.webhook_bodies import (
    HOUR,
    NO_WEBHOOK,
    OF_WEBHOOKS,
    TOO_MANY,
    NewWebhookSerializer,
    RotationSerializer,
    WebhookChangeSerializer,
    WebhookSerializer,
)
from commerce_orders.models import WebhookEndpoint
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks import endpoints

ID = {"id": "The webhook's id."}
OBSERVED = frozenset({"failing_since"})
ABOUT_WEBHOOKS = (
    "Messages follow the Standard Webhooks specification, whose libraries check the signature. They are thin: read the "
    "order for more. Any 2xx within 15 seconds takes a message; everything else, redirects too, is tried again ten "
    "times over three days. A message may come twice with the same `webhook-id`, and messages may overtake each other: "
    "`version` sorts those of one order. 410 disables the webhook, and so do five days of failures."
)


def look_up_host(request: Request) -> None:
    """A slow name server must not keep others from writing, as it would in the transaction of the write."""
    body = NewWebhookSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    endpoints.look_up_host(body.validated_data["url"])


def look_up_changed_host(request: Request, id: int) -> None:
    body = WebhookChangeSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    find_webhook(id)
    if "url" in body.validated_data:
        endpoints.look_up_host(body.validated_data["url"])


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
        before=look_up_host,
        answer=WebhookSerializer,
        answer_status=status.HTTP_201_CREATED,
        answer_example=examples.CREATED_WEBHOOK,
        has_etag=True,
        refusals=(OF_WEBHOOKS, TOO_MANY),
    )
    def post(self, request: Request) -> Response:
        body = NewWebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint, secret = endpoints.create_endpoint(
            **body.validated_data, is_looked_up=True, actor=self.token.actor, now=timezone.now()
        )
        return answer_with_secret(endpoint, secret, status_code=status.HTTP_201_CREATED)


class WebhookView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_read",
        summary="Read a webhook",
        path=ID,
        answer=WebhookSerializer,
        answer_example=examples.WEBHOOK,
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, id: int) -> Response:
        answer = represent(find_webhook(id))
        return answer_unless_known(request, answer, etag=webhook_etag(answer))

    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_change",
        summary="Change a webhook",
        description="What is left out stays. One that was disabled starts anew with `enabled`.",
        path=ID,
        body=WebhookChangeSerializer,
        body_example={"events": ["order.created", "order.updated"]},
        before=look_up_changed_host,
        answer=WebhookSerializer,
        answer_example=examples.WEBHOOK | {"events": ["order.created", "order.updated"]},
        has_etag=True,
        refusals=(OF_WEBHOOKS, NOT_FOUND),
    )
    def patch(self, request: Request, id: int) -> Response:
        body = WebhookChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = endpoints.change_endpoint(
            endpoint_id=id,
            actor=self.token.actor,
            now=timezone.now(),
            is_looked_up=True,
            is_as_seen=as_seen(request),
            **body.validated_data,
        )
        answer = represent(endpoint)
        return Response(answer, headers={"ETag": webhook_etag(answer)})

    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_delete",
        summary="Delete a webhook",
        description="With all its deliveries.",
        path=ID,
        answer=None,
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def delete(self, request: Request, id: int) -> Response:
        endpoints.delete_endpoint(
            endpoint_id=id, actor=self.token.actor, now=timezone.now(), is_as_seen=as_seen(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


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
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def post(self, request: Request, id: int) -> Response:
        body = RotationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint, secret = endpoints.rotate_secret(
            endpoint_id=id,
            actor=self.token.actor,
            now=timezone.now(),
            keep_former=HOUR * body.validated_data["former_secret_hours"],
            is_as_seen=as_seen(request),
        )
        return answer_with_secret(endpoint, secret, status_code=status.HTTP_200_OK)


def find_webhook(id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.without_secrets().filter(pk=id).first()
    if endpoint is None:
        raise NotFound(NO_WEBHOOK)
    return endpoint


def as_seen(request: Request) -> endpoints.Condition:
    precondition = Precondition(request)
    return lambda endpoint: precondition.allows(webhook_etag(represent(endpoint)))


def webhook_etag(answer: dict[str, Any]) -> str:
    """While its messages fail, and when they are taken again, nobody's change is in the way of another's."""
    return etag_of(answer, observed=OBSERVED)


def represent(endpoint: WebhookEndpoint, *, secret: str | None = None) -> dict[str, Any]:
    return dict(WebhookSerializer(endpoint, context={"secret": secret}).data)


def answer_with_secret(endpoint: WebhookEndpoint, secret: str, *, status_code: int) -> AnswerWithSecret:
    kept = represent(endpoint)
    headers = {"ETag": webhook_etag(kept)}
    if status_code == status.HTTP_201_CREATED:
        headers["Location"] = reverse("api:webhook", args=[endpoint.pk])
    return AnswerWithSecret(represent(endpoint, secret=secret), data_to_keep=kept, status=status_code, headers=headers)
