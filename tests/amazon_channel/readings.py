"""Amazon's orders as Python, for tests of the mapping, which needs neither database nor network."""

import json
from typing import Any

from amazon_channel.mapping.orders import OrderReading, UnreadableOrder, identify, read_order
from amazon_channel.simulator import Simulator
from amazon_channel.simulator.merge_patch import merge
from tests.amazon_channel.gateways import PLAIN
from tests.factories import NOW

Json = dict[str, Any]


def usd(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "USD"}


def proceeds(total: str, amount: str) -> Json:
    return {total: usd(amount), "breakdowns": [{"type": "ITEM", "subtotal": usd(amount)}]}


def plain_order(**changes: Any) -> Json:
    """Two items at 10.00 USD, 2 and 1 units, without tax; ``changes`` are merged into it (RFC 7396)."""
    simulator = Simulator(seed=1, now=NOW)
    items = [
        {"sku": "SKU-1", "quantity": 2, "unit_price": "10.00"},
        {"sku": "SKU-2", "quantity": 1, "unit_price": "10.00"},
    ]
    order = simulator.order(simulator.create_orders(**PLAIN | {"items": items})[0])
    del order["_simulator"]
    for item in order["orderItems"]:
        item["proceeds"] = proceeds("proceedsTotal", f"{10 * item['quantityOrdered']}.00")
    order["proceeds"] = proceeds("grandTotal", "30.00")
    return merge(order, changes)


def many_orders(count: int, **request: Any) -> list[Json]:
    simulator = Simulator(seed=7, now=NOW)
    return [simulator.order(order_id) for order_id in simulator.create_orders(count=count, **request)]


def changed(order: Json, path: str, value: Any) -> Json:
    """A copy of ``order`` with ``value`` at ``path`` (dots between keys and positions); ``...`` removes it."""
    order = json.loads(json.dumps(order))
    node: Any = order
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in steps:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return order


def read(raw: Any) -> OrderReading:
    reading = read_order(raw, identify(raw))
    assert isinstance(reading, OrderReading), reading
    return reading


def refuse(raw: Any) -> UnreadableOrder:
    reading = read_order(raw, identify(raw))
    assert isinstance(reading, UnreadableOrder)
    return reading
