"""Two independent ledgers, read whole: what Amazon holds, and what our database holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

Row = dict[str, Any]
PAGE = 5_000
BY_HAND = range(9_000_001, 9_010_000)  # package references that the simulator gives to people in Seller Central

# Plain SQL: the ledger must not share our models' ideas of what a row is.
QUERIES = {
    "mirror": "SELECT id, account_id, amazon_order_id, status, fulfilled_by, last_updated_at, commerce_order_id, "
    "problem_code, problem_detail, problem_since, read_again_at, currency, grand_total "
    "FROM amazon_channel_amazonorder",
    "items": "SELECT order_id, order_item_id, quantity_ordered, quantity_shipped FROM amazon_channel_amazonorderitem",
    "orders": "SELECT id, number, status, channel_order_id, currency, subtotal, shipping, gift_wrap, tax, other, "
    "discount, grand_total, cancellation_requested_at FROM commerce_orders_order",
    "lines": "SELECT id, order_id, channel_line_id, quantity, quantity_shipped, quantity_canceled, total "
    "FROM commerce_orders_orderline",
    "shipments": "SELECT id, order_id, origin, tracking_number FROM commerce_orders_shipment",
    "shipment_lines": "SELECT shipment_id, line_id, quantity FROM commerce_orders_shipmentline",
    "confirmations": "SELECT id, amazon_order_id, shipment_id, package_reference_id, state, not_before "
    "FROM amazon_channel_shipmentconfirmation",
    "events": "SELECT id, order_id, kind, actor, from_status, to_status FROM commerce_orders_orderevent ORDER BY id",
    "pull_states": "SELECT account_id, cursor, leased_until, fence FROM amazon_channel_pullstate",
    "running": "SELECT id, account_id FROM amazon_channel_syncrun WHERE outcome = 'running'",
    "cancellations": "SELECT id, order_id, state FROM commerce_orders_cancellation",
    "products": "SELECT id, sku, quantity FROM commerce_orders_product",
    "reservations": "SELECT product_id, channel_order_id, channel_line_id, reserved, shipped "
    "FROM commerce_orders_reservation",
}
MOMENTS = {"last_updated_at", "problem_since", "read_again_at", "not_before", "cursor", "leased_until"}
AMOUNTS = {"subtotal", "shipping", "gift_wrap", "tax", "other", "discount", "grand_total", "total"}


@dataclass(slots=True)
class Truth:
    """One order as Amazon holds it. ``packages`` are reference, tracking number and units by item."""

    amazon_order_id: str
    status: str
    fulfilled_by: str
    last_updated_at: datetime
    is_found: bool  # by searches, now
    is_late: bool  # was hidden for a while although it had changed
    ordered: dict[str, int]
    shipped: dict[str, int]
    packages: list[tuple[str, str, dict[str, int]]]
    grand_total: Decimal | None
    currency: str
    history: list[str]


@dataclass(slots=True)
class Ledgers:
    """``amazon`` by order number; ``house`` are the rows of each table; ``calls`` is Amazon's log."""

    amazon: dict[str, Truth]
    house: dict[str, list[Row]]
    now: datetime
    calls: list[Row] = field(default_factory=list)
    opening_stock: dict[str, int] = field(default_factory=dict)
    left_before: dict[int, int] = field(default_factory=dict)  # by product: units gone before we knew their order

    def by_key(self, table: str) -> dict[int, Row]:
        return {row["id"]: row for row in self.house[table]}

    def grouped(self, table: str, column: str) -> dict[Any, list[Row]]:
        groups: dict[Any, list[Row]] = {}
        for row in self.house[table]:
            groups.setdefault(row[column], []).append(row)
        return groups


def read_ledgers(amazon: Any, *, opening_stock: dict[str, int] | None = None) -> Ledgers:
    """``amazon`` is a Simulator, or anything with its ``orders``, ``log`` and ``now``."""
    now = amazon.now()
    return Ledgers(
        amazon={truth.amazon_order_id: truth for truth in _read_amazon(amazon, now)},
        house=read_house(),
        now=now,
        calls=amazon.log(),
        opening_stock=opening_stock or {},
    )


def read_house(tables: Iterable[str] = tuple(QUERIES)) -> dict[str, list[Row]]:
    """The ``tables`` of the ledger, in one snapshot; the others are left empty."""
    house: dict[str, list[Row]] = {table: [] for table in QUERIES}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in tables:
            cursor.execute(QUERIES[table])
            names = [column[0] for column in cursor.description]
            house[table] = [_row(names, values) for values in cursor.fetchall()]
    return house


def _row(names: list[str], values: Iterable[Any]) -> Row:
    return {name: _value(name, value) for name, value in zip(names, values, strict=True)}


def _value(name: str, value: Any) -> Any:
    """As PostgreSQL gives it; SQLite has neither times nor decimals."""
    if value is None:
        return None
    if name in MOMENTS:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment if moment.tzinfo else datetime.fromisoformat(f"{moment.isoformat()}+00:00")
    return Decimal(str(value)) if name in AMOUNTS else value


def _read_amazon(amazon: Any, now: datetime) -> Iterator[Truth]:
    after = None
    while True:
        page = amazon.orders(limit=PAGE, after=after)
        for document in page["orders"]:
            if "orderId" in document:
                yield read_truth(document, now)
        after = page["next"]
        if after is None:
            return


def read_truth(document: Row, now: datetime) -> Truth:
    beside = document["_simulator"]
    visible_at = datetime.fromisoformat(beside["visibleAt"]) if beside["visibleAt"] else None
    total = document.get("proceeds", {}).get("grandTotal")
    items = document["orderItems"]
    return Truth(
        amazon_order_id=document["orderId"],
        status=beside["status"],
        fulfilled_by=document["fulfillment"]["fulfilledBy"],
        last_updated_at=datetime.fromisoformat(document["lastUpdatedTime"]),
        is_found=beside["listed"] and (visible_at is None or visible_at <= now),
        is_late=not beside["listed"] or visible_at is not None,
        ordered={item["orderItemId"]: item["quantityOrdered"] for item in items},
        shipped={item["orderItemId"]: item.get("fulfillment", {}).get("quantityFulfilled", 0) for item in items},
        packages=[
            (
                package["packageReferenceId"],
                package.get("trackingNumber", ""),
                dict(_added((row["orderItemId"], row["quantity"]) for row in package["packageItems"])),
            )
            for package in document.get("packages", [])
        ],
        grand_total=Decimal(total["amount"]) if total else None,
        currency=total["currencyCode"] if total else "",
        history=[step["change"] for step in beside["history"]],
    )


def _added(units: Iterable[tuple[str, int]]) -> Counter[str]:
    added: Counter[str] = Counter()
    for item_id, quantity in units:
        added[item_id] += quantity
    return added
