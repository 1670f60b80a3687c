"""Typed reading of Amazon's JSON. What is missing is empty; what has another type is refused with its path."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from commerce_orders.models.money import LARGEST_AMOUNT

LARGEST_QUANTITY = 1_000_000
# PostgreSQL stores moments that Python cannot read back, such as the year 1 in a zone east of Greenwich.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FINEST = Decimal("0.0001")
NOTHING: Mapping[str, Any] = {}


class Unreadable(Exception):
    """A part of an order is not what Amazon's model promises. The text names the part, never its value."""


def section(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = node.get(key)
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise Unreadable(f"{key} is no object")
    return value


def rows(node: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    value = node.get(key)
    if value is None:
        return
    if not isinstance(value, list):
        raise Unreadable(f"{key} is no list")
    for row in value:
        if not isinstance(row, dict):
            raise Unreadable(f"{key} holds something that is no object")
        yield row


def words(node: Mapping[str, Any], key: str) -> list[str]:
    value = node.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{key} is no list")
    return [word for word in value if isinstance(word, str)]


def text(node: Mapping[str, Any], key: str, *, longest: int | None = None) -> str:
    value = node.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{key} is no text")
    if longest is not None and len(value) > longest:
        raise Unreadable(f"{key} is longer than {longest} characters")
    return value


def needed_text(node: Mapping[str, Any], key: str, *, longest: int) -> str:
    value = text(node, key, longest=longest)
    if not value:
        raise Unreadable(f"{key} is missing")
    return value


def quantity(node: Mapping[str, Any], key: str, *, default: int | None = None) -> int:
    value = node.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{key} is no whole number")
    if not 0 <= value <= LARGEST_QUANTITY:
        raise Unreadable(f"{key} is not between 0 and {LARGEST_QUANTITY}")
    return value


def moment(node: Mapping[str, Any], key: str) -> datetime | None:
    value = node.get(key)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unreadable(f"{key} is no ISO 8601 time") from error
    if parsed.tzinfo is None:
        raise Unreadable(f"{key} has no time zone")
    if not EARLIEST <= parsed < LATEST:
        raise Unreadable(f"{key} is not between {EARLIEST.year} and {LATEST.year}")
    return parsed


def needed_moment(node: Mapping[str, Any], key: str) -> datetime:
    value = moment(node, key)
    if value is None:
        raise Unreadable(f"{key} is missing")
    return value


def amount(money: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    """Amount and currency of one of Amazon's ``Money`` objects; ``None`` where there is none."""
    if not money:
        return None
    value, currency = money.get("amount"), money.get("currencyCode")
    if not isinstance(value, str) or not isinstance(currency, str) or len(currency) != 3:
        raise Unreadable("amount or currencyCode is no text")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Unreadable("amount is no number") from error
    if not number.is_finite() or abs(number) >= LARGEST_AMOUNT or number % FINEST:
        raise Unreadable("amount is too large or too fine")
    return number + 0, currency.upper()
