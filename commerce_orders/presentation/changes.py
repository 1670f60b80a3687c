"""What was changed, from what to what, as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """One field; ``before`` and ``after`` are empty where the values are for nobody to see."""

    field: str
    before: str
    after: str


def describe_changes(model: type[Model], changes: Mapping[str, Sequence[Any]]) -> list[ChangeWords]:
    """``changes`` as a ``project.models.AuditEntry`` of a row of ``model`` holds them."""
    return [_describe(model, name, *values) for name, values in changes.items()]


def _describe(model: type[Model], name: str, before: Any, after: Any) -> ChangeWords:
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:  # of an earlier release
        field = None
    label = str(capfirst(field.verbose_name)) if isinstance(field, Field) else name.replace("_", " ").capitalize()
    if before is None and after is None:
        return ChangeWords(label, "", "")
    choices = dict(field.flatchoices) if isinstance(field, Field) else {}
    return ChangeWords(label, _value_words(before, choices), _value_words(after, choices))


def _value_words(value: Any, choices: Mapping[Any, Any]) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or "–"
    if value is None or value == "":
        return "–"
    return str(choices.get(value, value))
