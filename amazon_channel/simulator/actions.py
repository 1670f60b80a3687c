"""What a demo or test can do to an order, by the name of the action."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import merge_patch, statuses, transitions
from .marketplaces import MARKETPLACES
from .new_orders import read_moment
from .orders import Order
from .timestamps import read_timestamp
from .world import World

Json = dict[str, Any]
_Change = Callable[[Json, Order, Json, datetime], None]


def act(world: World, order: Order, action: str, args: Json) -> None:
    """Carry out one action; ValueError names an unknown one or what stands against it.

    `bump` (default true) moves lastUpdatedTime to now, `last_updated` sets it.
    """
    bump = bool(args.get("bump", True))
    at = read_timestamp(args["last_updated"]) if args.get("last_updated") else None
    if action == "list":
        order.listed = bool(args.get("listed", True))
        order.visible_at = read_moment(args, "visible", world.clock.now())
        world.note(order, world.clock.now(), "listed" if order.listed else "unlisted")
        return
    document: Any = order.document
    if action in {"replace", "merge"} and "json" not in args:
        raise ValueError(f"{action} needs json")
    if action == "replace":
        document = args.get("json")
    elif action == "merge":
        document = merge_patch.merge(document, args.get("json"))
    elif change := _CHANGES.get(action):
        try:
            change(document, order, args, world.clock.now())
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the order's JSON does not allow {action}: {error!r}") from error
    else:
        raise ValueError(f"action can be {', '.join(ACTIONS)}")
    world.change(order, document, action, bump=bump, at=at)


def _verify(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Payment is verified. With `details_in_seconds` prices and people appear only later."""
    _require(order, statuses.AWAITING_PAYMENT)
    order.details_at = read_moment(args, "details", now)
    transitions.set_status(document, statuses.UNSHIPPED)


def _cancel(document: Json, order: Order, args: Json, now: datetime) -> None:
    transitions.cancel(document, by=args.get("by", "BUYER"), reason=args.get("reason", "Ordered by mistake"))


def _cancel_units(document: Json, order: Order, args: Json, now: datetime) -> None:
    _require_nothing_awaited(order)
    item_id = _item_id(document, args)
    currency = MARKETPLACES[order.marketplace_id].currency
    transitions.cancel_units(document, item_id, int(args.get("quantity", 1)), currency)


def _uncancel(document: Json, order: Order, args: Json, now: datetime) -> None:
    """As if the cancellation had never been, which happens where Amazon made it by mistake."""
    _require(order, {statuses.CANCELLED})
    if not order.before_cancellation:
        raise ValueError("the order was never anything but cancelled")
    document.clear()
    document.update(json.loads(order.before_cancellation))


def _add_units(document: Json, order: Order, args: Json, now: datetime) -> None:
    currency = MARKETPLACES[order.marketplace_id].currency
    transitions.add_units(document, _item_id(document, args), int(args.get("quantity", 1)), currency)


def _split_item(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Part of an item (default: one unit) becomes an item of its own, with the `new_order_item_id`."""
    currency = MARKETPLACES[order.marketplace_id].currency
    new_id = str(args.get("new_order_item_id") or 90_000_000_000_001 + len(document["orderItems"]))
    transitions.split_item(document, _item_id(document, args), new_id, int(args.get("quantity", 1)), currency)


def _set_status(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Any text, also one that Amazon has not invented yet; nothing else changes."""
    if not isinstance(args.get("status"), str):
        raise ValueError("set_status needs a status")
    transitions.set_status(document, args["status"])


def _unfulfillable(document: Json, order: Order, args: Json, now: datetime) -> None:
    transitions.set_status(document, statuses.UNFULFILLABLE)


def _item_id(document: Json, args: Json) -> str:
    return str(args.get("order_item_id") or document["orderItems"][0]["orderItemId"])


def _request_cancellation(document: Json, order: Order, args: Json, now: datetime) -> None:
    transitions.request_cancellation(document, args.get("reason", "No longer needed"))


def _withdraw_request(document: Json, order: Order, args: Json, now: datetime) -> None:
    transitions.withdraw_request(document)


def _ship(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Somebody ships in Seller Central: all that is left, or the `items` {order item id: units} given."""
    _require(order, statuses.TO_SHIP)
    _require_nothing_awaited(order)
    left = {item_id: units for item_id, units in transitions.left_to_ship(document).items() if units > 0}
    quantities = {item_id: int(units) for item_id, units in (args.get("items") or left).items()}
    if any(units > left.get(item_id, 0) for item_id, units in quantities.items()):
        raise ValueError(f"left to ship: {left}")
    package = transitions.Package(
        reference=str(args.get("package_reference_id") or 9_000_001 + len(transitions.packages(document))),
        carrier=args.get("carrier", "UPS"),
        tracking_number=args.get("tracking_number", "1Z999AA10123456784"),
        shipped_at=now,
        quantities=quantities,
        service=args.get("shipping_method", ""),
    )
    transitions.ship_package(document, package, now)


def _fulfil_fba(document: Json, order: Order, args: Json, now: datetime) -> None:
    if order.fulfilled_by != statuses.AMAZON:
        raise ValueError("the order is not fulfilled by Amazon")
    transitions.fulfil_all(document)


def _deliver(document: Json, order: Order, args: Json, now: datetime) -> None:
    _require(order, {statuses.SHIPPED})
    transitions.deliver(document)


def _reprice(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Give an item (default: the first) the `unit_price`, a decimal text in the order's currency."""
    item_id = _item_id(document, args)
    currency = MARKETPLACES[order.marketplace_id].currency
    if args.get("unit_price") is None:
        raise ValueError("reprice needs a unit_price")
    transitions.reprice(document, item_id, str(args["unit_price"]), currency)


def _touch(document: Json, order: Order, args: Json, now: datetime) -> None:
    """Nothing changes but the time of the last update."""


def _reveal_details(document: Json, order: Order, args: Json, now: datetime) -> None:
    order.details_at = None


def _require(order: Order, allowed: frozenset[str] | set[str]) -> None:
    if order.status not in allowed:
        raise ValueError(f"the order is {order.status}, not {' or '.join(sorted(allowed))}")


def _require_nothing_awaited(order: Order) -> None:
    """Units that Amazon was told have left can neither leave once more nor be cancelled."""
    if order.awaiting:
        raise ValueError("a confirmed package is still to take effect")


_CHANGES: dict[str, _Change] = {
    "verify": _verify,
    "cancel": _cancel,
    "uncancel": _uncancel,
    "cancel_units": _cancel_units,
    "add_units": _add_units,
    "split_item": _split_item,
    "request_cancellation": _request_cancellation,
    "withdraw_request": _withdraw_request,
    "ship": _ship,
    "fulfil_fba": _fulfil_fba,
    "deliver": _deliver,
    "reprice": _reprice,
    "unfulfillable": _unfulfillable,
    "set_status": _set_status,
    "touch": _touch,
    "reveal_details": _reveal_details,
}
ACTIONS = (*_CHANGES, "list", "merge", "replace")
