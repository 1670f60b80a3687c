"""Typed reading of Amazon's JSON. What is missing is empty; what has another type is refused with its path."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from commerce_orders.models.money import LARGEST_AMOUNT
from commerce_orders.wording import Wording, wording

LARGEST_QUANTITY = 1_000_000
# PostgreSQL stores moments that Python cannot read back, such as the year 1 in a zone east of Greenwich.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FINEST = Decimal("0.0001")
NOTHING: Mapping[str, Any] = {}


class Unreadable(Exception):
    """A part of an order is not what Amazon's model promises. ``detail`` names the part, never its value."""

    def __init__(self, detail: Wording) -> None:
        super().__init__(detail)
        self.detail = detail


def section(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = node.get(key)
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise Unreadable(wording("%(field)s is no object", field=key))
    return value


def rows(node: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    value = node.get(key)
    if value is None:
        return
    if not isinstance(value, list):
        raise Unreadable(wording("%(field)s is no list", field=key))
    for row in value:
        if not isinstance(row, dict):
            raise Unreadable(wording("%(field)s holds something that is no object", field=key))
        yield row


def words(node: Mapping[str, Any], key: str) -> list[str]:
    value = node.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(wording("%(field)s is no list", field=key))
    return [word for word in value if isinstance(word, str)]


def text(node: Mapping[str, Any], key: str, *, longest: int | None = None) -> str:
    value = node.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(wording("%(field)s is no text", field=key))
    if longest is not None and len(value) > longest:
        raise Unreadable(wording("%(field)s is longer than %(most)s characters", field=key, most=longest))
    return value


def needed_text(node: Mapping[str, Any], key: str, *, longest: int) -> str:
    value = text(node, key, longest=longest)
    if not value:
        raise Unreadable(wording("%(field)s is missing", field=key))
    return value


def quantity(node: Mapping[str, Any], key: str, *, default: int | None = None) -> int:
    value = node.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(wording("%(field)s is no whole number", field=key))
    if not 0 <= value <= LARGEST_QUANTITY:
        raise Unreadable(
            wording("%(field)s is not between %(least)s and %(most)s", field=key, least=0, most=LARGEST_QUANTITY)
        )
    return value


def moment(node: Mapping[str, Any], key: str) -> datetime | None:
    value = node.get(key)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unreadable(wording("%(field)s is no ISO 8601 time", field=key)) from error
    if parsed.tzinfo is None:
        raise Unreadable(wording("%(field)s has no time zone", field=key))
    if not EARLIEST <= parsed < LATEST:
        raise Unreadable(
            wording("%(field)s is not between %(least)s and %(most)s", field=key, least=EARLIEST.year, most=LATEST.year)
        )
    return parsed


def needed_moment(node: Mapping[str, Any], key: str) -> datetime:
    value = moment(node, key)
    if value is None:
        raise Unreadable(wording("%(field)s is missing", field=key))
    return value


def amount(money: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    """Amount and currency of one of Amazon's ``Money`` objects; ``None`` where there is none."""
    if not money:
        return None
    value, currency = money.get("amount"), money.get("currencyCode")
    if not isinstance(value, str) or not isinstance(currency, str) or len(currency) != 3:
        raise Unreadable(wording("amount or currencyCode is no text"))
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Unreadable(wording("amount is no number")) from error
    if not number.is_finite() or abs(number) >= LARGEST_AMOUNT or number % FINEST:
        raise Unreadable(wording("amount is too large or too fine"))
    return number + 0, currency.upper()
