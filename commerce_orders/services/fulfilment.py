"""Recording what was shipped: by staff, by connected systems, or found at the sales channel."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.channels import Carrier, channel_of
from commerce_orders.models import Order, OrderLine, Shipment, ShipmentLine
from commerce_orders.refusals import Refused
from commerce_orders.services.stock import settle_orders
from commerce_orders.services.transitions import change_status, record_event
from commerce_orders.states import EventKind, OrderStatus, ShipmentOrigin

CLOCK_TOLERANCE = timedelta(minutes=5)
SAME_DAY = timedelta(days=1)
# By ``Order.why_not_to_ship``.
NOT_TO_SHIP = {
    "order_canceled": gettext_lazy("This order is canceled and cannot be shipped."),
    "fulfilled_by_channel": gettext_lazy("The sales channel ships this order itself."),
    "nothing_left_to_ship": gettext_lazy("Everything in this order is shipped already."),
    "cancellation_requested": gettext_lazy(
        "The cancellation of this order was requested. It can be shipped only if that is refused."
    ),
}


class ShipmentRefused(Refused):
    """The shipment cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package to record. ``quantities`` is units by order line id; ``None`` means everything left."""

    carrier_code: str
    tracking_number: str
    carrier_name: str = ""
    shipping_method: str = ""
    shipped_at: datetime | None = None
    quantities: dict[int, int] | None = None

    def carried_by(self, carrier: str) -> "Package":
        """The same package with another carrier, as the channel or staff write it."""
        return replace(self, carrier_code=carrier, carrier_name="")


def record_shipment(
    *,
    order_id: int,
    package: Package,
    actor: str,
    origin: ShipmentOrigin,
    now: datetime,
    shipments_seen: int | None = None,
    despite_request: bool = True,
    despite_hold: bool = True,
) -> Shipment:
    """Record a package of ours, move the order on and let the channel know, in one transaction.

    The order row is locked first, so that of two who ship the same units, or one who ships and one who cancels, the
    second is refused. With ``shipments_seen``, how many shipments the sender knew of, a form that is sent twice is
    refused the second time; without ``despite_request`` an order that the buyer asks to cancel is refused, and without
    ``despite_hold`` one that its channel wants not shipped now. Raises ``ShipmentRefused`` and changes nothing.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        lines = {line.pk: line for line in order.lines.all()}
        check_order(order)
        if shipments_seen is not None and order.shipments.count() != shipments_seen:
            raise ShipmentRefused(
                "shipments_changed",
                _("A shipment was recorded after this page was opened. Check what is left and ship again."),
            )
        if order.buyer_wants_to_cancel and not despite_request:
            raise ShipmentRefused(
                "buyer_wants_to_cancel",
                _("The buyer asks to cancel this order. Cancel it, or confirm that it is to be shipped all the same."),
                field="despite_request",
            )
        if not despite_hold and hold_on(order):
            raise ShipmentRefused(
                "held_by_channel",
                _("The sales channel holds this order. Confirm that it is to be shipped all the same."),
                field="despite_hold",
            )
        shipment = record_package(order, lines, package, actor=actor, origin=origin, now=now)
        if any(line.product_id for line in lines.values()):
            settle_orders([order.pk], now=now)
    return shipment


def hold_on(order: Order) -> str:
    """Why the channel of ``order`` wants nothing shipped now; empty where it may be."""
    channel = channel_of(order)
    return channel.hold(order) if channel else ""


def record_package(
    order: Order, lines: dict[int, OrderLine], package: Package, *, actor: str, origin: ShipmentOrigin, now: datetime
) -> Shipment:
    """Record a package of an order whose row the caller has locked; ``lines`` are its lines by id.

    Both are kept up with what is written. The stock is left to the caller, who settles it (``services.stock``) for
    all that its transaction did. Raises ``ShipmentRefused`` before anything is written.
    """
    check_order(order)
    carrier = check_label(
        order,
        carrier_code=package.carrier_code,
        carrier_name=package.carrier_name,
        tracking_number=package.tracking_number,
    )
    shipped_at = _check_moment(order, package.shipped_at or now, now=now)
    quantities = _check_quantities(lines, package.quantities)
    shipment = Shipment.objects.create(
        order=order,
        carrier_code=carrier.code,
        carrier_name=carrier.name,
        shipping_method=package.shipping_method.strip(),
        tracking_number=package.tracking_number.strip(),
        shipped_at=shipped_at,
        origin=origin,
        recorded_by=actor,
        recorded_at=now,
    )
    _take_units(shipment, lines, quantities)
    _move_on(order, lines.values(), shipment, actor=actor, now=now)
    if channel := channel_of(order):
        channel.shipment_recorded(shipment=shipment, now=now)
    return shipment


