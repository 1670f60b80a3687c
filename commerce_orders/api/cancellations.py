"""Asking for the cancellation of an order."""

from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.fields import StrictSerializer, TextField
from commerce_orders.api.operations import NOT_FOUND, Refusals, operation
from commerce_orders.api.order_representation import (
    OrderSerializer,
    orders_without_recipients,
    represent_without_recipients,
)
from commerce_orders.api.orders import NUMBER, find_order
from commerce_orders.api.views import ApiView
from commerce_orders.models import Order
from commerce_orders.models.tokens import Scope
from commerce_orders.services.cancellation import CancellationRefused, request_cancellation
from commerce_orders.services.transitions import TransitionRefused

REFUSALS: Refusals = {
    400: {"reason_unknown": "The sales channel does not accept the reason; the sentence lists those that it knows."},
    409: {
        "order_canceled": "The order is canceled already.",
        "order_complete": "The order is complete.",
        "already_shipped": "Items of the order have left.",
        "fulfilled_by_channel": "The sales channel ships this order itself.",
        "cancellation_requested": "The cancellation was requested already and is not answered yet.",
        "order_changed": "Someone else changed the order at the same time. Read it again.",
    },
}


class CancelSerializer(StrictSerializer):
    reason = TextField(
        max_length=60, help_text="Code of the sales channel, such as `NoInventory` or `BuyerCanceled` at Amazon."
    )


class CancelView(ApiView):
    @operation(
        scope=Scope.ORDERS_WRITE,
        name="orders_cancel",
        summary="Cancel an order",
        description=(
            "Asks the sales channel to cancel the whole order. Nothing can be shipped until it answers: the order "
            "becomes `canceled` when it agrees, and stays open with the channel's words in `cancellation` when it "
            "refuses. `recipient` is always null in this answer."
        ),
        path=NUMBER,
        body=CancelSerializer,
        body_example={"reason": "NoInventory"},
        answer=OrderSerializer,
        answer_status=status.HTTP_202_ACCEPTED,
        answer_example=examples.CANCELED_ORDER,
        refusals=(REFUSALS, NOT_FOUND),
    )
    def post(self, request: Request, number: str) -> Response:
        body = CancelSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = find_order(Order.objects.visible_to(self.token), number)
        try:
            request_cancellation(order_id=order.pk, actor=self.token.actor, now=timezone.now(), **body.validated_data)
        except CancellationRefused as refusal:
            status_code = 409 if refusal.code in REFUSALS[409] else 400
            raise RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field) from refusal
        except TransitionRefused as refusal:
            raise RequestRefused(409, "order_changed", str(refusal)) from refusal
        [answer] = represent_without_recipients([find_order(orders_without_recipients(), number)])
        return Response(answer, status=status.HTTP_202_ACCEPTED)
