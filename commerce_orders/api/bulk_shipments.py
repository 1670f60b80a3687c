"""Recording many packages with one request."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.errors import RequestRefused, represent_error
from commerce_orders.api.fields import StrictSerializer, TextField
from commerce_orders.api.operations import ErrorSerializer, operation
from commerce_orders.api.order_representation import ShipmentSerializer, represent_shipments
from commerce_orders.api.orders import NO_ORDER
from commerce_orders.api.shipment_bodies import NewShipmentSerializer, read_package, refuse
from commerce_orders.api.views import ApiView
from commerce_orders.models import Order
from commerce_orders.models.tokens import Scope
from commerce_orders.services.bulk_shipping import record_packages
from commerce_orders.services.fulfilment import Package, ShipmentRefused
from commerce_orders.states import ShipmentOrigin

MOST_ROWS = 500


class BulkShipmentSerializer(NewShipmentSerializer):
    order = TextField(max_length=40, help_text="The order's number.")


@extend_schema_field(BulkShipmentSerializer(many=True, max_length=MOST_ROWS))  # type: ignore[call-arg]
class RowsField(serializers.ListField):
    """Each row is looked at by itself, so that a wrong one stops no other."""

    child = serializers.JSONField()


class BulkShipmentsSerializer(StrictSerializer):
    shipments = RowsField(min_length=1, max_length=MOST_ROWS, help_text=f"At most {MOST_ROWS} packages.")


class BulkRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Its place in what was sent, from 0.")
    status = serializers.IntegerField(help_text="What the same package alone would have been answered with.")
    shipment = ShipmentSerializer(allow_null=True)
    error = ErrorSerializer(allow_null=True)


class BulkAnswerSerializer(serializers.Serializer[Any]):
    recorded = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkRowSerializer(many=True, help_text="One for each row that was sent, in that order.")


class BulkShipmentsView(ApiView):
    @operation(
        scope=Scope.SHIPMENTS_WRITE,
        name="shipments_create_many",
        summary="Record many shipments",
        description=(
            f"Up to {MOST_ROWS} packages of any orders, each as `POST orders/{{number}}/shipments/` takes it, with the "
            "order's number as `order`. Each row has its own result: one that is refused neither stops nor undoes the "
            "others, so the answer is 200 whatever became of them; look at `refused`. Codes of rows are those of a "
            "single shipment, and `not_found` for an order that there is not."
        ),
        body=BulkShipmentsSerializer,
        body_example={"shipments": [{"order": "100000001", **examples.NEW_SHIPMENT}]},
        answer=BulkAnswerSerializer,
        answer_example=examples.BULK_ANSWER,
    )
    def post(self, request: Request) -> Response:
        body = BulkShipmentsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        errors, packages = self._read_rows(body.validated_data["shipments"])
        outcomes = record_packages(
            list(packages.values()), actor=self.token.actor, origin=ShipmentOrigin.API, now=timezone.now()
        )
        by_row = dict(zip(packages, outcomes, strict=True))
        shipments = [outcome for outcome in outcomes if not isinstance(outcome, ShipmentRefused)]
        answers = {answer["id"]: answer for answer in represent_shipments(shipments)}
        results = []
        for row in range(len(body.validated_data["shipments"])):
            outcome = by_row.get(row)
            if outcome is None or isinstance(outcome, ShipmentRefused):
                status_code, error = errors[row] if outcome is None else represent_error(refuse(outcome))
                results.append({"row": row, "status": status_code, "shipment": None, "error": error})
            else:
                results.append(
                    {
                        "row": row,
                        "status": status.HTTP_201_CREATED,
                        "shipment": answers[outcome.pk],
                        "error": None,
                    }
                )
        recorded = len(shipments)
        return Response({"recorded": recorded, "refused": len(results) - recorded, "results": results})

    def _read_rows(
        self, rows: list[Any]
    ) -> tuple[dict[int, tuple[int, dict[str, Any]]], dict[int, tuple[int, Package]]]:
        """What is wrong with the rows that cannot be read, and the others as packages by order id; both by row."""
        errors = {}
        read = {}
        for row, values in enumerate(rows):
            body = BulkShipmentSerializer(data=values)
            if body.is_valid():
                read[row] = dict(body.validated_data)
            else:
                errors[row] = represent_error(serializers.ValidationError(body.errors))
        numbers = {values["order"] for values in read.values()}
        orders = dict(Order.objects.visible_to(self.token).filter(number__in=numbers).values_list("number", "pk"))
        packages = {}
        for row, values in read.items():
            number = values.pop("order")
            if number in orders:
                packages[row] = (orders[number], read_package(values))
            else:
                errors[row] = represent_error(
                    RequestRefused(status.HTTP_404_NOT_FOUND, "not_found", NO_ORDER, field="order")
                )
        return errors, packages
