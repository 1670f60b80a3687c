"""Rows of a shipping sheet: an order, a tracking number, and what became of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.models import Shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """``others`` are numbers of other orders with a package of this tracking number."""

    shipment: Shipment | None = None
    refusal: str = ""
    others: tuple[str, ...] = ()


def ship_rows(
    packages: Mapping[int, Package], *, actor: str, clock: Callable[[], datetime] = timezone.now
) -> dict[int, RowOutcome]:
    """Record one package per order, by order id; each a transaction with its own time (see ``change_times``).

    A refused row stops no other. A row that is sent again because its answer was lost is done, not refused. One parcel
    may hold several orders, so a tracking number that another order has already is recorded and named.
    """
    outcomes = {
        order_id: _record(order_id, package, actor=actor, now=clock()) for order_id, package in packages.items()
    }
    shipped_before = {
        order_id
        for order_id, outcome in outcomes.items()
        if isinstance(outcome, ShipmentRefused) and outcome.code == "nothing_left_to_ship"
    }
    recorded = _recorded_before(packages, shipped_before)
    others = other_orders_with({package.tracking_number.strip() for package in packages.values()})
    rows = {}
    for order_id, outcome in outcomes.items():
        shipment = recorded.get(order_id) if isinstance(outcome, ShipmentRefused) else outcome
        if shipment is None:
            rows[order_id] = RowOutcome(refusal=in_words(outcome))
            continue
        sharing = others.get(shipment.tracking_number, {})
        rows[order_id] = RowOutcome(
            shipment, others=tuple(number for other, number in sharing.items() if other != order_id)
        )
    return rows


def _record(order_id: int, package: Package, *, actor: str, now: datetime) -> Shipment | ShipmentRefused:
    """Not where the buyer asks to cancel or the channel holds the order: a row has no place to confirm it in."""
    try:
        return record_shipment(
            order_id=order_id,
            package=package,
            actor=actor,
            origin=ShipmentOrigin.STAFF,
            now=now,
            despite_request=False,
            despite_hold=False,
        )
    except ShipmentRefused as refusal:
        return refusal


def other_orders_with(tracking_numbers: Collection[str]) -> dict[str, dict[int, str]]:
    """The orders that have packages with these tracking numbers: their numbers by id, by tracking number."""
    found: dict[str, dict[int, str]] = {}
    rows = Shipment.objects.filter(tracking_number__in=tracking_numbers).order_by("order_id")
    for tracking_number, order_id, number in rows.values_list("tracking_number", "order_id", "order__number"):
        found.setdefault(tracking_number, {})[order_id] = number
    return found


def in_words(refusal: ShipmentRefused | Shipment) -> str:
    assert isinstance(refusal, ShipmentRefused)
    if refusal.code == "held_by_channel":
        return _("The sales channel's status does not say that this order may be shipped. Open it to see what to do.")
    if refusal.code == "buyer_wants_to_cancel":
        return _("The buyer asks to cancel this order. Ship it from its own page, or cancel it there.")
    return refusal.detail


def _recorded_before(packages: Mapping[int, Package], order_ids: Collection[int]) -> dict[int, Shipment]:
    """The shipments of ``order_ids`` that are these very packages."""
    return {
        shipment.order_id: shipment
        for shipment in Shipment.objects.filter(order_id__in=order_ids)
        if shipment.tracking_number == packages[shipment.order_id].tracking_number.strip()
    }
