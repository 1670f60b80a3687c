"""What a reader of an order may see: by `includedData`, by the seller's roles, by the state of the order.

Sources: the Amazon pages "Get Order Information" and "Access Orders PII".
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import statuses, transitions
from .options import DIRECT_TO_CONSUMER_SHIPPING, TAX_INVOICING, TAX_REMITTANCE
from .orders import Order

Json = dict[str, Any]

_ORDER_PARTS = {
    "BUYER": "buyer",
    "RECIPIENT": "recipient",
    "FULFILLMENT": "fulfillment",
    "PROCEEDS": "proceeds",
    "PACKAGES": "packages",
    "TAX": "tax",
    "PAYMENT": "payment",
    "FULFILLMENT_ORDERS": "fulfillmentOrders",
}
_ITEM_PARTS = {
    "FULFILLMENT": "fulfillment",
    "PROCEEDS": "proceeds",
    "EXPENSE": "expense",
    "PROMOTION": "promotion",
    "CANCELLATION": "cancellation",
    "TAX": "tax",
}
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
INCLUDED_DATA = frozenset(_ORDER_PARTS) | frozenset(_ITEM_PARTS)

_PUBLIC_ADDRESS = ("city", "districtOrCounty", "stateOrRegion", "municipality", "countryCode", "addressType")
_TAX_ROLES = {TAX_INVOICING, TAX_REMITTANCE}
# Amazon page "Access Orders PII": here the tax roles do not give the buyer's name.
_NO_NAME_FOR_TAX = {"ATVPDKIKX0DER", "A1VC38T7YXB528", "A19VAU5U5O7RUS"}


@dataclass(frozen=True, slots=True)
class View:
    """Who reads: the parts asked for and the roles held."""

    included: frozenset[str]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What of one order is open now to one view; equal sights of an unchanged order give equal JSON."""

    view: View
    has_details: bool
    has_people: bool
    has_phone: bool


def render(order: Order, view: View, now: datetime) -> bytes:
    """The order's JSON for that view, made once per change of the order or of what may be seen of it."""
    has_details = order.details_at is None or now >= order.details_at
    sight = _Sight(
        view,
        has_details=has_details and order.status not in statuses.AWAITING_PAYMENT,
        has_people=has_details and order.status in statuses.WITH_PERSONAL_DATA,
        has_phone=not (order.status == statuses.SHIPPED and order.deliver_by is not None and now > order.deliver_by),
    )
    if order.rendered is not None and order.rendered[0] == sight:
        return order.rendered[1]
    text = _write(_project(order, sight))
    try:
        rendered = text.encode()
    except UnicodeEncodeError:  # a lone surrogate, put there by a test: only an escape can carry it
        rendered = json.dumps(json.loads(text), separators=(",", ":")).encode()
    order.rendered = (sight, rendered)
    return rendered


def _project(order: Order, sight: _Sight) -> Any:
    document = order.document
    if not isinstance(document, dict):
        return document
    _drop_parts(document, _ORDER_PARTS, sight.view.included)
    for item in transitions.items(document):
        _drop_parts(item, _ITEM_PARTS, sight.view.included)
    if order.fulfilled_by == statuses.AMAZON:
        document.pop("packages", None)
    if not sight.has_details:
        _withhold_money(document)
    _withhold_people(document, order, sight)
    for name in _ORDER_PARTS.values():
        if document.get(name) in ({}, []):  # nothing left to show: Amazon leaves the object out
            del document[name]
    return document


def _drop_parts(part: Json, names: dict[str, str], included: Collection[str]) -> None:
    for datum, name in names.items():
        if datum not in included:
            part.pop(name, None)


def _withhold_money(document: Json) -> None:
    for name in ("proceeds", "payment", "tax"):
        document.pop(name, None)
    for item in transitions.items(document):
        for name in ("proceeds", "promotion", "expense", "tax"):
            item.pop(name, None)
        if isinstance(item.get("product"), dict):
            item["product"].pop("price", None)


def _withhold_people(document: Json, order: Order, sight: _Sight) -> None:
    roles = sight.view.roles
    by_merchant = order.fulfilled_by != statuses.AMAZON
    may_ship = by_merchant and DIRECT_TO_CONSUMER_SHIPPING in roles
    if not sight.has_people:
        document.pop("buyer", None)
        document.pop("recipient", None)
    if not (sight.has_people and may_ship):
        _withhold_texts(document)
    if not roles & _TAX_ROLES and isinstance(document.get("tax"), dict):
        document["tax"].pop("taxRegistrations", None)
    if isinstance(buyer := document.get("buyer"), dict):
        if not may_ship:
            buyer.pop("buyerEmail", None)
        by_tax_role = bool(roles & _TAX_ROLES) and order.marketplace_id not in _NO_NAME_FOR_TAX
        if not (may_ship or (by_merchant and by_tax_role)):
            buyer.pop("buyerName", None)
    if isinstance(recipient := document.get("recipient"), dict):
        if not may_ship:
            recipient.pop("deliveryPreference", None)
            if isinstance(address := recipient.get("deliveryAddress"), dict):
                recipient["deliveryAddress"] = {name: address[name] for name in _PUBLIC_ADDRESS if name in address}
        elif not sight.has_phone and isinstance(recipient.get("deliveryAddress"), dict):
            recipient["deliveryAddress"].pop("phone", None)


def _withhold_texts(document: Json) -> None:
    """Gift messages and customisation are written by the buyer: personal data."""
    for item in transitions.items(document):
        if isinstance(item.get("product"), dict):
            item["product"].pop("customization", None)
        packing = item.get("fulfillment", {}).get("packing") if isinstance(item.get("fulfillment"), dict) else None
        if isinstance(packing, dict) and isinstance(packing.get("giftOption"), dict):
            packing["giftOption"].pop("giftMessage", None)
