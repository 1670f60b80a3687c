"""What became of each message to each webhook, and sending it again."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import webhook_examples as examples
from commerce_orders.api.examples import page
from commerce_orders.api.fields import CodeField, StrictSerializer, TextField, TimeField
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, Refusals, operation
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.api.webhook_bodies import DISABLED, NO_DELIVERY
from commerce_orders.api.webhooks import ID, find_webhook
from commerce_orders.models import WebhookDelivery
from commerce_orders.models.tokens import Scope
from commerce_orders.models.webhooks import UNDONE
from commerce_orders.services.webhooks.endpoints import send_test_event
from commerce_orders.services.webhooks.redelivery import redeliver, redeliver_failed, replay_events
from commerce_orders.states import WEBHOOK_TEST, DeliveryState, WebhookEventType

DELIVERY_ID = {"id": "The delivery's id."}
OF_REPLAYS: Refusals = {
    400: {
        "replay_empty": "The end does not lie behind the beginning.",
        "replay_too_old": "Events are kept for 30 days.",
    }
}
LOOKUPS = {"state": "state", "event": "event__kind", "number": "event__number", "created_after": "created_at__gte"}


class DeliverySerializer(serializers.Serializer[Any]):
    """One message on its way to one webhook."""

    id = serializers.IntegerField()
    webhook = serializers.IntegerField(source="endpoint_id")
    message_id = serializers.CharField(source="event.message_id", help_text="Sent as `webhook-id`.")
    message = serializers.DictField(source="event.body", help_text="The body that is sent.")
    state = serializers.ChoiceField(DeliveryState.choices)
    attempts = serializers.IntegerField()
    created_at = TimeField()
    attempted_at = TimeField(allow_null=True)
    delivered_at = TimeField(allow_null=True)
    next_attempt_at = serializers.SerializerMethodField(help_text="Not before the webhook's own rest is over.")
    response_code = serializers.IntegerField(allow_null=True, help_text="Of the last attempt.")
    error = serializers.CharField(
        help_text=(
            "What kept the last attempt from having an answer: `timeout`, `unreachable`, `tls`, `no_http`, or why the "
            "address is not allowed."
        )
    )
    milliseconds = serializers.IntegerField(allow_null=True, help_text="How long the last attempt took.")

    def get_next_attempt_at(self, delivery: WebhookDelivery) -> str | None:
        if delivery.state not in UNDONE:
            return None
        text: str = TimeField().to_representation(delivery.not_before)
        return text


class DeliveryQuery(PageQuery):
    state = CodeField(DeliveryState.choices, required=False)
    event = CodeField([*WebhookEventType.choices, (WEBHOOK_TEST, WEBHOOK_TEST)], required=False)
    number = TextField(max_length=40, required=False, help_text="The order's number.")
    created_after = TimeField(required=False, help_text="Made at this time or later.")


class NothingSerializer(StrictSerializer):
    """An empty object."""


class ReplayBodySerializer(StrictSerializer):
    since = TimeField(help_text="The first moment whose events are sent.")
    until = TimeField(help_text="The moment before which they end.")


class ReplaySerializer(serializers.Serializer[Any]):
    """What is sent again in the background."""

    webhook = serializers.IntegerField(source="endpoint_id")
    only_failed = serializers.BooleanField()
    since = TimeField(allow_null=True)
    until = TimeField(allow_null=True)
    requested_at = TimeField()


class DeliveryListView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="deliveries_list",
        summary="List a webhook's deliveries",
        description="First made first; they are kept for 30 days.",
        path=ID,
        query=DeliveryQuery,
        answer=page_of(DeliverySerializer, "DeliveryPage"),
        answer_example=page(examples.DELIVERY),
        refusals=(OF_LISTS, NOT_FOUND),
    )
    def get(self, request: Request, id: int) -> Response:
        deliveries = WebhookDelivery.objects.filter(
            endpoint=find_webhook(id),
            **{lookup: self.query[name] for name, lookup in LOOKUPS.items() if name in self.query},
        )
        page = self.read_page(deliveries.select_related("event"), time_column="created_at")
        return Response(page.represent([DeliverySerializer(delivery).data for delivery in page.rows]))


class DeliveryView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="deliveries_read",
        summary="Read a delivery",
        path=DELIVERY_ID,
        answer=DeliverySerializer,
        answer_example=examples.DELIVERY,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(DeliverySerializer(find_delivery(id)).data)


class RedeliverView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="deliveries_redeliver",
        summary="Send a delivery again",
        description=(
            "With the same `webhook-id`, and the schedule of retries from its beginning. Nothing changes for one that "
            "waits to be sent anyway."
        ),
        path=DELIVERY_ID,
        body=NothingSerializer,
        body_example={},
        answer=DeliverySerializer,
        answer_status=status.HTTP_202_ACCEPTED,
        answer_example=examples.REDELIVERED,
        refusals=(DISABLED, NOT_FOUND),
    )
    def post(self, request: Request, id: int) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        find_delivery(id)
        redeliver(delivery_id=id, now=timezone.now())
        return Response(DeliverySerializer(find_delivery(id)).data, status=status.HTTP_202_ACCEPTED)


class TestView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_test",
        summary="Send a test event",
        description="A `webhook.test`, whatever events the webhook wants. The delivery tells what comes of it.",
        path=ID,
        body=NothingSerializer,
        body_example={},
        answer=DeliverySerializer,
        answer_status=status.HTTP_202_ACCEPTED,
        answer_example=examples.TEST_DELIVERY,
        refusals=(DISABLED, NOT_FOUND),
    )
    def post(self, request: Request, id: int) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        find_webhook(id)
        delivery = send_test_event(endpoint_id=id, now=timezone.now())
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


class RedeliverFailedView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_redeliver_failed",
        summary="Send everything again that failed",
        description="In the background: every delivery of the webhook in the state `failed`.",
        path=ID,
        body=NothingSerializer,
        body_example={},
        answer=ReplaySerializer,
        answer_status=status.HTTP_202_ACCEPTED,
        answer_example=examples.REPLAY | {"only_failed": True, "since": None, "until": None},
        refusals=(DISABLED, NOT_FOUND),
    )
    def post(self, request: Request, id: int) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        find_webhook(id)
        replay = redeliver_failed(endpoint_id=id, actor=self.token.actor, now=timezone.now())
        return Response(ReplaySerializer(replay).data, status=status.HTTP_202_ACCEPTED)


class ReplayView(ApiView):
    @operation(
        scope=Scope.WEBHOOKS_WRITE,
        name="webhooks_replay",
        summary="Send the events of a time again",
        description=(
            "In the background: every event of the time that the webhook wants, delivered before or not, also those "
            "from before there was the webhook or from while it was disabled."
        ),
        path=ID,
        body=ReplayBodySerializer,
        body_example={"since": "2026-11-19T00:00:00Z", "until": "2026-11-20T00:00:00Z"},
        answer=ReplaySerializer,
        answer_status=status.HTTP_202_ACCEPTED,
        answer_example=examples.REPLAY,
        refusals=(OF_REPLAYS, DISABLED, NOT_FOUND),
    )
    def post(self, request: Request, id: int) -> Response:
        body = ReplayBodySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        find_webhook(id)
        replay = replay_events(endpoint_id=id, **body.validated_data, actor=self.token.actor, now=timezone.now())
        return Response(ReplaySerializer(replay).data, status=status.HTTP_202_ACCEPTED)


def find_delivery(id: int) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.select_related("event").filter(pk=id).first()
    if delivery is None:
        raise NotFound(NO_DELIVERY)
    return delivery
