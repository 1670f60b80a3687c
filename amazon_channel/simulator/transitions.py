"""What can happen to an order, as changes of its complete Amazon JSON.

Each function changes the document it is given. None of them looks at who asks or whether it is allowed.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import statuses
from .money import minor_units
from .proceeds import order_proceeds, reprice_item, split_proceeds
from .timestamps import write_timestamp

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Package:
    """One package as confirmed: which units of which order items, and how they travel."""

    reference: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    quantities: Mapping[str, int]  # order item id -> units
    service: str = ""
    transparency_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_effect_at: datetime | None = None  # when a confirmation that was taken shows


def items(document: object) -> list[Json]:
    """The order items that can be read as such; a spoilt document has fewer, or none."""
    listed = document.get("orderItems") if isinstance(document, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def packages(document: object) -> list[Json]:
    listed = document.get("packages") if isinstance(document, dict) else None
    return [package for package in listed if isinstance(package, dict)] if isinstance(listed, list) else []


def left_to_ship(document: object) -> dict[str, int]:
    """Units not yet fulfilled, by order item id."""
    left = {}
    for item in items(document):
        ordered = item.get("quantityOrdered")
        left[str(item.get("orderItemId"))] = (ordered if isinstance(ordered, int) else 0) - _fulfilled(item)
    return left


def packed_quantities(document: object, reference: str) -> dict[str, int]:
    """What the package of that reference holds now; empty when there is none."""
    for package in packages(document):
        if package.get("packageReferenceId") == reference:
            return {row["orderItemId"]: row["quantity"] for row in package.get("packageItems", [])}
    return {}


def set_status(document: Json, status: str) -> None:
    document["fulfillment"]["fulfillmentStatus"] = status


def ship_package(document: Json, package: Package, at: datetime) -> None:
    """Add the package, or replace the one of the same reference, and move quantities and status accordingly."""
    before = packed_quantities(document, package.reference)
    for item in items(document):
        item_id = item["orderItemId"]
        change = package.quantities.get(item_id, 0) - before.get(item_id, 0)
        _fulfil(item, _fulfilled(item) + change)
    others = [other for other in packages(document) if other.get("packageReferenceId") != package.reference]
    document["packages"] = [*others, _package_json(package, at)]
    _settle(document)


def fulfil_all(document: Json) -> None:
    """Everything has left, without a package of the merchant's: how Amazon ships its own."""
    for item in items(document):
        _fulfil(item, item["quantityOrdered"])
    set_status(document, statuses.SHIPPED)


def cancel(document: Json, *, by: str, reason: str) -> None:
    """Cancel the whole order: lines stay with quantity 0, and nothing is received for them."""
    for item in items(document):
        item["quantityOrdered"] = 0
        _fulfil(item, 0)
        item.pop("proceeds", None)
        item.setdefault("cancellation", {})["cancellationExecution"] = {
            "cancelledBy": by,
            "cancelReason": reason,
        }
    document.pop("proceeds", None)
    set_status(document, statuses.CANCELLED)


def cancel_units(document: Json, item_id: str, quantity: int, currency: str) -> None:
    """Take `quantity` units off one line, as far as they are unshipped; the order lives on.

    ITEM proceeds follow the quantity. Only item tax follows with it; shipping stays as charged.
    """
    item = _item(document, item_id)
    unit_price = item["product"].get("price", {}).get("unitPrice", {})
    item["quantityOrdered"] -= min(quantity, item["quantityOrdered"] - _fulfilled(item))
    _fulfil(item, _fulfilled(item))
    if unit_price:
        reprice(document, item_id, unit_price["amount"], currency)
    if not any(line["quantityOrdered"] for line in items(document)):
        cancel(document, by="MERCHANT", reason="NoInventory")
    else:
        _settle(document)


def add_units(document: Json, item_id: str, quantity: int, currency: str) -> None:
    """More units of one line at its price; ITEM proceeds and item tax follow."""
    item = _item(document, item_id)
    item["quantityOrdered"] += quantity
    _fulfil(item, _fulfilled(item))
    reprice(document, item_id, item["product"]["price"]["unitPrice"]["amount"], currency)
    if document["fulfillment"]["fulfillmentStatus"] not in statuses.AWAITING_PAYMENT:
        _settle(document)


