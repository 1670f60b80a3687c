"""Texts of ours that are stored: a worker writes them down, and each reader finds them in a language of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from babel import Locale
from babel.numbers import format_currency
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from project.moments import locale_of, reader_locale


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as it was stated, to its last digit, in the format of whoever reads it."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return self.in_words(reader_locale())

    def in_words(self, locale: Locale) -> str:
        return str(format_currency(self.amount, self.currency, locale=locale, decimal_quantization=False))


Part = str | int | Amount | tuple[str, ...]  # a tuple is read as a list with commas

# Before a text that is stored as JSON, as in JSON text sequences (RFC 7464). No words from outside keep it, so that
# they can never pass for ours.
RECORD_SEPARATOR = "\x1e"


class Wording(str):
    """A text of ours: English to machines and logs, and in the reader's language wherever it is shown.

    It is the English text, and ``str`` of it, which templates and formatting ask for, the text in the language that is
    active then. ``parts`` fill the placeholders; those that are wordings themselves are read in that language too.
    """

    source: str
    plural: str
    number: int
    parts: Mapping[str, Part]

    def __new__(cls, source: str, plural: str = "", number: int = 0, parts: Mapping[str, Part] | None = None) -> Self:
        english = plural if plural and number != 1 else source
        wording = super().__new__(cls, _filled(english, {name: _plain(part) for name, part in (parts or {}).items()}))
        wording.source, wording.plural, wording.number, wording.parts = source, plural, number, parts or {}
        return wording

    def __reduce__(self) -> Any:
        return type(self), (self.source, self.plural, self.number, self.parts)

    def __str__(self) -> str:
        text = ngettext(self.source, self.plural, self.number) if self.plural else gettext(self.source)
        return _filled(text, {name: _said(part) for name, part in self.parts.items()})


def wording(text: str, **parts: Part) -> Wording:
    """As ``gettext(text) % parts``, but read anew each time."""
    return Wording(text, parts=parts)


def nwording(text: str, plural: str, number: int, **parts: Part) -> Wording:
    """As ``ngettext(text, plural, number) % parts``, but read anew each time."""
    return Wording(text, plural, number, parts)


def name_wording(name: str | Promise) -> str:
    """A name that is translated elsewhere, without a context, such as that of a status; others' words stay theirs."""
    if not isinstance(name, Promise):
        return name
    with translation.override(None):
        return Wording(str(name))


class WordingField(models.TextField):
    """A column for others' words, as they are, and for ours as ``Wording``.

    To the database and to migrations it is a text, and what was stored before there were wordings is read as it is.
    """

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def get_prep_value(self, value: Any) -> Any:
        return stored(value) if isinstance(value, str) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return None if value is None else read(value)


def stored(text: str) -> str:
    """As it is kept in a text."""
    if isinstance(text, Wording):
        return RECORD_SEPARATOR + json.dumps(_as_json(text), ensure_ascii=False)
    return text.lstrip(RECORD_SEPARATOR)


def read(text: str) -> str:
    """What ``stored`` made a text of."""
    return _of_json(json.loads(text[1:])) if text.startswith(RECORD_SEPARATOR) else text


def _as_json(part: Part) -> Any:
    match part:
        case Wording():
            parts = {name: _as_json(each) for name, each in part.parts.items()}
            said = {"text": part.source, "plural": part.plural, "number": part.number, "parts": parts}
            return {name: value for name, value in said.items() if value}
        case tuple():
            return [_as_json(each) for each in part]
        case Amount():
            return {"amount": str(part.amount), "currency": part.currency}
    return part


def _of_json(node: Any) -> Any:
    match node:
        case {"amount": amount, "currency": currency}:
            return Amount(Decimal(amount), currency)
        case dict():
            parts = {name: _of_json(each) for name, each in node.get("parts", {}).items()}
            return Wording(node["text"], node.get("plural", ""), node.get("number", 0), parts)
        case list():
            return tuple(_of_json(each) for each in node)
    return node


def _filled(text: str, parts: Mapping[str, object]) -> str:
    return text % parts if parts else text


def _plain(part: Part) -> object:
    """In English: ``str`` itself knows of no language."""
    match part:
        case tuple():
            return ", ".join(part)
        case str():
            return str.__str__(part)
        case Amount():
            return part.in_words(locale_of("en"))
    return part


def _said(part: Part) -> str:
    return ", ".join(str(each) for each in part) if isinstance(part, tuple) else str(part)
