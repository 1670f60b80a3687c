"""Packages of an order: reading them, and recording one that a warehouse or ERP system has sent."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.conditions import Precondition, answer_unless_known, etag_of
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, operation
from commerce_orders.api.order_representation import ShipmentSerializer, represent_shipments
from commerce_orders.api.orders import NUMBER, find_order
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.shipment_bodies import (
    OF_CORRECTIONS,
    OF_LABELS,
    REFUSALS,
    CorrectionSerializer,
    NewShipmentSerializer,
    read_package,
    refuse,
)
from commerce_orders.api.views import ApiView
from commerce_orders.models import Order
from commerce_orders.models.tokens import Scope
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin

NO_SHIPMENT = "There is no such shipment in this order."
ID = {"id": "The shipment's id."}


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
        order = find_order(Order.objects.visible_to(self.token), number)
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
        has_etag=True,
        refusals=(OF_LABELS, REFUSALS, NOT_FOUND),
    )
    def post(self, request: Request, number: str) -> Response:
        body = NewShipmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = find_order(Order.objects.visible_to(self.token), number)
        try:
            shipment = record_shipment(
                order_id=order.pk,
                package=read_package(body.validated_data),
                actor=self.token.actor,
                origin=ShipmentOrigin.API,
                now=timezone.now(),
            )
        except ShipmentRefused as refusal:
            raise refuse(refusal) from refusal
        [answer] = represent_shipments([shipment])
        headers = {"ETag": etag_of(answer), "Location": reverse("api:shipment", args=[number, shipment.pk])}
        return Response(answer, status=status.HTTP_201_CREATED, headers=headers)


class ShipmentView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="shipments_read",
        summary="Read a shipment",
        path=NUMBER | ID,
        answer=ShipmentSerializer,
        answer_example=examples.SHIPMENT,
        has_etag=True,
        refusals=({404: OF_CORRECTIONS[404]},),
    )
    def get(self, request: Request, number: str, id: int) -> Response:
        return answer_unless_known(
            request, represent_shipment(find_order(Order.objects.visible_to(self.token), number), id)
        )

    @operation(
        scope=Scope.SHIPMENTS_WRITE,
        name="shipments_correct",
        summary="Correct a shipment",
        description=(
            "Changes what is given of a package's carrier, service and tracking number, and tells the sales channel "
            "again: the same package, with the new details. `channel_status` starts anew. What is left out stays."
        ),
        path=NUMBER | ID,
        body=CorrectionSerializer,
        body_example=examples.CORRECTION,
        answer=ShipmentSerializer,
        answer_example=examples.SHIPMENT | examples.CORRECTION,
        has_etag=True,
        refusals=(OF_LABELS, OF_CORRECTIONS),
    )
    def patch(self, request: Request, number: str, id: int) -> Response:
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        precondition = Precondition(request)
        order = find_order(Order.objects.visible_to(self.token), number)
        if not order.shipments.filter(pk=id).exists():
            raise NotFound(NO_SHIPMENT)
        try:
            correct_shipment(
                shipment_id=id,
                actor=self.token.actor,
                now=timezone.now(),
                is_as_seen=lambda locked: precondition.allows(etag_of(represent_shipment(locked, id))),
                **body.validated_data,
            )
        except ShipmentRefused as refusal:
            raise refuse(refusal) from refusal
        answer = represent_shipment(order, id)
        return Response(answer, headers={"ETag": etag_of(answer)})


def represent_shipment(order: Order, shipment_id: int) -> dict[str, Any]:
    shipment = order.shipments.select_related("order").prefetch_related("lines").filter(pk=shipment_id).first()
    if shipment is None:
        raise NotFound(NO_SHIPMENT)
    [answer] = represent_shipments([shipment])
    return answer
