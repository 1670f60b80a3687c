"""Proceeds: what the seller receives, per item and per order, always adding up.

total = ITEM + SHIPPING + GIFT_WRAP + COD_FEE + TAX + OTHER - DISCOUNT, where DISCOUNT is a positive amount that
includes the shipping discount. Source: the Amazon page "Orders API Migration Guide", pricing attributes.
"""

from dataclasses import dataclass, field
from typing import Any

from .money import money, read_money

Json = dict[str, Any]


@dataclass(slots=True)
class Charges:
    """Amounts of one order item in minor units; tax and discount by what they belong to."""

    item: int
    shipping: int = 0
    gift_wrap: int = 0
    cod_fee: int = 0
    tax: dict[str, int] = field(default_factory=dict)
    discount: dict[str, int] = field(default_factory=dict)


def item_proceeds(charges: Charges, currency: str) -> Json:
    """Amazon's ItemProceeds. A category without an amount is left out, as Amazon does; ITEM always stays."""
    breakdowns: list[Json] = [{"type": "ITEM", "subtotal": money(charges.item, currency)}]
    for kind, amount in (
        ("SHIPPING", charges.shipping),
        ("GIFT_WRAP", charges.gift_wrap),
        ("COD_FEE", charges.cod_fee),
    ):
        if amount:
            breakdowns.append({"type": kind, "subtotal": money(amount, currency)})
    for kind, parts in (("TAX", charges.tax), ("DISCOUNT", charges.discount)):
        if parts:
            breakdowns.append(
                {
                    "type": kind,
                    "subtotal": money(sum(parts.values()), currency),
                    "detailedBreakdowns": [
                        {"subtype": subtype, "value": money(amount, currency)} for subtype, amount in parts.items()
                    ],
                }
            )
    return {"proceedsTotal": money(_total(breakdowns), currency), "breakdowns": breakdowns}


def order_proceeds(items: list[Json], currency: str) -> Json:
    """Amazon's OrderProceeds from the ItemProceeds of its items: each category summed, and the grand total."""
    subtotals: dict[str, int] = {}
    for proceeds in items:
        for breakdown in proceeds["breakdowns"]:
            kind = breakdown["type"]
            subtotals[kind] = subtotals.get(kind, 0) + read_money(breakdown["subtotal"])
    breakdowns = [{"type": kind, "subtotal": money(amount, currency)} for kind, amount in subtotals.items()]
    return {"grandTotal": money(_total(breakdowns), currency), "breakdowns": breakdowns}


def reprice_item(item: Json, unit_price: int, currency: str) -> None:
    """Give an item another unit price: ITEM follows, TAX on the item in proportion, then its total."""
    quantity = item["quantityOrdered"]
    item["product"]["price"] = item["product"].get("price", {}) | {"unitPrice": money(unit_price, currency)}
    proceeds = item.setdefault("proceeds", item_proceeds(Charges(item=0), currency))
    before = after = 0
    for breakdown in proceeds["breakdowns"]:
        if breakdown["type"] == "ITEM":
            before, after = read_money(breakdown["subtotal"]), unit_price * quantity
            breakdown["subtotal"] = money(after, currency)
        elif breakdown["type"] == "TAX" and before and (details := breakdown.get("detailedBreakdowns")):
            for detail in details:
                if detail["subtype"] == "ITEM":
                    detail["value"] = money(read_money(detail["value"]) * after // before, currency)
            breakdown["subtotal"] = money(sum(read_money(detail["value"]) for detail in details), currency)
    proceeds["proceedsTotal"] = money(_total(proceeds["breakdowns"]), currency)


def split_proceeds(proceeds: Json, units: int, of: int, currency: str) -> Json:
    """Take the share of `units` out of `of` out of an item's ITEM, TAX on it and DISCOUNT on it; its proceeds."""
    share = Charges(item=0)
    for breakdown in proceeds["breakdowns"]:
        taken = {"TAX": share.tax, "DISCOUNT": share.discount}.get(breakdown["type"])
        if breakdown["type"] == "ITEM":
            share.item = read_money(breakdown["subtotal"]) * units // of
            breakdown["subtotal"] = money(read_money(breakdown["subtotal"]) - share.item, currency)
        elif taken is not None:
            for detail in breakdown.get("detailedBreakdowns", []):
                if detail["subtype"] == "ITEM":
                    taken["ITEM"] = read_money(detail["value"]) * units // of
                    detail["value"] = money(read_money(detail["value"]) - taken["ITEM"], currency)
            breakdown["subtotal"] = money(read_money(breakdown["subtotal"]) - sum(taken.values()), currency)
    proceeds["proceedsTotal"] = money(_total(proceeds["breakdowns"]), currency)
    return item_proceeds(share, currency)


def _total(breakdowns: list[Json]) -> int:
    return sum(
        -read_money(breakdown["subtotal"]) if breakdown["type"] == "DISCOUNT" else read_money(breakdown["subtotal"])
        for breakdown in breakdowns
    )
