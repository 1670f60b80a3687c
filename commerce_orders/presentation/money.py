"""Amounts as people read them."""

from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, to_locale


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def reader_locale() -> Locale:
    """The locale of the language that the page is written in."""
    return locale_of(get_language() or "en")


def format_money(amount: Decimal | None, currency: str) -> str:
    """``1234.5, "USD"`` is "$1,234.50" to an English reader; a dash when the amount is not known."""
    if amount is None:
        return "–"
    if not currency:
        return str(format_decimal(amount, locale=reader_locale()))
    return str(format_currency(amount, currency, locale=reader_locale()))
