"""Answers of which a client takes only some fields, to keep them small; what is not asked for is not read either."""

from typing import Any

from drf_spectacular.drainage import set_override
from rest_framework import serializers

from commerce_orders.api.fields import TextField

CHOSEN = "fields"


class ChoosableSerializer(serializers.Serializer[Any]):
    """The context may have ``fields``, the names that are asked for."""

    def get_fields(self) -> dict[str, Any]:
        chosen = self.context.get(CHOSEN)
        return {name: field for name, field in super().get_fields().items() if chosen is None or name in chosen}


class FieldNames(TextField):
    """Query parameter: names of a serializer's fields, with commas between them."""

    default_error_messages = {"unknown": "There is no field {names}. Choose from: {allowed}."}

    def __init__(self, serializer: type[ChoosableSerializer]) -> None:
        self._allowed = list(serializer._declared_fields)  # without making them anew for each request
        super().__init__(
            required=False,
            max_length=1000,
            help_text="Only these fields, with commas between their names. The others are left out of the answer.",
        )
        one = f"({'|'.join(self._allowed)})"
        set_override(self, "field", {"type": "string", "pattern": f"^{one}(,{one})*$"})

    def to_internal_value(self, data: Any) -> Any:
        names = [name.strip() for name in super().to_internal_value(data).split(",")]
        if unknown := [name for name in names if name not in self._allowed]:
            self.fail("unknown", names=", ".join(unknown), allowed=", ".join(self._allowed))
        return frozenset(names)
