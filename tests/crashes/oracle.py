"""The invariants that hold whatever breaks. Each takes both ledgers and returns what violates it, in words.

``ALWAYS`` hold at any moment, also while a process lies dead in the middle of its work; ``AT_REST`` once faults have
stopped and everybody has had their turn. I5 is in ``stock``, I10 in ``rates``, I11 in ``personal``, I3 over time in
``watch``.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from commerce_orders.states import FINAL, TRANSITIONS, OrderStatus
from tests.crashes.ledgers import BY_HAND, Ledgers, Truth
from tests.crashes.stock import i5_stock

VERIFIED = {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}


def i1_complete(ledgers: Ledgers) -> list[str]:
    """Each order that Amazon lists is here at Amazon's version, and is a Commerce order if it should be."""
    mirror = {row["amazon_order_id"]: row for row in ledgers.house["mirror"]}
    violations = []
    for number, truth in ledgers.amazon.items():
        row = mirror.get(number)
        if not truth.is_found:
            continue
        if row is None:
            violations.append(f"I1 lost: {number}")
        elif row["problem_code"] in {"unreadable", "not_stored"}:
            continue  # kept, named and tried again: I9
        elif row["last_updated_at"] != truth.last_updated_at or row["status"] != truth.status:
            violations.append(f"I1 stale: {number} is {row['status']} of {row['last_updated_at']}, not {truth.status}")
        elif _should_be_ours(truth) and row["commerce_order_id"] is None and not _is_explained(row):
            violations.append(f"I1 no Commerce order: {number}")
    return violations + [f"I1 unexpected: {number}" for number in mirror.keys() - ledgers.amazon.keys()]


def i2_unique(ledgers: Ledgers) -> list[str]:
    """One row per order, item and package; one Commerce order per Amazon order, and whole."""
    keys = {
        "mirror": ("account_id", "amazon_order_id"),
        "items": ("order_id", "order_item_id"),
        "orders": ("channel_order_id",),
        "lines": ("order_id", "channel_line_id"),
        "shipments": ("order_id", "tracking_number"),
        "confirmations": ("amazon_order_id", "package_reference_id"),
    }
    violations = [
        f"I2 twice in {table}: {key}"
        for table, columns in keys.items()
        for key in _more_than_once(tuple(row[column] for column in columns) for row in ledgers.house[table])
    ]
    numbers = _more_than_once(row["number"] for row in ledgers.house["orders"])
    owners = Counter(row["commerce_order_id"] for row in ledgers.house["mirror"])
    lines, created = ledgers.grouped("lines", "order_id"), Counter()
    for event in ledgers.house["events"]:
        created[event["order_id"]] += event["kind"] == "created"
    for order in ledgers.house["orders"]:
        if (owners[order["id"]], created[order["id"]]) != (1, 1) or not lines.get(order["id"]):
            violations.append(f"I2 not one whole order: {order['number']}")
    return violations + [f"I2 number given twice: {number}" for number in numbers]


def i3_monotone(ledgers: Ledgers) -> list[str]:
    """Each timeline goes one way: from where the last event left off, along an allowed transition."""
    violations = []
    for order_id, events in ledgers.grouped("events", "order_id").items():
        status = ""
        for event in (event for event in events if event["to_status"]):
            allowed = TRANSITIONS[OrderStatus(status)] if status else OrderStatus
            if event["from_status"] != status or event["to_status"] not in allowed:
                violations.append(f"I3 {order_id}: {status} → {event['from_status']} → {event['to_status']}")
            status = event["to_status"]
    return violations


def i4_money(ledgers: Ledgers) -> list[str]:
    """Parts make the total, lines the subtotal, in one currency; and the total is Amazon's."""
    lines = ledgers.grouped("lines", "order_id")
    violations = []
    for order in ledgers.house["orders"]:
        parts = sum(order[name] for name in ("subtotal", "shipping", "gift_wrap", "tax", "other")) - order["discount"]
        if parts != order["grand_total"]:
            violations.append(f"I4 {order['number']}: parts make {parts}, not {order['grand_total']}")
        if sum(line["total"] for line in lines.get(order["id"], [])) != order["subtotal"]:
            violations.append(f"I4 {order['number']}: lines do not make {order['subtotal']}")
    for row in ledgers.house["mirror"]:
        truth = ledgers.amazon.get(row["amazon_order_id"])
        if truth is None or truth.last_updated_at != row["last_updated_at"] or row["problem_code"]:
            continue
        if row["grand_total"] is not None and (row["grand_total"], row["currency"]) != (
            truth.grand_total,
            truth.currency,
        ):
            violations.append(f"I4 {truth.amazon_order_id}: {row['grand_total']} {row['currency']}")
    return violations


def i6_once_outside(ledgers: Ledgers) -> list[str]:
    """Amazon was told of each package under one reference, and holds no more units than were ordered."""
    ours: dict[str, set[str]] = {}
    mirror = ledgers.by_key("mirror")
    for row in ledgers.house["confirmations"]:
        ours.setdefault(mirror[row["amazon_order_id"]]["amazon_order_id"], set()).add(row["package_reference_id"])
    violations = []
    for number, truth in ledgers.amazon.items():
        packed: Counter[str] = Counter()
        for reference, _tracking, units in truth.packages:
            packed.update(units)
            if int(reference) not in BY_HAND and reference not in ours.get(number, ()):
                violations.append(f"I6 unexpected package: {number} {reference}")
        if truth.status != "CANCELLED" and any(packed[item] > truth.ordered.get(item, 0) for item in packed):
            violations.append(f"I6 more than ordered: {number} {dict(packed)}")
        references = [reference for reference, _tracking, _units in truth.packages]
        tracking = [tracking for _reference, tracking, _units in truth.packages]
        violations += [f"I6 package twice: {number} {each}" for each in _more_than_once([*references, *tracking])]
    for number, reference in _told(ledgers.calls):
        if reference not in ours.get(number, ()):
            violations.append(f"I6 told under another reference: {number} {reference}")
    return violations


