"""Amounts as people read them."""

from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from project.moments import reader_locale


def format_money(amount: Decimal | None, currency: str) -> str:
    """``1234.5, "USD"`` is "$1,234.50" to an English reader; a dash when the amount is not known."""
    if amount is None:
        return "–"
    if not currency:
        return str(format_decimal(amount, locale=reader_locale()))
    return str(format_currency(amount, currency, locale=reader_locale()))
