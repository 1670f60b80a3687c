"""What contradicts our own shipments at Amazon, and only a person can settle."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.services.followed import Followed
from amazon_channel.services.items import LineChanges
from amazon_channel.states import Problem
from commerce_orders.services.transitions import change_status
from commerce_orders.states import EventKind, OrderStatus, Reason
from commerce_orders.wording import nwording, wording

IS_STILL_SO: Mapping[Problem, Callable[[Followed], bool]] = {
    Problem.CANCELED_AFTER_SHIPMENT: lambda each: each.is_canceled_at_amazon,
    Problem.ITEMS_CANCELED_AFTER_SHIPMENT: lambda each: each.units_canceled_late > 0,
    Problem.REOPENED_AT_AMAZON: lambda each: each.is_reopened,
    Problem.ITEMS_ADDED_AFTER_COMPLETION: lambda each: each.units_beyond > 0,
}


def raise_conflicts(
    followed: Sequence[Followed], changes: Mapping[int, LineChanges], *, actor: str, now: datetime
) -> None:
    """Set ``conflict`` where this version contradicts what was done here, once; drop those that Amazon took back.

    Each leaves its entry on the timeline. An order of which a part left and that Amazon canceled is complete.
    """
    for each in followed:
        if each.conflict and each.is_understood and not IS_STILL_SO[each.conflict.problem](each):
            each.conflict = None
        change = changes.get(each.order.pk)
        late = change.canceled_late if change else 0
        if late > 0:
            _raise_canceled_late(each, late, actor=actor, now=now)
        elif each.is_reopened and _just_reopened(each):
            each.conflict = Held(Problem.REOPENED_AT_AMAZON, _reopened_in_words(each))
            each.note(EventKind.CONFLICT, actor=actor, now=now, reason=Reason.REOPENED_AT_CHANNEL)
        elif each.units_beyond and _just_grown(each):
            units = each.units_beyond
            words = nwording(
                "Amazon added %(units)s item to an order that is complete here.",
                "Amazon added %(units)s items to an order that is complete here.",
                units,
                units=units,
            )
            each.conflict = Held(Problem.ITEMS_ADDED_AFTER_COMPLETION, words)
            reason = Reason.ITEMS_ADDED_AT_CHANNEL
            each.note(EventKind.CONFLICT, actor=actor, now=now, reason=reason, data={"units": units})


def _raise_canceled_late(each: Followed, units: int, *, actor: str, now: datetime) -> None:
    is_whole = each.is_canceled_at_amazon
    each.conflict = Held(
        Problem.CANCELED_AFTER_SHIPMENT if is_whole else Problem.ITEMS_CANCELED_AFTER_SHIPMENT,
        _canceled_late_in_words(each),
    )
    reason = Reason.CANCELED_AT_CHANNEL if is_whole else Reason.ITEMS_CANCELED_AFTER_SHIPMENT
    data = {"units": units}
    if each.order.is_open and not each.units_to_ship:
        kind = EventKind.CONFLICT
        change_status(each.order, OrderStatus.COMPLETE, actor=actor, now=now, reason=reason, data=data, kind=kind)
    else:
        each.note(EventKind.CONFLICT, actor=actor, now=now, reason=reason, data=data)


def _canceled_late_in_words(each: Followed) -> str:
    units = each.units_canceled_late
    if each.order.is_fulfilled_by_channel:
        return nwording(
            "Amazon canceled %(units)s item that it had shipped itself. Only your books need correcting.",
            "Amazon canceled %(units)s items that it had shipped itself. Only your books need correcting.",
            units,
            units=units,
        )
    if each.is_canceled_at_amazon:
        return nwording(
            "Amazon canceled the order, but %(units)s item has already shipped. Stop the package or ask for a return.",
            "Amazon canceled the order, but %(units)s items have already shipped. Stop the package or ask for a "
            "return.",
            units,
            units=units,
        )
    return nwording(
        "%(units)s item was canceled at Amazon after it shipped. Stop the package or ask for a return.",
        "%(units)s items were canceled at Amazon after they shipped. Stop the package or ask for a return.",
        units,
        units=units,
    )


def _just_reopened(each: Followed) -> bool:
    """Canceled at Amazon too until now, or shipped there although it is canceled here."""
    before, after = each.amazon_order.status, each.reading.status
    return before == states.CANCELLED or (before != after and after in {states.SHIPPED, states.PARTIALLY_SHIPPED})


def _just_grown(each: Followed) -> bool:
    """By Amazon, not merely not settled: what a person has settled must not come back with each version."""
    before = each.amazon_order
    return each.reading.units_ordered > before.units_ordered or before.status == states.CANCELLED


def _reopened_in_words(each: Followed) -> str:
    return wording(
        "Amazon shows the order as “%(status)s”. Here it is canceled, which is final.",
        status=states.status_wording(each.reading.status),
    )
