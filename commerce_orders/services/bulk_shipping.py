"""Recording packages of many orders at once."""

from collections.abc import Mapping
from datetime import datetime

from commerce_orders.models import Shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.services.transitions import TransitionRefused
from commerce_orders.states import ShipmentOrigin


def record_shipments(
    packages: Mapping[int, Package], *, actor: str, origin: ShipmentOrigin, now: datetime, despite_request: bool = True
) -> dict[int, Shipment | ShipmentRefused]:
    """Record one package per order; returns, by order id, the shipment or why there is none.

    Each order is a transaction of its own: one that is refused neither stops nor undoes the others. Without
    ``despite_request`` those are refused that their buyers ask to cancel or that the channel holds.
    """
    outcomes: dict[int, Shipment | ShipmentRefused] = {}
    for order_id, package in packages.items():
        try:
            outcomes[order_id] = record_shipment(
                order_id=order_id,
                package=package,
                actor=actor,
                origin=origin,
                now=now,
                despite_request=despite_request,
                despite_hold=despite_request,
            )
        except ShipmentRefused as refusal:
            outcomes[order_id] = refusal
        except TransitionRefused as refusal:
            outcomes[order_id] = ShipmentRefused("order_changed", str(refusal))
    return outcomes
