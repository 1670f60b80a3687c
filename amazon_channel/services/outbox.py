"""Writing down what Amazon must be told, in the transaction that decided it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, When
from django.db.models.functions import Greatest

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.package_references import new_reference
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.models import Order, Shipment
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind, Reason
from project import jobs
from project.checkpoints import checkpoint

# Their labels come from Amazon, which knows the package by then and refuses a confirmation ("Confirm the shipment").
CONFIRMED_BY_THEIR_LABEL = frozenset({"FBM_SHIP_PLUS", "AMAZON_EASY_SHIP"})


def queue_confirmation(*, shipment: Shipment, amazon_order: AmazonOrder, now: datetime) -> ShipmentConfirmation | None:
    """Store the confirmation of ``shipment`` and ring for a worker; the reference never changes afterwards.

    What left is no longer to be shipped, though Amazon shows it only after a while. ``None`` for orders that Amazon
    takes no confirmation for.
    """
    units = sum(line.quantity for line in shipment.lines.all())
    AmazonOrder.objects.filter(pk=amazon_order.pk).update(units_to_ship=Greatest(F("units_to_ship") - units, 0))
    if not shipment.order.is_open:
        amazon_order.clear_problem(Problem.CANCELLATION_REFUSED)  # shipped all the same
    if CONFIRMED_BY_THEIR_LABEL.intersection(amazon_order.programs):
        return None
    confirmation = ShipmentConfirmation.objects.create(
        amazon_order=amazon_order,
        shipment=shipment,
        package_reference_id=new_reference(amazon_order, now=now),
        ship_by=amazon_order.ship_by,
        not_before=now,
        created_at=now,
    )
    checkpoint("CP_OUTBOX_WRITTEN")
    ring_push(amazon_order.account_id)
    return confirmation


def queue_correction(*, shipment: Shipment, amazon_order: AmazonOrder, now: datetime) -> None:
    """Send a package that was corrected again, with the same reference, whatever became of it until now.

    Amazon takes the repetition as an edit of the package, at most ten times ("confirmShipment"). One more attempt is
    counted, which is the fence: a worker that is about to send the old number gets no claim, and one that is sending
    it can write no outcome. Nothing overtakes that worker: its lease (``not_before``) runs out first. Does nothing for
    a package that Amazon needs no confirmation of.
    """
    queued = (
        ShipmentConfirmation.objects.filter(shipment=shipment)
        .exclude(state=ConfirmationState.WITHDRAWN)
        .update(
            state=ConfirmationState.WAITING,
            not_before=Case(When(state=ConfirmationState.SENDING, then=F("not_before")), default=now),
            attempts=F("attempts") + 1,
            deaths=0,
            confirmed_at=None,
            refused_at=None,
            error_code="",
            error_detail="",
        )
    )
    if queued:
        _clear_problem(amazon_order, now=now)
        ring_push(amazon_order.account_id)


def send_again(*, confirmation: ShipmentConfirmation, actor: str, now: datetime) -> bool:
    """Put a confirmation that Amazon refused, or does not show, back into the outbox, with the same package reference.

    ``False``, and nothing is changed, when it is neither any more.
    """
    again: dict[str, Any] = {
        "state": ConfirmationState.WAITING,
        "not_before": now,
        "deaths": 0,
        "refused_at": None,
        "error_code": "",
        "error_detail": "",
    }
    with transaction.atomic():
        lock_order_of(confirmation)
        this = ShipmentConfirmation.objects.filter(pk=confirmation.pk)
        waiting = this.refused().update(**again) or this.missing_at_amazon(now).update(**again)
        if waiting:
            _clear_problem(confirmation.amazon_order, now=now)
            record_event(
                confirmation.shipment.order,
                EventKind.CHANGED,
                actor=actor,
                now=now,
                reason=Reason.SENT_AGAIN,
                data={"shipment": confirmation.shipment_id},
            )
            ring_push(confirmation.amazon_order.account_id)
    return bool(waiting)


def _clear_problem(amazon_order: AmazonOrder, *, now: datetime) -> None:
    """The order's problem ends with the last shipment that has one."""
    others = ShipmentConfirmation.objects.filter(amazon_order=amazon_order)
    if not others.refused().exists():
        amazon_order.clear_problem(Problem.SHIPMENT_REFUSED)
    if not others.missing_at_amazon(now).exists():
        amazon_order.clear_problem(Problem.SHIPMENT_NOT_SHOWN)


def lock_order_of(confirmation: ShipmentConfirmation) -> None:
    """Lock the Commerce order before its confirmation, as a pull does, so that the two never wait for each other.

    The shipment has the order as it is now: its version may have moved on since it was read.
    """
    confirmation.shipment.order = Order.objects.select_for_update().get(pk=confirmation.shipment.order_id)


def ring_push(account_id: int) -> None:
    jobs.ring("amazon_channel.tasks.push_account", account_id)