def i7_cursor(ledgers: Ledgers) -> list[str]:
    """Nothing that Amazon listed up to the cursor is missing: the cursor never ran ahead of what is stored."""
    cursors = [row["cursor"] for row in ledgers.house["pull_states"] if row["cursor"]]
    stored = {row["amazon_order_id"]: row for row in ledgers.house["mirror"]}
    return [
        f"I7 behind the cursor: {number}"
        for number, truth in ledgers.amazon.items()
        if truth.is_found
        and not truth.is_late
        and any(truth.last_updated_at < cursor for cursor in cursors)
        and (number not in stored or not _is_as_new(stored[number], truth))
    ]


def i8_live(ledgers: Ledgers) -> list[str]:
    """Nobody holds a lease or a row in progress, and nothing that is due waits."""
    violations = [f"I8 run never closed: {row['id']}" for row in ledgers.house["running"]]
    violations += [f"I8 lease held: {row['account_id']}" for row in ledgers.house["pull_states"] if row["leased_until"]]
    return violations + [
        f"I8 {row['state']}: confirmation {row['id']}"
        for row in ledgers.house["confirmations"]
        if row["state"] in {"waiting", "sending"}
    ]


def i9_isolated(ledgers: Ledgers) -> list[str]:
    """What is wrong has a name, a date and words; what was not stored is tried again."""
    return [
        f"I9 unexplained: {row['amazon_order_id']} {row['problem_code']}"
        for row in ledgers.house["mirror"]
        if row["problem_code"]
        and (
            not row["problem_detail"]
            or row["problem_since"] is None
            or (row["problem_code"] == "not_stored" and row["read_again_at"] is None)
        )
    ]


def i12_audited(ledgers: Ledgers) -> list[str]:
    """Each order's status is where its timeline ends, each shipment has its event, and each event its actor."""
    events = ledgers.grouped("events", "order_id")
    shipments = Counter(row["order_id"] for row in ledgers.house["shipments"])
    violations = []
    for order in ledgers.house["orders"]:
        timeline = events.get(order["id"], [])
        ends = [event["to_status"] for event in timeline if event["to_status"]]
        if not ends or ends[-1] != order["status"] or not all(event["actor"] for event in timeline):
            violations.append(f"I12 {order['number']} is {order['status']}, its timeline ends at {ends[-1:]}")
        recorded = sum(event["kind"] == "shipped" for event in timeline)
        came_with = order["status"] in FINAL or order["status"] == OrderStatus.PARTIALLY_SHIPPED
        if recorded > shipments[order["id"]] or (recorded < shipments[order["id"]] and not came_with):
            violations.append(f"I12 {order['number']}: {shipments[order['id']]} shipments, {recorded} events")
    return violations


def i12_units(ledgers: Ledgers) -> list[str]:
    """Each line counts the units of its shipments, no more and no fewer."""
    packed: Counter[int] = Counter()
    for row in ledgers.house["shipment_lines"]:
        packed[row["line_id"]] += row["quantity"]
    with_packages = {row["order_id"] for row in ledgers.house["shipments"]}
    return [
        f"I12 line {line['id']} counts {line['quantity_shipped']}, its shipments hold {packed[line['id']]}"
        for line in ledgers.house["lines"]
        # An order that had left before we knew it may come without the packages that its units left in.
        if line["order_id"] in with_packages and line["quantity_shipped"] != packed[line["id"]]
    ]


ALWAYS = (i2_unique, i3_monotone, i4_money, i5_stock, i6_once_outside, i7_cursor, i9_isolated, i12_audited, i12_units)
AT_REST = (i1_complete, i8_live)


def find_violations(ledgers: Ledgers, *, is_at_rest: bool) -> list[str]:
    checks = (*ALWAYS, *AT_REST) if is_at_rest else ALWAYS
    return [violation for check in checks for violation in check(ledgers)]


def _should_be_ours(truth: Truth) -> bool:
    return truth.status in VERIFIED if truth.fulfilled_by == "MERCHANT" else truth.status == "SHIPPED"


def _is_explained(row: dict[str, Any]) -> bool:
    """Staff see why there is none, or Amazon is being asked for what is missing."""
    return bool(row["problem_code"]) or row["read_again_at"] is not None


def _is_as_new(row: dict[str, Any], truth: Truth) -> bool:
    return bool(row["problem_code"]) or row["last_updated_at"] >= truth.last_updated_at


def _told(calls: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """Order and reference of every confirmation that Amazon was asked to take."""
    return {
        (call["path"].split("/")[-2], call["body"]["packageDetail"]["packageReferenceId"])
        for call in calls
        if call["operation"] == "confirmShipment" and isinstance(call.get("body"), dict)
    }


def _more_than_once(keys: Iterable[Any]) -> list[Any]:
    return [key for key, times in Counter(keys).items() if times > 1]
