"""A request of a demo or test for new orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import statuses
from .factory import ANYTHING, FEATURES, Wish
from .marketplaces import MARKETPLACES
from .order_items import ScriptedItem
from .sellers import DEFAULT_SELLER
from .timestamps import read_timestamp

Json = dict[str, Any]

_MAX_COUNT = 1_000_000


@dataclass(frozen=True, slots=True)
class NewOrders:
    """`count` orders of one kind. Times are simulated; `order` is Amazon JSON merged over what is made up."""

    count: int = 1
    wish: Wish = ANYTHING
    seller: str = DEFAULT_SELLER
    created_at: datetime | None = None  # None: now
    updated_at: datetime | None = None  # None: as created
    order: Json | None = None
    exact: bool = False  # take `order` as it is, make nothing up
    visible_at: datetime | None = None
    listed: bool = True
    details_at: datetime | None = None
    details_bump: bool = True


def read_new_orders(request: Mapping[str, Any], now: datetime) -> NewOrders:
    """The request as control calls state it; ValueError names what cannot be read."""
    unknown = set(request) - _KEYS
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(_KEYS))}")
    count = request.get("count", 1)
    if not isinstance(count, int) or not 1 <= count <= _MAX_COUNT:
        raise ValueError(f"count must be a whole number from 1 to {_MAX_COUNT}")
    age = request.get("age_seconds")
    order = request.get("order")
    if order is not None and not isinstance(order, dict):
        raise ValueError("order must be a JSON object")
    if order and "orderId" in order and count > 1:
        raise ValueError("orders that share an orderId: count must be 1")
    if request.get("exact") and "orderId" not in (order or {}):
        raise ValueError("an exact order needs its orderId")
    return NewOrders(
        count=count,
        wish=_read_wish(request),
        seller=request.get("seller") or DEFAULT_SELLER,
        created_at=now - timedelta(seconds=float(age)) if age is not None else None,
        order=order,
        exact=bool(request.get("exact", False)),
        visible_at=read_moment(request, "visible", now),
        listed=bool(request.get("listed", True)),
        details_at=read_moment(request, "details", now),
        details_bump=bool(request.get("details_bump", True)),
    )


def read_moment(request: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    """`<name>_at` as a timestamp, or `<name>_in_seconds` from now."""
    if request.get(f"{name}_at") is not None:
        at = request[f"{name}_at"]
        return at if isinstance(at, datetime) else read_timestamp(at)
    if request.get(f"{name}_in_seconds") is not None:
        return now + timedelta(seconds=float(request[f"{name}_in_seconds"]))
    return None


def _read_wish(request: Mapping[str, Any]) -> Wish:
    marketplace_id = request.get("marketplace_id")
    if marketplace_id is not None and marketplace_id not in MARKETPLACES:
        raise ValueError(f"unknown marketplace_id {marketplace_id!r}")
    for name, allowed in (("status", statuses.ALL), ("fulfilled_by", (statuses.MERCHANT, statuses.AMAZON))):
        if request.get(name) not in (None, *allowed):
            raise ValueError(f"{name} can be {', '.join(allowed)}")
    features = request.get("features")
    if features is not None and not set(features) <= FEATURES:
        raise ValueError(f"features can be {', '.join(sorted(FEATURES))}")
    return Wish(
        status=request.get("status"),
        fulfilled_by=request.get("fulfilled_by"),
        marketplace_id=marketplace_id,
        items=_read_items(request.get("items")),
        features=frozenset(features) if features is not None else None,
    )


def _read_items(items: Any) -> int | tuple[ScriptedItem, ...] | None:
    if items is None or (isinstance(items, int) and 1 <= items <= 300):
        return items
    if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
        try:
            return tuple(ScriptedItem(**item) for item in items)
        except TypeError as error:
            raise ValueError("an item has sku, quantity, unit_price, title, asin") from error
    raise ValueError("items must be a number of lines from 1 to 300 or a list of objects")


_KEYS = {
    "count", "status", "fulfilled_by", "marketplace_id", "items", "features", "seller", "age_seconds", "order", "exact",
    "visible_at", "visible_in_seconds", "listed", "details_at", "details_in_seconds", "details_bump",
}  # fmt: skip
