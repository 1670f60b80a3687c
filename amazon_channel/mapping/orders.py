"""One of Amazon's orders, read: pure, without database or network."""

import hashlib
import marshal
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from amazon_channel import states
from amazon_channel.mapping.money import OrderMoney, read_money
from amazon_channel.mapping.personal import personal_details, without_personal_data
from amazon_channel.mapping.reading import (
    Unreadable,
    moment,
    needed_moment,
    needed_text,
    quantity,
    rows,
    section,
    text,
    words,
)
from amazon_channel.states import Problem
from commerce_orders.wording import wording
from customers.models import PersonalDetails

ON_AMAZON = "AMAZON"
LONGEST_ORDER_ID = 64
ORDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # it becomes part of addresses, ours and Amazon's
REPLACEMENTS = frozenset({"REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"})


@dataclass(frozen=True, slots=True)
class ItemReading:
    order_item_id: str
    sku: str
    asin: str
    title: str
    quantity_ordered: int
    quantity_shipped: int


@dataclass(frozen=True, slots=True)
class PackageReading:
    """A package as Amazon holds it; ``quantities`` is units by order item id."""

    reference: str
    carrier: str
    shipping_service: str
    tracking_number: str
    shipped_at: datetime | None
    quantities: dict[str, int]


@dataclass(frozen=True, slots=True)
class OrderReading:
    """An order at one version. ``payload`` is Amazon's JSON without personal data."""

    amazon_order_id: str
    last_updated_at: datetime
    content_hash: str
    payload: dict[str, Any]
    purchased_at: datetime
    marketplace_id: str
    is_placed_on_amazon: bool
    status: str
    fulfilled_by: str
    ship_by: datetime | None
    deliver_by: datetime | None
    is_prime: bool
    is_business: bool
    is_replacement: bool
    buyer_wants_to_cancel: bool
    money: OrderMoney
    details: PersonalDetails
    items: tuple[ItemReading, ...]
    packages: tuple[PackageReading, ...]

    @property
    def units_ordered(self) -> int:
        return sum(item.quantity_ordered for item in self.items)

    @property
    def units_to_ship(self) -> int:
        if self.status not in states.TO_SHIP:
            return 0
        return sum(max(item.quantity_ordered - item.quantity_shipped, 0) for item in self.items)

    @property
    def is_fulfilled_by_amazon(self) -> bool:
        return self.fulfilled_by == states.AMAZON


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """An order that makes no sense, or that could not be stored. Kept with its reason until a later version does."""

    amazon_order_id: str
    last_updated_at: datetime | None
    content_hash: str
    payload: Any
    reason: str
    problem: Problem = Problem.UNREADABLE


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one version of an order from another, without reading the rest."""

    amazon_order_id: str
    last_updated_at: datetime | None
    content_hash: str


def identify(raw: Any) -> Version:
    """Never raises: an order without a readable number gets one made of its content."""
    content_hash = _hash_content(raw)
    known = raw if isinstance(raw, dict) else {}
    order_id = known.get("orderId")
    if not isinstance(order_id, str) or len(order_id) > LONGEST_ORDER_ID or not ORDER_ID.fullmatch(order_id):
        order_id = f"unreadable-{content_hash[:12]}"
    try:
        last_updated_at = moment(known, "lastUpdatedTime")
    except Unreadable:
        last_updated_at = None
    return Version(order_id, last_updated_at, content_hash)


def read_order(raw: Any, version: Version) -> OrderReading | UnreadableOrder:
    """Never raises: what cannot be read becomes an ``UnreadableOrder`` with the reason."""
    payload: Any = {}
    try:
        payload = without_personal_data(raw)
        if not isinstance(raw, dict):
            raise Unreadable(wording("the order is no object"))
        return _read(raw, version, payload)
    except Unreadable as error:
        return UnreadableOrder(
            amazon_order_id=version.amazon_order_id,
            last_updated_at=version.last_updated_at,
            content_hash=version.content_hash,
            payload=payload,
            reason=error.detail,
        )


def public_part(raw: Any) -> Any:
    """What may be kept of an order that is not to be read: Amazon's JSON without personal data, or nothing."""
    try:
        return without_personal_data(raw) if isinstance(raw, dict) else {}
    except Unreadable:
        return {}


