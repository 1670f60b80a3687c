"""I3 over time: what two looks at the ledgers must have in common, however much happened between them."""

from typing import Any

from commerce_orders.states import FINAL
from tests.crashes.ledgers import Ledgers

WATCHED = ("mirror", "orders", "lines", "confirmations", "pull_states")


def find_steps_back(earlier: Ledgers, later: Ledgers) -> list[str]:
    """What went back: a version, a cursor, a fence, units that left, a final status, a confirmed package."""
    violations = _gone(earlier, later)
    for table, column in (
        ("mirror", "last_updated_at"),
        ("pull_states", "cursor"),
        ("pull_states", "fence"),
        ("lines", "quantity_shipped"),
        ("lines", "quantity_canceled"),
    ):
        key = "account_id" if table == "pull_states" else "id"
        now = {row[key]: row[column] for row in later.house[table]}
        violations += [
            f"I3 {column} of {table} {row[key]} went back from {row[column]} to {now[row[key]]}"
            for row in earlier.house[table]
            if row[column] is not None and row[key] in now and _is_less(now[row[key]], row[column])
        ]
    orders, confirmations = later.by_key("orders"), later.by_key("confirmations")
    violations += [
        f"I3 order {row['number']} was {row['status']} and is {orders[row['id']]['status']}"
        for row in earlier.house["orders"]
        if row["status"] in FINAL and row["id"] in orders and orders[row["id"]]["status"] != row["status"]
    ]
    return violations + [
        f"I3 confirmation {row['id']} was confirmed and is {confirmations[row['id']]['state']}"
        for row in earlier.house["confirmations"]
        if row["state"] == "confirmed" and confirmations.get(row["id"], row)["state"] != "confirmed"
    ]


def _gone(earlier: Ledgers, later: Ledgers) -> list[str]:
    violations = []
    for table in ("mirror", "orders", "lines", "shipments", "confirmations", "events"):
        if not later.house[table]:
            continue  # not looked at
        left = {row["id"] for row in later.house[table]}
        violations += [f"I3 gone from {table}: {row['id']}" for row in earlier.house[table] if row["id"] not in left]
    return violations


def _is_less(now: Any, before: Any) -> bool:
    return now is None or bool(now < before)
