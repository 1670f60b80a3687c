"""I5: what is on hand is what there was less what has left, and each line of an order takes once."""

from collections import Counter

from tests.crashes.ledgers import Ledgers


def i5_stock(ledgers: Ledgers) -> list[str]:
    """Reservations count each line once and as it stands; products lose exactly what left after we knew the order."""
    violations = []
    taken: Counter[int] = Counter()
    for row in ledgers.house["reservations"]:
        taken[row["product_id"]] += row["shipped"]
    for product in ledgers.house["products"]:
        opening = ledgers.opening_stock.get(product["sku"])
        left = taken[product["id"]] - ledgers.left_before.get(product["id"], 0)
        if opening is not None and opening - left != product["quantity"]:
            violations.append(f"I5 {product['sku']}: {opening} less {left} is not {product['quantity']}")
    keys = Counter((row["channel_order_id"], row["channel_line_id"]) for row in ledgers.house["reservations"])
    violations += [f"I5 line takes twice: {key}" for key, times in keys.items() if times > 1]
    return violations + _of_lines(ledgers)


def count_left_before(earlier: Ledgers | None, later: Ledgers) -> dict[int, int]:
    """What had left at the first look at each reservation, by product; nothing may happen twice between two looks."""
    known = (
        {(row["channel_order_id"], row["channel_line_id"]) for row in earlier.house["reservations"]}
        if earlier
        else set()
    )
    left = Counter(earlier.left_before if earlier else {})
    for row in later.house["reservations"]:
        if (row["channel_order_id"], row["channel_line_id"]) not in known:
            left[row["product_id"]] += row["shipped"]
    return left


def _of_lines(ledgers: Ledgers) -> list[str]:
    numbers = {order["id"]: order["channel_order_id"] for order in ledgers.house["orders"]}
    lines = {(numbers[line["order_id"]], line["channel_line_id"]): line for line in ledgers.house["lines"]}
    violations = []
    for row in ledgers.house["reservations"]:
        line = lines.get((row["channel_order_id"], row["channel_line_id"]))
        if line is None:
            continue  # Amazon still holds the order
        to_ship = line["quantity"] - line["quantity_shipped"] - line["quantity_canceled"]
        if (row["reserved"], row["shipped"]) != (to_ship, line["quantity_shipped"]):
            violations.append(f"I5 {row['channel_order_id']}: reserved {row['reserved']}, to ship {to_ship}")
    return violations
