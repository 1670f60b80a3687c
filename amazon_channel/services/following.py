"""Commerce orders follow what Amazon says after they were made."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.mapping.orders import OrderReading
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.adoption import adopt_packages
from amazon_channel.services.amounts import follow_amounts
from amazon_channel.services.cancellations.answers import follow_cancellations
from amazon_channel.services.conflicts import raise_conflicts
from amazon_channel.services.followed import Followed
from amazon_channel.services.items import LineChanges, follow_items
from amazon_channel.services.packages import follow_packages
from amazon_channel.services.restoring import restore_packages
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.models import Order
from commerce_orders.services.transitions import change_statuses, record_events
from commerce_orders.states import EventKind, OrderStatus, Reason
from commerce_orders.wording import name_wording, wording


def follow_amazon(
    readings: Mapping[int, tuple[AmazonOrder, OrderReading]], *, actor: str, now: datetime
) -> list[Followed]:
    """Bring the Commerce orders of ``readings`` (by Amazon order's key) up to date, in the caller's transaction.

    Packages are confirmed, corrected or adopted, lines and amounts follow, cancellations are carried out, promises
    moved, needless confirmations withdrawn. What contradicts our own shipments is not undone: it becomes the order's
    ``conflict``. Statements do not grow with the orders, but for packages that somebody else shipped or corrected and
    items that ended their order or were split.
    """
    if not readings:
        return []
    orders = {
        order.pk: order for order in Order.objects.filter(amazon_order__in=readings).locked().prefetch_related("lines")
    }
    confirmations: dict[int, list[ShipmentConfirmation]] = {pk: [] for pk in readings}
    for confirmation in (
        ShipmentConfirmation.objects.filter(amazon_order__in=readings)
        .select_related("shipment")
        # Behind the orders' locks: a worker that would claim one now waits, and then sees what became of it.
        .select_for_update(of=("self",))
    ):
        confirmations[confirmation.amazon_order_id].append(confirmation)
    followed = [
        Followed(row, orders[row.commerce_order_id], reading, confirmations[pk])
        for pk, (row, reading) in readings.items()
        if row.commerce_order_id in orders
    ]
    follow_cancellations(followed, actor=actor, now=now)
    # Items first, or canceled units would be taken for shipped ones.
    changes = follow_items(followed, actor=actor, now=now)
    follow_packages(followed, actor=actor, now=now)
    restore_packages(followed, actor=actor, now=now)
    adopt_packages(followed, actor=actor, now=now)
    raise_conflicts(followed, changes, actor=actor, now=now)
    _end_orders(followed, changes, actor=actor, now=now)
    _note_requests(followed, actor=actor, now=now)
    _note_holds(followed, actor=actor, now=now)
    _keep_problems(followed, now=now)
    follow_amounts(followed, actor=actor, now=now)
    record_events([each.order for each in followed if each.events], [e for f in followed for e in f.events], now=now)
    return followed


def _end_orders(followed: Sequence[Followed], changes: Mapping[int, LineChanges], *, actor: str, now: datetime) -> None:
    """Canceled as a whole, or with nothing left to ship of what Amazon has not canceled."""
    ends: dict[tuple[OrderStatus, Reason], list[Order]] = {}
    for each in followed:
        if not each.order.is_open or not each.is_understood or each.units_to_ship:
            continue
        to = OrderStatus.COMPLETE if each.units_shipped else OrderStatus.CANCELED
        is_whole = each.is_canceled_at_amazon
        reason = Reason.CANCELED_AT_CHANNEL if is_whole else Reason.ITEMS_CANCELED_AT_CHANNEL
        ends.setdefault((to, reason), []).append(each.order)
    for (to, reason), orders in ends.items():
        change_statuses(orders, to, actor=actor, now=now, reason=reason)


def _note_requests(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    changed = [each for each in followed if each.reading.buyer_wants_to_cancel != each.order.buyer_wants_to_cancel]
    for each in changed:
        each.order.buyer_wants_to_cancel = each.reading.buyer_wants_to_cancel
        reason = Reason.BUYER_ASKS_TO_CANCEL if each.order.buyer_wants_to_cancel else Reason.BUYER_ASKS_NO_MORE
        each.note(EventKind.CHANGED, actor=actor, now=now, reason=reason)
    if changed:
        Order.objects.bulk_update([each.order for each in changed], ["buyer_wants_to_cancel"])


def _note_holds(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Amazon's status no longer says that an order may be shipped, says so in another word, or does again."""
    for each in followed:
        if not each.order.is_open or not each.is_said_anew:
            continue
        if not each.is_understood:
            data = {"status": each.reading.status, "fulfilled_by": each.reading.fulfilled_by}
            each.note(EventKind.HELD, actor=actor, now=now, reason=status_in_words(each.reading), data=data)
        elif not each.was_understood:
            each.note(EventKind.CHANGED, actor=actor, now=now, reason=Reason.HELD_NO_MORE)


def _keep_problems(followed: Sequence[Followed], *, now: datetime) -> None:
    """A shipment that Amazon refused, or does not show for a day, and a status that says nothing stay until healed."""
    for each in followed:
        for confirmation in each.confirmations:
            if confirmation.state == ConfirmationState.REJECTED:
                each.problem = each.problem or Held(Problem.SHIPMENT_REFUSED, confirmation.error_detail)
            elif confirmation.is_missing_at_amazon(now):
                each.problem = each.problem or Held(Problem.SHIPMENT_NOT_SHOWN, str(confirmation.shipment))
        if not each.is_understood:
            is_known = each.reading.status == states.UNFULFILLABLE
            words = wording(
                "%(amazon_says)s The Commerce order stays as it is and is watched.",
                amazon_says=status_in_words(each.reading),
            )
            each.problem = each.problem or Held(Problem.UNFULFILLABLE if is_known else Problem.STATUS_UNKNOWN, words)


def status_in_words(said: OrderReading | AmazonOrder) -> str:
    return wording(
        "Amazon says “%(status)s”, fulfilled by “%(fulfilled_by)s”.",
        status=states.status_wording(said.status),
        fulfilled_by=name_wording(states.FULFILLED_BY_LABELS.get(said.fulfilled_by, said.fulfilled_by or "–")),
    )
