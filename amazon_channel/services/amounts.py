"""Amounts and dates of Commerce orders follow Amazon's."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from amazon_channel.mapping.drafts import Held, line_total, wrong_sums
from amazon_channel.services.followed import Followed
from amazon_channel.states import Problem
from commerce_orders.models import Order, OrderLine
from commerce_orders.models.money import minor_unit
from commerce_orders.services.change_times import change_time
from commerce_orders.services.drafts import Totals
from commerce_orders.services.timeline import tell_of_updates
from commerce_orders.states import EventKind, OrderStatus, Reason
from commerce_orders.wording import wording

AMOUNTS = [part.name for part in fields(Totals)]
PROMISES = ["ship_by", "deliver_by"]


def follow_amounts(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Take over totals, line totals and promised dates; three statements for all orders, and three for webhooks.

    What leaves no entry in the timeline is told here, what leaves one is told with it.

    Amazon lowers its amounts when it cancels a part, also of what has left. An order that it canceled whole states
    none, and keeps those that it had. Sums that do not add up become the order's problem and change nothing.
    """
    orders: list[Order] = []
    lines: list[OrderLine] = []
    untold: list[Order] = []
    for each in followed:
        is_changed = _follow_promises(each)
        if _is_stated(each):
            changed_lines = _follow_line_totals(each)
            if _follow_totals(each, actor=actor, now=now) or changed_lines:
                is_changed = True
            lines.extend(changed_lines)
        if is_changed:
            each.order.version += 1
            orders.append(each.order)
            if not each.events:
                untold.append(each.order)
    updated_at = change_time(now) if orders else now
    for order in orders:
        order.updated_at = updated_at
    OrderLine.objects.bulk_update(lines, ["total", "unit_price"])
    Order.objects.bulk_update(orders, [*AMOUNTS, *PROMISES, "updated_at", "version"])
    tell_of_updates(untold, now=now)


def _follow_promises(each: Followed) -> bool:
    promised = (each.reading.ship_by, each.reading.deliver_by)
    if promised[0] is None or promised == (each.order.ship_by, each.order.deliver_by):
        return False
    each.order.ship_by, each.order.deliver_by = promised
    return True


def _is_stated(each: Followed) -> bool:
    """Whether Amazon's amounts may be taken over; where they do not add up, the problem says so."""
    money, order = each.reading.money, each.order
    wrong: Held | None
    if money.totals is None or each.is_canceled_at_amazon or order.status == OrderStatus.CANCELED:
        return False
    if order.currency and money.currency != order.currency:
        words = wording(
            "The order is in %(ours)s, and Amazon states amounts in %(theirs)s.",
            ours=order.currency,
            theirs=money.currency,
        )
        wrong = Held(Problem.DOES_NOT_ADD_UP, words)
    else:
        wrong = wrong_sums(each.reading, money.totals)
    each.problem = each.problem or wrong
    return wrong is None


def _follow_totals(each: Followed, *, actor: str, now: datetime) -> bool:
    totals, order = each.reading.money.totals, each.order
    if totals is None or all(getattr(order, name) == getattr(totals, name) for name in AMOUNTS):
        return False
    exact = minor_unit(order.currency)
    data = {"grand_total": [str(total.quantize(exact)) for total in (order.grand_total, totals.grand_total)]}
    for name in AMOUNTS:
        setattr(order, name, getattr(totals, name))
    each.note(EventKind.CHANGED, actor=actor, now=now, reason=Reason.TOTALS_CHANGED_AT_CHANNEL, data=data)
    return True


def _follow_line_totals(each: Followed) -> list[OrderLine]:
    money, changed = each.reading.money, []
    for item in each.reading.items:
        line = each.lines.get(item.order_item_id)
        if line is None:
            continue
        stated = (line_total(money, item), money.unit_prices.get(item.order_item_id, line.unit_price))
        if stated != (line.total, line.unit_price):
            line.total, line.unit_price = stated
            changed.append(line)
    return changed
