"""Strict reading of what clients send, and the shapes of money and time."""

import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from operator import attrgetter
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commerce_orders.models.money import in_minor_units

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown names are refused: a misspelt one would otherwise be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            allowed = ", ".join(self.fields) or "none"
            raise serializers.ValidationError({name: [f"Unknown name. Known here: {allowed}."] for name in unknown})
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """One line of text; numbers are not turned into text."""

    default_error_messages = {"control_characters": "Control characters are not allowed."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if CONTROL_CHARACTERS.search(data):
            self.fail("control_characters")
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction; text and booleans are not turned into numbers."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """JSON's ``true`` or ``false``; text and numbers are not turned into it."""

    default_error_messages = {"invalid": "Write true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class TrueFalseField(serializers.BooleanField):
    """A query parameter that is ``true`` or ``false`` and nothing else."""

    TRUE_VALUES = {"true"}
    FALSE_VALUES = {"false"}
    NULL_VALUES: set[Any] = set()
    default_error_messages = {"invalid": "Write true or false."}


class CodeField(serializers.ChoiceField):
    """One of some codes; a refusal lists them."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        allowed = ", ".join(str(code) for code in self.choices)
        self.error_messages["invalid_choice"] = f"“{{input}}” is not known here. Choose from: {allowed}."


class TimeField(serializers.DateTimeField):
    """UTC in ISO 8601 with ``Z``. Other zones are converted; a time without a zone is read as UTC."""

    default_error_messages = {
        "invalid": "Write the time as 2026-11-20T08:00:00Z. In an address, “+” must be written as “%2B”."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


def format_amount(amount: Decimal, currency: str) -> str:
    return f"{in_minor_units(amount, currency):f}"


class MoneySerializer(serializers.Serializer[Any]):
    amount = serializers.RegexField(
        r"^-?\d+(\.\d+)?$", help_text="Decimal number as text, in the currency's minor unit or finer."
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 4217 code.")


@extend_schema_field(MoneySerializer)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """The amount is the row's attribute ``amount``, by default of the field's name; ``currency`` may be dotted."""

    def __init__(self, *, amount: str = "", currency: str = "currency", **kwargs: Any) -> None:
        self.amount, self.currency = amount, currency
        super().__init__(source="*", read_only=True, **kwargs)

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.amount = self.amount or field_name

    def to_representation(self, row: Any) -> dict[str, str] | None:
        amount: Decimal | None = getattr(row, self.amount)
        if amount is None:
            return None
        currency: str = attrgetter(self.currency)(row)
        return {"amount": format_amount(amount, currency), "currency": currency}
