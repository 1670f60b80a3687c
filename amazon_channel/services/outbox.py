"""Writing down what Amazon must be told, in the transaction that decided it."""

from datetime import datetime

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.package_references import new_reference
from commerce_orders.models import Shipment
from project import jobs
from project.checkpoints import checkpoint

# Their labels come from Amazon, which knows the package by then and refuses a confirmation ("Confirm the shipment").
CONFIRMED_BY_THEIR_LABEL = frozenset({"FBM_SHIP_PLUS", "AMAZON_EASY_SHIP"})


def queue_confirmation(*, shipment: Shipment, amazon_order: AmazonOrder, now: datetime) -> ShipmentConfirmation | None:
    """Store the confirmation of ``shipment`` and ring for a worker; the reference never changes afterwards.

    ``None`` for orders that Amazon takes no confirmation for.
    """
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


def ring_push(account_id: int) -> None:
    jobs.ring("amazon_channel.tasks.push_account", account_id)
