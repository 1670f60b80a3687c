"""confirmShipment: reading the body and deciding whether Amazon would take it.

Sources: Amazon's Orders API v0 reference, the Amazon page "Confirm the Shipment Status", and replies seen in
production (GitHub, amzn/selling-partner-api-models 5037 and 5094).
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from . import statuses, transitions
from .orders import Order
from .rejections import (
    TOO_MANY_UPDATES,
    UNREADABLE_BODY,
    WRONG_ORDER_ITEM,
    WRONG_PACKAGE_REFERENCE,
    WRONG_SHIP_DATE,
    already_fulfilled,
    invalid_input,
    nonexistent_items,
    wrong_types,
)
from .timestamps import read_timestamp
from .transitions import Package

# The real list is only in Seller Central and differs by marketplace; these are names it is known to hold.
CARRIER_CODES = frozenset(
    {
        "4PX", "AMZL", "Amazon Shipping", "Aramex", "Australia Post", "BlueDart", "Canada Post", "China Post",
        "Chronopost", "City Link", "Colissimo", "Correios", "Correos", "DHL", "DHL eCommerce", "DHL Global Mail",
        "DPD", "DTDC", "Delhivery", "Deutsche Post", "Evri", "FEDEX_JP", "Fastway", "FedEx", "FedEx SmartPost",
        "GLS", "Hermes", "Hermes Logistik Gruppe", "India Post", "JP_EXPRESS", "JAPAN_POST", "La Poste",
        "Lasership", "NITTSU", "Newgistics", "NipponExpress", "OSM", "OnTrac", "Parcelforce", "PostNL", "PostNord",
        "Poste Italiane", "Purolator", "Royal Mail", "SAGAWA", "SDA", "SagawaExpress", "Sendle", "Singapore Post",
        "Streamlite", "TNT", "UPS", "UPS Mail Innovations", "UPSMI", "USPS", "YAMATO", "YamatoTransport", "Yanwen",
        "Yodel", "Yun Express", "bpost",
    }
)  # fmt: skip
OTHER_CARRIER = "Other"

_REFERENCE = re.compile(r"0*[1-9]\d{0,18}", re.ASCII)
_TEXTS = ("packageReferenceId", "carrierCode", "carrierName", "shippingMethod", "trackingNumber", "shipDate")


def read_confirmation(body: Any) -> tuple[str, Package]:
    """The marketplace id and package of a confirmShipment body; Rejection 400 where it is malformed."""
    if not isinstance(body, dict) or not isinstance(body.get("packageDetail"), dict):
        raise UNREADABLE_BODY
    detail = body["packageDetail"]
    wrong = [f"packageDetail.{name}" for name in _TEXTS if not isinstance(detail.get(name, ""), str)]
    if not isinstance(body.get("marketplaceId", ""), str):
        wrong.insert(0, "marketplaceId")
    if wrong:
        raise wrong_types(wrong)
    reference = detail.get("packageReferenceId", "")
    if not _REFERENCE.fullmatch(reference):
        raise WRONG_PACKAGE_REFERENCE
    try:
        shipped_at = read_timestamp(detail.get("shipDate"))
    except ValueError as error:
        raise WRONG_SHIP_DATE from error
    for name in ("marketplaceId", "trackingNumber"):
        if not (body if name == "marketplaceId" else detail).get(name, "").strip():
            raise invalid_input(f"{name} is missing or empty.")
    quantities, codes = _order_items(detail.get("orderItems"))
    package = Package(
        reference=reference,
        carrier=_carrier(detail),
        tracking_number=detail["trackingNumber"],
        shipped_at=shipped_at,
        quantities=quantities,
        service=detail.get("shippingMethod", ""),
        transparency_codes=codes,
    )
    return body["marketplaceId"], package


def check_confirmation(
    order: Order,
    marketplace_id: str,
    package: Package,
    *,
    awaiting: Iterable[Package],
    max_edits: int,
    now: datetime,
) -> None:
    """Raise Rejection 400 where Amazon would refuse this package of this order.

    `awaiting` are packages already taken whose effect is still to come: they count towards what is left.
    """
    _check_order(order, marketplace_id)
    if package.shipped_at > now + timedelta(days=1):
        raise invalid_input("ShipDate: is invalid, must not be in the future.")
    document = order.document
    left = transitions.left_to_ship(document)
    if not set(package.quantities) <= set(left):
        raise WRONG_ORDER_ITEM
    held = {
        p["packageReferenceId"]: transitions.packed_quantities(document, p["packageReferenceId"])
        for p in transitions.packages(document)
        if "packageReferenceId" in p
    }
    for earlier in awaiting:
        _shift(left, held.get(earlier.reference, {}), dict(earlier.quantities))
        held[earlier.reference] = dict(earlier.quantities)
    if package.reference in held:
        if order.edits.get(package.reference, 0) >= max_edits:
            raise TOO_MANY_UPDATES
        _shift(left, held[package.reference], {})
    elif not any(quantity > 0 for quantity in left.values()):
        raise already_fulfilled(order.id)
    for item_id, quantity in package.quantities.items():
        if quantity > left[item_id]:
            raise invalid_input(
                f"The quantity {quantity} of order item {item_id} is more than the {left[item_id]} left to ship."
            )


def _check_order(order: Order, marketplace_id: str) -> None:
    if marketplace_id != order.marketplace_id:
        raise invalid_input(f"MarketplaceId: {marketplace_id} is not the marketplace of order {order.id}.")
    if order.status == statuses.CANCELLED:
        raise nonexistent_items(order.id)
    if order.fulfilled_by != statuses.MERCHANT:
        raise invalid_input(f"Order {order.id} is fulfilled by Amazon and cannot be confirmed by the merchant.")
    if "FBM_SHIP_PLUS" in (order.document.get("programs") or ()):
        raise invalid_input("Ship+ orders do not support confirmShipment.")
    if order.status not in statuses.WITH_PERSONAL_DATA:
        raise invalid_input(f"Order {order.id} is {order.status} and cannot be confirmed yet.")


def _carrier(detail: dict[str, Any]) -> str:
    code = detail.get("carrierCode", "")
    if code == OTHER_CARRIER:
        name: str = detail.get("carrierName", "")
        if not name.strip():
            raise invalid_input("CarrierName: is required when CarrierCode is Other.")
        return name
    if code not in CARRIER_CODES:
        raise invalid_input(f"CarrierCode: {code} is not valid for this marketplace.")
    return str(code)


def _order_items(listed: Any) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    if not isinstance(listed, list) or not listed:
        raise WRONG_ORDER_ITEM
    quantities: dict[str, int] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for row in listed:
        if not isinstance(row, dict) or not isinstance(row.get("orderItemId"), str):
            raise WRONG_ORDER_ITEM
        item_id, quantity = row["orderItemId"], row.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise wrong_types(["packageDetail.orderItems.quantity"])
        if quantity < 1:
            raise invalid_input(f"Quantity: {quantity} is invalid, must be a positive number.")
        quantities[item_id] = quantities.get(item_id, 0) + quantity
        if row.get("transparencyCodes"):
            codes[item_id] = tuple(str(code) for code in row["transparencyCodes"])
    return quantities, codes


def _shift(left: dict[str, int], before: dict[str, int], after: dict[str, int]) -> None:
    """Take the units of `after` out of what is left, having put those of `before` back."""
    for item_id, quantity in before.items():
        left[item_id] = left.get(item_id, 0) + quantity
    for item_id, quantity in after.items():
        left[item_id] = left.get(item_id, 0) - quantity
