"""Money columns. The amount is in the order's currency; the currency stands once, on the order."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.db import models

ZERO = Decimal(0)
LARGEST_AMOUNT = Decimal(10) ** 10


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: ``0.01`` for EUR, ``1`` for JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def in_minor_units(amount: Decimal, currency: str) -> Decimal:
    """``12.34`` for EUR, ``1234`` for JPY; a unit price finer than the minor unit keeps its decimals."""
    rounded = amount.quantize(minor_unit(currency))
    return rounded if rounded == amount else amount.normalize()


class AmountField(models.DecimalField):
    """Ten digits and four decimals: exact on SQLite too, whose numbers carry fifteen digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 14, 4
        super().__init__(*args, **kwargs)
