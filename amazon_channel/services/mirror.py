"""Rows of the mirror: as a reading says, or as they were where it cannot be read."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from amazon_channel.mapping.drafts import Held, Waiting
from amazon_channel.mapping.orders import ItemReading, OrderReading
from amazon_channel.models import AmazonOrder, AmazonOrderItem, SellerAccount
from amazon_channel.services.plans import Plan
from amazon_channel.services.problem_news import tell_of_problems
from amazon_channel.states import Problem
from commerce_orders.services.webhooks.outbox import listeners
from commerce_orders.wording import wording
from project.bulk import insert_and_ask, insert_rows

FIRST_READING_AGAIN = timedelta(minutes=2)
LONGEST_BETWEEN_READINGS = timedelta(hours=6)
READINGS_BEFORE_PROBLEM = 5  # after 2 + 4 + 8 + 16 + 32 minutes: an hour

KEY = ("account_id", "amazon_order_id")
READ_COLUMNS = (
    "marketplace_id",
    "status",
    "fulfilled_by",
    "purchased_at",
    "last_updated_at",
    "ship_by",
    "deliver_by",
    "currency",
    "grand_total",
    "units_ordered",
    "units_to_ship",
    "is_prime",
    "is_business",
    "is_replacement",
    "buyer_wants_to_cancel",
    "status_changes",
)
CHANGED_COLUMNS = (
    *READ_COLUMNS,
    "contact_id",
    "commerce_order_id",
    "had_commerce_order",
    "payload",
    "content_hash",
    "problem_code",
    "problem_detail",
    "problem_since",
    "conflict_code",
    "conflict_detail",
    "read_again_at",
    "readings",
    "is_to_decide",
    "stored_at",
)
ITEM_KEY = ("order_id", "order_item_id")
ITEM_COLUMNS = ("sku", "asin", "title", "quantity_ordered", "quantity_shipped", "unit_price", "item_total")


def save_rows(plans: Sequence[Plan], *, account: SellerAccount, now: datetime) -> dict[str, int]:
    """Insert or update the mirror rows of ``plans`` in one statement; their keys by Amazon's order id.

    Where problems begin and somebody listens, three more tell of them.
    """
    rows = [_row(plan, account=account, now=now) for plan in plans]
    keys, is_heard = insert_and_ask(AmazonOrder, rows, question=listeners(), unique=KEY, update=CHANGED_COLUMNS)
    if is_heard:
        tell_of_problems(
            [
                (plan.reading.amazon_order_id, plan.commerce_order_id, row["problem_code"])
                for plan, row in zip(plans, rows, strict=True)
                if row["problem_code"] and row["problem_code"] != (plan.earlier.problem_code if plan.earlier else "")
            ],
            now=now,
        )
    return {plan.reading.amazon_order_id: key for plan, key in zip(plans, keys, strict=True)}


def save_items(plans: Sequence[Plan], rows: Mapping[str, int]) -> None:
    """Make the stored items those of the readings; at most three statements."""
    items: list[dict[str, Any]] = []
    gone: list[int] = []
    stored = _stored_item_ids([plan.earlier for plan in plans if plan.earlier])
    for plan in plans:
        if not isinstance(plan.reading, OrderReading):
            continue
        order_key = rows[plan.reading.amazon_order_id]
        left = stored.get(order_key, {})
        for item in plan.reading.items:
            left.pop(item.order_item_id, None)
            items.append(
                {
                    "order_id": order_key,
                    "order_item_id": item.order_item_id,
                    **item_columns(plan.reading, item),
                }
            )
        gone.extend(left.values())
    insert_rows(AmazonOrderItem, items, unique=ITEM_KEY, update=ITEM_COLUMNS)
    if gone:
        AmazonOrderItem.objects.filter(pk__in=gone).delete()


def order_columns(reading: OrderReading) -> dict[str, Any]:
    """The columns of the mirror that come from Amazon alone."""
    money = reading.money
    return {
        "marketplace_id": reading.marketplace_id,
        "status": reading.status,
        "fulfilled_by": reading.fulfilled_by,
        "purchased_at": reading.purchased_at,
        "last_updated_at": reading.last_updated_at,
        "ship_by": reading.ship_by,
        "deliver_by": reading.deliver_by,
        "currency": money.currency,
        "grand_total": money.totals.grand_total if money.totals else None,
        "units_ordered": reading.units_ordered,
        "is_prime": reading.is_prime,
        "is_business": reading.is_business,
        "is_replacement": reading.is_replacement,
        "buyer_wants_to_cancel": reading.buyer_wants_to_cancel,
    }


def item_columns(reading: OrderReading, item: ItemReading) -> dict[str, Any]:
    """``ITEM_COLUMNS`` of an item, in that order."""
    return {
        "sku": item.sku,
        "asin": item.asin,
        "title": item.title,
        "quantity_ordered": item.quantity_ordered,
        "quantity_shipped": item.quantity_shipped,
        "unit_price": reading.money.unit_prices.get(item.order_item_id),
        "item_total": reading.money.item_totals.get(item.order_item_id),
    }


def next_reading_at(readings: int, now: datetime) -> datetime:
    """When to read an order again that lacks details: after 2, 4, 8 … minutes, at most 6 hours."""
    return now + min(FIRST_READING_AGAIN * 2 ** min(readings, 10), LONGEST_BETWEEN_READINGS)


def missing_details(waiting: Waiting) -> Held:
    return Held(
        Problem.DETAILS_MISSING,
        wording(
            "Amazon has not sent: %(missing)s. It is asked again; if it never comes, check the application's roles.",
            missing=waiting.missing,
        ),
    )


def _row(plan: Plan, *, account: SellerAccount, now: datetime) -> dict[str, Any]:
    reading, earlier = plan.reading, plan.earlier
    return {
        **_read_columns(plan, earlier),
        **_waiting_columns(plan, now=now),
        **_problem_columns(plan, now=now),
        "account_id": account.pk,
        "amazon_order_id": reading.amazon_order_id,
        "content_hash": reading.content_hash,
        "payload": {} if reading.payload is None else reading.payload,
        "contact_id": plan.contact_id,
        "commerce_order_id": plan.commerce_order_id,
        "had_commerce_order": plan.commerce_order_id is not None
        or (earlier is not None and earlier.had_commerce_order),
        "is_to_decide": False,
        "first_seen_at": earlier.first_seen_at if earlier else now,
        "stored_at": now,
    }


def _read_columns(plan: Plan, earlier: AmazonOrder | None) -> dict[str, Any]:
    reading = plan.reading
    if not isinstance(reading, OrderReading):
        kept = earlier or AmazonOrder()
        columns = {name: getattr(kept, name) for name in READ_COLUMNS}
        return columns | {"last_updated_at": reading.last_updated_at or kept.last_updated_at}
    changes = earlier.status_changes if earlier else []
    change = [reading.last_updated_at.isoformat(), reading.status]
    # The last one already where the column alone was altered here.
    if (not earlier or earlier.status != reading.status) and changes[-1:] != [change]:
        changes = [*changes, change]
    return order_columns(reading) | {"units_to_ship": plan.units_to_ship, "status_changes": changes}


def _waiting_columns(plan: Plan, *, now: datetime) -> dict[str, Any]:
    """When to ask again for an order that lacks details, which after an hour is a problem, or was not stored."""
    earlier, waiting = plan.earlier, plan.outcome if isinstance(plan.outcome, Waiting) else None
    was_stored = plan.problem is None or plan.problem.problem != Problem.NOT_STORED
    if plan.is_kept and earlier and earlier.read_again_at and (plan.problem or waiting):
        # What was kept of the order did not heal it, so whoever wants Amazon asked still does.
        readings, read_again_at = earlier.readings, earlier.read_again_at
    elif was_stored and not waiting:
        return {"readings": 0, "read_again_at": None}
    else:
        readings = earlier.readings + 1 if earlier and earlier.read_again_at else 0
        read_again_at = next_reading_at(readings, now)
    if waiting and readings >= READINGS_BEFORE_PROBLEM:
        plan.problem = missing_details(waiting)
    return {"readings": readings, "read_again_at": read_again_at}


def _problem_columns(plan: Plan, *, now: datetime) -> dict[str, Any]:
    problem, conflict, earlier = plan.shown_problem, plan.conflict, plan.earlier
    columns = {
        "conflict_code": conflict.problem.value if conflict else "",
        "conflict_detail": conflict.detail if conflict else "",
    }
    if problem is None:
        return columns | {"problem_code": "", "problem_detail": "", "problem_since": None}
    is_same = earlier is not None and earlier.problem_code == problem.problem
    return columns | {
        "problem_code": problem.problem.value,
        "problem_detail": problem.detail,
        "problem_since": earlier.problem_since if earlier and is_same else now,
    }


def _stored_item_ids(rows: Sequence[AmazonOrder]) -> dict[int, dict[str, int]]:
    """Keys of the stored items by order and Amazon's item id."""
    stored: dict[int, dict[str, int]] = {}
    if rows:
        items = AmazonOrderItem.objects.filter(order__in=rows)
        for pk, order_pk, item_id in items.values_list("pk", "order_id", "order_item_id"):
            stored.setdefault(order_pk, {})[item_id] = pk
    return stored