def adopt_shipment(*, order_id: int, package: Package, actor: str, now: datetime) -> Shipment | None:
    """Record a package that the channel knows and we did not send; the channel is not told.

    Units beyond what is left are not counted twice; ``None`` when nothing of it is new to us. The stock is left to
    the caller, who settles it (``services.stock``) for all that its transaction did.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        lines = {line.pk: line for line in order.lines.all()}
        quantities = {
            line_id: min(quantity, lines[line_id].quantity_to_ship)
            for line_id, quantity in (package.quantities or {}).items()
            if line_id in lines and lines[line_id].quantity_to_ship > 0
        }
        if not quantities or not order.is_open:
            return None
        shipment = Shipment.objects.create(
            order=order,
            carrier_code=package.carrier_code,
            carrier_name=package.carrier_name,
            shipping_method=package.shipping_method,
            tracking_number=package.tracking_number,
            shipped_at=package.shipped_at or now,
            origin=ShipmentOrigin.CHANNEL,
            recorded_by=actor,
            recorded_at=now,
        )
        _take_units(shipment, lines, quantities)
        _move_on(order, lines.values(), shipment, actor=actor, now=now)
    return shipment


def check_order(order: Order) -> None:
    if code := order.why_not_to_ship:
        raise ShipmentRefused(code, str(NOT_TO_SHIP[code]))


def check_label(order: Order, *, carrier_code: str, carrier_name: str, tracking_number: str) -> Carrier:
    """Refuse what the channel would refuse anyway, as ``ShipmentRefused``.

    Returns the carrier as it is recorded: the channel's code, however it was spelt, and a name for people where that
    differs.
    """
    if not tracking_number.strip():
        raise ShipmentRefused("tracking_number_missing", _("Enter the tracking number."), field="tracking_number")
    channel = channel_of(order)
    if channel is None:
        return Carrier(carrier_code, carrier_name.strip())
    book = channel.carrier_books([order])[order.pk]
    carrier = book.find(carrier_code)
    if carrier is None:
        raise ShipmentRefused(
            "carrier_unknown",
            _("%(channel)s does not know the carrier “%(carrier)s” here. Choose one of: %(allowed)s.")
            % {
                "channel": channel.name,
                "carrier": carrier_code,
                "allowed": ", ".join(each.code for each in book.carriers),
            },
            field="carrier_code",
        )
    if carrier_code == channel.other_carrier:
        if not carrier_name.strip():
            raise ShipmentRefused("carrier_name_missing", _("Enter the name of the carrier."), field="carrier_name")
        return Carrier(carrier_code, carrier_name.strip())
    return Carrier(carrier.code, "" if carrier.name == carrier.code else carrier.name)


def _check_moment(order: Order, shipped_at: datetime, *, now: datetime) -> datetime:
    """When the package left, between purchase and now.

    A day has no hour: noon of the purchase day may lie before the purchase, which Amazon would refuse. So may now, by a
    clock that is behind Amazon's.
    """
    if shipped_at > now + CLOCK_TOLERANCE:
        raise ShipmentRefused("shipped_in_the_future", _("The ship date cannot be in the future."), field="shipped_at")
    if shipped_at < order.placed_at - SAME_DAY:
        raise ShipmentRefused(
            "shipped_before_purchase", _("The ship date is before the day of the purchase."), field="shipped_at"
        )
    return max(min(shipped_at, now), order.placed_at)


def _check_quantities(lines: dict[int, OrderLine], wanted: dict[int, int] | None) -> dict[int, int]:
    if wanted is None:
        wanted = {line.pk: line.quantity_to_ship for line in lines.values()}
    quantities = {line_id: quantity for line_id, quantity in wanted.items() if quantity}
    if not quantities:
        raise ShipmentRefused("nothing_to_ship", _("Choose at least one item to ship."), field="lines")
    for line_id, quantity in quantities.items():
        line = lines.get(line_id)
        if line is None:
            raise ShipmentRefused(
                "line_unknown", _("Line %(line)s is not in this order.") % {"line": line_id}, field="lines"
            )
        if not 0 < quantity <= line.quantity_to_ship:
            raise ShipmentRefused(
                "quantity_too_large",
                _("%(sku)s: %(wanted)s cannot be shipped, %(left)s left.")
                % {"sku": line.sku or line.name, "wanted": quantity, "left": line.quantity_to_ship},
                field="lines",
            )
    return quantities


def _take_units(shipment: Shipment, lines: dict[int, OrderLine], quantities: dict[int, int]) -> None:
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line_id, quantity=quantity) for line_id, quantity in quantities.items()
    )
    prefetch_related_objects([shipment], "lines")  # read several times before the transaction ends
    for line_id, quantity in quantities.items():
        OrderLine.objects.filter(pk=line_id).update(quantity_shipped=F("quantity_shipped") + quantity)
        lines[line_id].quantity_shipped += quantity


def _move_on(order: Order, lines: Iterable[OrderLine], shipment: Shipment, *, actor: str, now: datetime) -> None:
    data = {
        "shipment": shipment.pk,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "units": sum(line.quantity for line in shipment.lines.all()),
    }
    everything_left = all(line.quantity_to_ship == 0 for line in lines)
    to = OrderStatus.COMPLETE if everything_left else OrderStatus.PARTIALLY_SHIPPED
    if to == order.status:
        record_event(order, EventKind.SHIPPED, actor=actor, now=now, data=data)
    else:
        change_status(order, to, actor=actor, now=now, kind=EventKind.SHIPPED, data=data)
