"""What clients send about packages, what is wrong with it, and how it is read."""

from collections import Counter
from typing import Any

from rest_framework import serializers, status

from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.fields import StrictSerializer, TextField, TimeField, WholeNumberField
from commerce_orders.api.operations import Refusals
from commerce_orders.services.fulfilment import Package, ShipmentRefused

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


def read_package(values: dict[str, Any]) -> Package:
    lines = values.pop("lines", None)
    quantities = None if lines is None else {item["line"]: item["quantity"] for item in lines}
    return Package(**values, quantities=quantities)


def refuse(refusal: ShipmentRefused) -> RequestRefused:
    """The answer to a package that cannot be recorded or changed."""
    conflict = refusal.code in REFUSALS[409] or refusal.code in OF_CORRECTIONS[409]
    codes = {
        "changed_meanwhile": status.HTTP_412_PRECONDITION_FAILED,
        "internal_error": status.HTTP_500_INTERNAL_SERVER_ERROR,
    }
    status_code = codes.get(refusal.code, status.HTTP_409_CONFLICT if conflict else status.HTTP_400_BAD_REQUEST)
    return RequestRefused(status_code, refusal.code, refusal.detail, field=refusal.field)
