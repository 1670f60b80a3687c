"""Money as SP-API writes it: a decimal string in the currency's minor unit (JPY has none)."""

from decimal import Decimal, InvalidOperation
from typing import Any

_DECIMALS = {"JPY": 0}


def decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def money(minor_units: int, currency: str) -> dict[str, str]:
    """Amazon's Money object for an amount in minor units (cents, yen)."""
    places = decimals(currency)
    if not places:
        return {"amount": str(minor_units), "currencyCode": currency}
    sign = "-" if minor_units < 0 else ""
    whole, cents = divmod(abs(minor_units), 10**places)
    return {"amount": f"{sign}{whole}.{cents:0{places}d}", "currencyCode": currency}


def minor_units(amount: object, currency: str) -> int:
    """Minor units of a decimal text; ValueError where it is no amount or finer than the currency."""
    try:
        scaled = Decimal(str(amount)).scaleb(decimals(currency))
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {amount!r}") from error
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"not an amount in {currency}: {amount!r}")
    return int(scaled)


def read_money(value: dict[str, Any]) -> int:
    return minor_units(value["amount"], value["currencyCode"])
