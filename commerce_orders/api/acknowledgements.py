"""Taking orders over into another system, each exactly once."""

from django.utils import timezone
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
from commerce_orders.services.acknowledgement import AcknowledgementRefused, acknowledge_order

REFUSALS: Refusals = {
    409: {"acknowledged_otherwise": "The order was taken over already, under the number that the sentence names."},
}


class AcknowledgeSerializer(StrictSerializer):
    external_number = TextField(max_length=64, help_text="The order's number in your system.")


class AcknowledgeView(ApiView):
    @operation(
        scope=Scope.ORDERS_WRITE,
        name="orders_acknowledge",
        summary="Take an order over",
        description=(
            "Says that your system has the order, and under which number; `acknowledged=false` then lists it no more. "
            "Read `GET orders/?acknowledged=false`, make each order in your system under a number that follows from "
            "ours, and acknowledge it: whatever stops in between is simply done again. The same number again gets the "
            "same answer; another one is refused, so that two systems never both take an order. `recipient` is always "
            "null in this answer."
        ),
        path=NUMBER,
        body=AcknowledgeSerializer,
        body_example={"external_number": "SO-2026-00042"},
        answer=OrderSerializer,
        answer_example=examples.ORDER
        | {"recipient": None, "external_number": "SO-2026-00042", "acknowledged_at": "2026-11-20T15:31:02.123456Z"},
        refusals=(REFUSALS, NOT_FOUND),
    )
    def post(self, request: Request, number: str) -> Response:
        body = AcknowledgeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = find_order(Order.objects.visible_to(self.token), number)
        try:
            acknowledge_order(order_id=order.pk, actor=self.token.actor, now=timezone.now(), **body.validated_data)
        except AcknowledgementRefused as refusal:
            raise RequestRefused(409, refusal.code, refusal.detail, field="external_number") from refusal
        [answer] = represent_without_recipients([find_order(orders_without_recipients(), number)])
        return Response(answer)