def _hash_content(raw: Any) -> str:
    """Keyed hash of the whole order, personal data included: two versions with one time differ by it."""
    lasting = _without_fading_phone(raw)
    try:
        content = orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # nested too deeply, or too large a number: it will be unreadable, and still needs a version
        content = marshal.dumps(lasting, 2)
    return hashlib.blake2b(content, digest_size=16, key=settings.FIELD_ENCRYPTION_KEYS[-1]).hexdigest()


def _without_fading_phone(raw: Any) -> Any:
    """``raw`` as it will last: of a shipped order Amazon leaves out the phone from deliver-by on.

    Source: the model's ``CustomerAddress.phone``. The order keeps its time, and is no other version by it.
    """
    match raw:
        case {"fulfillment": {"fulfillmentStatus": states.SHIPPED}, "recipient": {"deliveryAddress": {"phone": _}}}:
            recipient, address = raw["recipient"], raw["recipient"]["deliveryAddress"]
            lasting = {name: value for name, value in address.items() if name != "phone"}
            return raw | {"recipient": recipient | {"deliveryAddress": lasting}}
    return raw


def _read(raw: dict[str, Any], version: Version, payload: dict[str, Any]) -> OrderReading:
    fulfillment = section(raw, "fulfillment")
    channel = section(raw, "salesChannel")
    programs = words(raw, "programs")
    items = list(rows(raw, "orderItems"))
    if not items:
        raise Unreadable(wording("orderItems is missing"))
    if needed_text(raw, "orderId", longest=LONGEST_ORDER_ID) != version.amazon_order_id:
        raise Unreadable(wording("orderId is no order number"))
    return OrderReading(
        amazon_order_id=version.amazon_order_id,
        last_updated_at=needed_moment(raw, "lastUpdatedTime"),
        content_hash=version.content_hash,
        payload=payload,
        purchased_at=needed_moment(raw, "createdTime"),
        marketplace_id=text(channel, "marketplaceId", longest=20),
        is_placed_on_amazon=text(channel, "channelName") in {"", ON_AMAZON},
        # Asked for in every call: without it the reply is incomplete, and says nothing of "unshipped".
        status=needed_text(fulfillment, "fulfillmentStatus", longest=40),
        fulfilled_by=text(fulfillment, "fulfilledBy", longest=20),
        ship_by=moment(section(fulfillment, "shipByWindow"), "latestDateTime"),
        deliver_by=moment(section(fulfillment, "deliverByWindow"), "latestDateTime"),
        is_prime="PRIME" in programs,
        is_business="AMAZON_BUSINESS" in programs,
        is_replacement=any(text(other, "associationType") in REPLACEMENTS for other in rows(raw, "associatedOrders")),
        buyer_wants_to_cancel=any(
            text(section(section(item, "cancellation"), "cancellationRequest"), "requester") == "BUYER"
            for item in items
        ),
        money=read_money(raw),
        details=personal_details(raw),
        items=_items(items),
        packages=read_packages(raw),
    )


def read_packages(order: Mapping[str, Any]) -> tuple[PackageReading, ...]:
    """The packages that Amazon holds of an order. Raises ``Unreadable``."""
    return tuple(_package(package) for package in rows(order, "packages"))


def _items(rows: Iterable[Mapping[str, Any]]) -> tuple[ItemReading, ...]:
    items = tuple(_item(row) for row in rows)
    if len({item.order_item_id for item in items}) < len(items):
        raise Unreadable(wording("orderItemId comes twice"))
    return items


def _item(item: Mapping[str, Any]) -> ItemReading:
    product = section(item, "product")
    return ItemReading(
        order_item_id=needed_text(item, "orderItemId", longest=64),
        sku=text(product, "sellerSku", longest=120),
        asin=text(product, "asin", longest=20),
        title=text(product, "title"),
        quantity_ordered=quantity(item, "quantityOrdered"),
        quantity_shipped=quantity(section(item, "fulfillment"), "quantityFulfilled", default=0),
    )


def _package(package: Mapping[str, Any]) -> PackageReading:
    quantities: dict[str, int] = {}
    for item in rows(package, "packageItems"):
        item_id = text(item, "orderItemId")
        quantities[item_id] = quantities.get(item_id, 0) + quantity(item, "quantity")
    return PackageReading(
        reference=needed_text(package, "packageReferenceId", longest=64),
        carrier=text(package, "carrier", longest=60),
        shipping_service=text(package, "shippingService", longest=60),
        tracking_number=text(package, "trackingNumber", longest=100),
        shipped_at=moment(package, "shipTime"),
        quantities=quantities,
    )
