"""Amazon's proceeds as the totals of a Commerce order.

``ITEM`` leaves out the tax that Amazon reports apart and includes it where it does not, so the parts always add up
to the grand total. The model does not say which sign ``DISCOUNT`` has; it is taken off whatever its sign.
Source: Orders API v2026-01-01, ``OrderProceeds`` and ``ItemProceeds``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from amazon_channel.mapping.reading import Unreadable, amount, rows, section, text
from commerce_orders.models.money import ZERO
from commerce_orders.services.drafts import Totals
from commerce_orders.wording import wording

PART_OF = {"ITEM": "subtotal", "SHIPPING": "shipping", "GIFT_WRAP": "gift_wrap", "TAX": "tax", "DISCOUNT": "discount"}
EVERYTHING_ELSE = "other"  # COD_FEE, DELIVERY_TIP, OTHER, and what Amazon adds


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """``totals`` is ``None`` while Amazon states no grand total; ``item_totals`` and prices are by item id."""

    currency: str
    totals: Totals | None
    item_totals: dict[str, Decimal]
    unit_prices: dict[str, Decimal]
    has_every_item_total: bool

    @property
    def sum_of_items(self) -> Decimal:
        return sum(self.item_totals.values(), ZERO)

    @property
    def sum_of_parts(self) -> Decimal:
        """What the grand total should be: the items where Amazon states each, else its subtotal, and the rest."""
        if self.totals is None:
            return ZERO
        parts = self.totals.sum_of_parts
        return parts - self.totals.subtotal + self.sum_of_items if self.has_every_item_total else parts

    @property
    def adds_up(self) -> bool:
        """Whether the parts make Amazon's grand total, to the last digit."""
        totals = self.totals
        return totals is None or totals.sum_of_parts == totals.grand_total == self.sum_of_parts


def read_money(order: Mapping[str, Any]) -> OrderMoney:
    """Raises ``Unreadable``, also where one order mixes currencies."""
    currencies: set[str] = set()
    item_totals, unit_prices, item_parts = {}, {}, []
    for item in rows(order, "orderItems"):
        item_id = text(item, "orderItemId")
        price = _take(section(section(section(item, "product"), "price"), "unitPrice"), currencies)
        if price is not None:
            unit_prices[item_id] = price
        parts = _parts(rows(section(item, "proceeds"), "breakdowns"), currencies)
        item_parts.append(parts)
        if "subtotal" in parts:
            item_totals[item_id] = parts["subtotal"]
    proceeds = section(order, "proceeds")
    grand_total = _take(section(proceeds, "grandTotal"), currencies)
    parts = _parts(rows(proceeds, "breakdowns"), currencies) or _sum_of(item_parts)
    if len(currencies) > 1:
        raise Unreadable(wording("an order in more than one currency"))
    return OrderMoney(
        currency=next(iter(currencies), ""),
        totals=None if grand_total is None else Totals(grand_total=grand_total, **parts),
        item_totals=item_totals,
        unit_prices=unit_prices,
        has_every_item_total=all("subtotal" in parts for parts in item_parts),
    )


def _parts(breakdowns: Iterable[Mapping[str, Any]], currencies: set[str]) -> dict[str, Decimal]:
    parts: dict[str, Decimal] = {}
    for breakdown in breakdowns:
        value = _take(section(breakdown, "subtotal"), currencies)
        if value is None:
            continue
        part = PART_OF.get(text(breakdown, "type"), EVERYTHING_ELSE)
        parts[part] = parts.get(part, ZERO) + (abs(value) if part == "discount" else value)
    return parts


def _sum_of(items: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for parts in items:
        for part, value in parts.items():
            total[part] = total.get(part, ZERO) + value
    return total


def _take(money: Mapping[str, Any], currencies: set[str]) -> Decimal | None:
    read = amount(money)
    if read is None:
        return None
    currencies.add(read[1])
    return read[0]
