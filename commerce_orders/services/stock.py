"""What orders take of the stock: reserved while it is to leave, off the shelf once it has left.

Both are brought to a target, never added to, so that whatever is read, sent or tried again changes nothing. Units on
hand change by what newly left, and by people; what is available is what is on hand less what is reserved.

Call it once in a transaction, after everything else: the products of all its orders are then locked together and in
one order, and two that touch the same products wait for each other instead of blocking each other for ever.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, IntegerField, Value, When

from commerce_orders.models import Order, OrderLine, Product, Reservation
from commerce_orders.services.drafts import StockClaim
from commerce_orders.states import FINAL
from project.bulk import Row, insert_rows

Claims = Mapping[str, Sequence[StockClaim]]  # by channel order id
Key = tuple[str, str]  # channel order id, channel line id

KEY = ("channel", "channel_account", "channel_order_id", "channel_line_id")
TARGET = ("product_id", "reserved", "shipped")


def settle_stock(claims: Claims, *, channel: str, channel_account: str, now: datetime) -> None:
    """Make the reservations of these orders of one account what ``claims`` say.

    ``claims`` name all that an order takes: a reservation that no claim names any more is given up. Units that left
    since the reservation was made are taken off the stock, whichever line of the order has them by now; those that had
    left before never touched it. Units that left do not come back by themselves. At most four statements, and none for
    no orders.
    """
    if not claims:
        return
    with transaction.atomic():
        stored = {
            (row.channel_order_id, row.channel_line_id): row
            for row in Reservation.objects.filter(
                channel=channel, channel_account=channel_account, channel_order_id__in=claims
            )
        }
        written = {key: _target(row) for key, row in stored.items()}
        _move_units(claims, stored)
        wanted = _targets(claims, stored)
        left: dict[int, int] = defaultdict(int)
        for key, (product_id, _reserved, shipped) in wanted.items():
            if key in stored:
                left[product_id] += shipped - stored[key].shipped
        _take_off(left, now=now)
        same = {"channel": channel, "channel_account": channel_account}
        insert_rows(
            Reservation,
            [_row(key, target, same) for key, target in sorted(wanted.items()) if target != written.get(key)],
            unique=KEY,
            update=TARGET,
        )


def settle_orders(order_ids: Iterable[int], *, now: datetime) -> None:
    """Settle the stock of Commerce orders, locked by the caller, by what their lines say."""
    for (channel, channel_account), claims in claims_of_orders(order_ids).items():
        settle_stock(claims, channel=channel, channel_account=channel_account, now=now)


def claims_of_orders(order_ids: Iterable[int]) -> dict[tuple[str, str], dict[str, list[StockClaim]]]:
    """What the lines of Commerce orders take, by channel and account; one statement.

    Orders that the channel fulfils itself take nothing, and are left out.
    """
    claims: dict[tuple[str, str], dict[str, list[StockClaim]]] = defaultdict(lambda: defaultdict(list))
    lines = OrderLine.objects.filter(order__in=list(order_ids), order__is_fulfilled_by_channel=False)
    for line in lines.select_related("order"):
        order = line.order
        claims[order.channel, order.channel_account][order.channel_order_id].append(
            StockClaim(
                channel_line_id=line.channel_line_id,
                product_id=line.product_id,
                to_ship=0 if order.status in FINAL else line.quantity_to_ship,
                shipped=line.quantity_shipped,
            )
        )
    return claims


def free_stock(orders: Sequence[Order]) -> None:
    """Give back what ``orders`` had reserved; one statement per account among them."""
    numbers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for order in orders:
        numbers[order.channel, order.channel_account].append(order.channel_order_id)
    for (channel, channel_account), order_ids in numbers.items():
        Reservation.objects.filter(
            channel=channel, channel_account=channel_account, channel_order_id__in=order_ids, reserved__gt=0
        ).update(reserved=0)


Target = tuple[int, int, int]  # product, reserved, shipped


def _move_units(claims: Claims, stored: Mapping[Key, Reservation]) -> None:
    """Give ``shipped`` units from line to line as the channel did, which splits and merges lines; nothing is saved.

    What one line lost and another of the same order and product gained has left once, and was taken off then.
    """
    shipped = {(order_id, line.channel_line_id): line.shipped for order_id, lines in claims.items() for line in lines}
    givers: dict[tuple[str, int], list[Key]] = defaultdict(list)
    for key, row in stored.items():
        if row.shipped > shipped.get(key, 0):
            givers[key[0], row.product_id].append(key)
    if not givers:
        return
    for order_id, lines in claims.items():
        for claim in lines:
            taker = stored.get((order_id, claim.channel_line_id))
            lacking = claim.shipped - (taker.shipped if taker else 0)
            for key in givers.get((order_id, claim.product_id or 0), ()):
                moved = min(stored[key].shipped - shipped.get(key, 0), lacking)
                if moved > 0:
                    lacking -= moved
                    stored[key].shipped -= moved
                    if taker:
                        taker.shipped += moved


def _targets(claims: Claims, stored: Mapping[Key, Reservation]) -> dict[Key, Target]:
    """What each reservation must be. Whoever is first seen with everything shipped needs none."""
    targets = {key: (row.product_id, 0, row.shipped) for key, row in stored.items()}
    for order_id, lines in claims.items():
        for claim in lines:
            key = (order_id, claim.channel_line_id)
            row = stored.get(key)
            if claim.product_id is None or (row is None and claim.shipped and not claim.to_ship):
                continue
            targets[key] = (claim.product_id, claim.to_ship, max(claim.shipped, row.shipped if row else 0))
    return targets


def _target(row: Reservation) -> Target:
    return (row.product_id, row.reserved, row.shipped)


def _row(key: Key, target: Target, same: Row) -> Row:
    return {**same, **dict(zip(KEY[2:], key, strict=True)), **dict(zip(TARGET, target, strict=True))}


def _take_off(left: Mapping[int, int], *, now: datetime) -> None:
    """Lower what is on hand, in one statement; ``left`` is units by product."""
    units = {product_id: quantity for product_id, quantity in left.items() if quantity}
    if not units:
        return
    # Not the key: whoever inserts a row that refers to the product need not wait.
    products = Product.objects.filter(pk__in=units).order_by("pk")
    list(products.select_for_update(no_key=True).values_list("pk"))
    taken = Case(
        *(When(pk=product_id, then=Value(quantity)) for product_id, quantity in units.items()),
        output_field=IntegerField(),
    )
    Product.objects.filter(pk__in=units).update(quantity=F("quantity") - taken, updated_at=now)
