"""Amounts as people read them."""

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal

from project.moments import DIFFERENT_AT_ONCE, reader_locale


def format_money(amount: Decimal | None, currency: str) -> str:
    """``1234.5, "USD"`` is "$1,234.50" to an English reader; a dash when the amount is not known."""
    return "–" if amount is None else _money_words(amount, currency, reader_locale())


@lru_cache(DIFFERENT_AT_ONCE)
def _money_words(amount: Decimal, currency: str, locale: Locale) -> str:
    if not currency:
        return str(format_decimal(amount, locale=locale))
    return str(format_currency(amount, currency, locale=locale))
