"""Packages of an order: reading them, and recording one that a warehouse or ERP system has sent."""

from collections import Counter
from typing import Any

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.fields import StrictSerializer, TextField, TimeField, WholeNumberField
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, Refusals, operation
from commerce_orders.api.order_representation import ShipmentSerializer, represent_shipments
from commerce_orders.api.orders import NUMBER, find_order
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.models import Order
from commerce_orders.models.tokens import Scope
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.services.transitions import TransitionRefused
from commerce_orders.states import ShipmentOrigin

MOST_LINES = 1000
OF_LABELS: Refusals = {
    400: {
        "tracking_number_missing": "The tracking number is empty.",
        "carrier_unknown": "The sales channel does not know the carrier.",
        "carrier_name_missing": "A carrier that is not listed needs its name.",
    },
}
REFUSALS: Refusals = {
    400: {
        "line_unknown": "A line is not in this order.",
        "nothing_to_ship": "No line is named.",
        "shipped_in_the_future": "The ship date is in the future.",
        "shipped_before_purchase": "The ship date is more than a day before the order was placed.",
    },
    # What the state of the order forbids: another body would not help.
    409: {
        "order_canceled": "The order is canceled.",
        "fulfilled_by_channel": "The sales channel ships this order itself.",
        "nothing_left_to_ship": "Everything is shipped already.",
        "cancellation_requested": "The cancellation was requested, and the sales channel has not answered yet.",
        "quantity_too_large": "Fewer units than that are left.",
        "order_changed": "Someone else changed the order at the same time. Read it again.",
    },
}


OF_CORRECTIONS: Refusals = {
    404: {"not_found": "There is no order with this number, or no such shipment in it."},
    409: {"shipped_at_channel": "The package was recorded at the sales channel, where it must be corrected."},
}


class NewShipmentLineSerializer(StrictSerializer):
    line = WholeNumberField(min_value=1, help_text="The `id` of a line of the order.")
    quantity = WholeNumberField(min_value=1, help_text="Units in this package.")


class NewShipmentSerializer(StrictSerializer):
    carrier_code = TextField(
        max_length=60, help_text="As the sales channel writes it; `Other` for one it does not list."
    )
    carrier_name = TextField(
        max_length=60, required=False, allow_blank=True, help_text="Needed when `carrier_code` is `Other`."
    )
    shipping_method = TextField(max_length=60, required=False, allow_blank=True)
    tracking_number = TextField(max_length=100, allow_blank=True)
    shipped_at = TimeField(required=False, help_text="Now, if left out.")
    lines = NewShipmentLineSerializer(  # type: ignore[call-arg]  # the stubs lack ListSerializer's max_length
        many=True, required=False, max_length=MOST_LINES, help_text="Everything that is left, if left out."
    )

    def validate_lines(self, lines: list[dict[str, int]]) -> list[dict[str, int]]:
        repeated = [line for line, times in Counter(item["line"] for item in lines).items() if times > 1]
        if repeated:
            raise serializers.ValidationError([f"Line {line} is given more than once." for line in repeated])
        return lines


class CorrectionSerializer(StrictSerializer):
    carrier_code = TextField(max_length=60, required=False)
    carrier_name = TextField(
        max_length=60, required=False, allow_blank=True, help_text="Needed when `carrier_code` becomes `Other`."
    )
    shipping_method = TextField(max_length=60, required=False, allow_blank=True)
    tracking_number = TextField(max_length=100, required=False, allow_blank=True)


class ShipmentListView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="shipments_list",
        summary="List the shipments of an order",
        description="First recorded first.",
        path=NUMBER,
        query=PageQuery,
        answer=page_of(ShipmentSerializer, "ShipmentPage"),
        answer_example=examples.page(examples.SHIPMENT),
        refusals=(OF_LISTS, NOT_FOUND),
    )
    def get(self, request: Request, number: str) -> Response:
        order = find_order(Order.objects.all(), number)
        page = self.read_page(order.shipments.prefetch_related("lines"))
        return Response(page.represent(represent_shipments(page.rows)))

    @operation(
        scope=Scope.SHIPMENTS_WRITE,
        name="shipments_create",
        summary="Record a shipment",
        description=(
            "One package with its tracking number. The sales channel is told and itself tells the buyer. The order "
            "becomes `complete` when nothing is left to ship. An order with `buyer_wants_to_cancel` is shipped all the "
            "same: look at it first."
        ),
        path=NUMBER,
        body=NewShipmentSerializer,
        body_example=examples.NEW_SHIPMENT,
        answer=ShipmentSerializer,
        answer_status=status.HTTP_201_CREATED,
        answer_example=examples.SHIPMENT,
        refusals=(OF_LABELS, REFUSALS, NOT_FOUND),
    )
    def post(self, request: Request, number: str) -> Response:
        body = NewShipmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = find_order(Order.objects.all(), number)
        try:
            shipment = record_shipment(
                order_id=order.pk,
                package=read_package(body.validated_data),
                actor=self.token.actor,
                origin=ShipmentOrigin.API,
                now=timezone.now(),
            )
        except ShipmentRefused as refusal:
            status_code = 409 if refusal.code in REFUSALS[409] else 400
            raise RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field) from refusal
        except TransitionRefused as refusal:
            raise RequestRefused(409, "order_changed", str(refusal)) from refusal
        [answer] = represent_shipments([shipment])
        return Response(answer, status=status.HTTP_201_CREATED)


class ShipmentView(ApiView):
    @operation(
        scope=Scope.SHIPMENTS_WRITE,
        name="shipments_correct",
        summary="Correct a shipment",
        description=(
            "Changes what is given of a package's carrier, service and tracking number, and tells the sales channel "
            "again: the same package, with the new details. `channel_status` starts anew. What is left out stays."
        ),
        path=NUMBER | {"id": "The shipment's id."},
        body=CorrectionSerializer,
        body_example=examples.CORRECTION,
        answer=ShipmentSerializer,
        answer_example=examples.SHIPMENT | examples.CORRECTION,
        refusals=(OF_LABELS, OF_CORRECTIONS),
    )
    def patch(self, request: Request, number: str, id: int) -> Response:
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = find_order(Order.objects.all(), number)
        shipments = order.shipments.select_related("order").prefetch_related("lines").filter(pk=id)
        if not shipments.exists():
            raise NotFound("There is no such shipment in this order.")
        try:
            correct_shipment(shipment_id=id, actor=self.token.actor, now=timezone.now(), **body.validated_data)
        except ShipmentRefused as refusal:
            status_code = 409 if refusal.code in OF_CORRECTIONS[409] else 400
            raise RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field) from refusal
        [answer] = represent_shipments(list(shipments))
        return Response(answer)


def read_package(values: dict[str, Any]) -> Package:
    lines = values.pop("lines", None)
    quantities = None if lines is None else {item["line"]: item["quantity"] for item in lines}
    return Package(**values, quantities=quantities)