def split_item(document: Json, item_id: str, new_id: str, quantity: int, currency: str) -> None:
    """Move `quantity` unshipped units of one line to a new line; the sum of the order stays, as does its status.

    ITEM proceeds and item tax go with the units, other charges stay with the old line.
    """
    item = _item(document, item_id)
    if not 0 < quantity <= item["quantityOrdered"] - _fulfilled(item) or quantity == item["quantityOrdered"]:
        raise ValueError(f"{quantity} units cannot be split off item {item_id}")
    twin = copy.deepcopy(item)
    twin["orderItemId"] = new_id
    twin["quantityOrdered"] = quantity
    _fulfil(twin, 0)
    item["quantityOrdered"] -= quantity
    _fulfil(item, _fulfilled(item))
    items_before = document["orderItems"]
    position = items_before.index(item) + 1
    document["orderItems"] = [*items_before[:position], twin, *items_before[position:]]
    if "proceeds" in item:
        twin["proceeds"] = split_proceeds(item["proceeds"], quantity, quantity + item["quantityOrdered"], currency)
        document["proceeds"] = order_proceeds([line["proceeds"] for line in items(document)], currency)


def request_cancellation(document: Json, reason: str) -> None:
    """The buyer asks; nothing else changes. Amazon names this on each item."""
    for item in items(document):
        item.setdefault("cancellation", {})["cancellationRequest"] = {
            "requester": "BUYER",
            "cancelReason": reason,
        }


def withdraw_request(document: Json) -> None:
    """The buyer keeps the order after all, and Amazon names the request no more."""
    for item in items(document):
        item.get("cancellation", {}).pop("cancellationRequest", None)


def deliver(document: Json) -> None:
    for package in packages(document):
        package["packageStatus"] = {"status": "DELIVERED", "detailedStatus": "DELIVERED"}


def reprice(document: Json, item_id: str, unit_price: str, currency: str) -> None:
    reprice_item(_item(document, item_id), minor_units(unit_price, currency), currency)
    document["proceeds"] = order_proceeds([item["proceeds"] for item in items(document)], currency)


def _item(document: Json, item_id: str) -> Json:
    for item in items(document):
        if item["orderItemId"] == item_id:
            return item
    raise ValueError(f"no order item {item_id}")


def _fulfilled(item: Json) -> int:
    fulfillment = item.get("fulfillment")
    quantity = fulfillment.get("quantityFulfilled", 0) if isinstance(fulfillment, dict) else 0
    return quantity if isinstance(quantity, int) else 0


def _fulfil(item: Json, quantity: int) -> None:
    fulfillment = item.setdefault("fulfillment", {})
    fulfillment["quantityFulfilled"] = quantity
    fulfillment["quantityUnfulfilled"] = item["quantityOrdered"] - quantity


def _settle(document: Json) -> None:
    """The status that the quantities speak of."""
    left = left_to_ship(document)
    if not any(left.values()):
        set_status(document, statuses.SHIPPED)
    elif any(_fulfilled(item) for item in items(document)):
        set_status(document, statuses.PARTIALLY_SHIPPED)
    else:
        set_status(document, statuses.UNSHIPPED)


def _package_json(package: Package, at: datetime) -> Json:
    rows = []
    for item_id, quantity in package.quantities.items():
        row: Json = {"orderItemId": item_id, "quantity": quantity}
        if codes := package.transparency_codes.get(item_id):
            row["transparencyCodes"] = list(codes)
        rows.append(row)
    written: Json = {
        "packageReferenceId": package.reference,
        "createdTime": write_timestamp(at),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": package.carrier,
        "shipTime": write_timestamp(package.shipped_at),
        "trackingNumber": package.tracking_number,
        "packageItems": rows,
    }
    if package.service:
        written["shippingService"] = package.service
    return written
