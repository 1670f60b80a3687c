"""Packages that Amazon shows and that are gone here, though their units count as shipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.db.models.functions import Coalesce

from amazon_channel.mapping.orders import OrderReading, PackageReading
from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.followed import Followed
from amazon_channel.services.outbox import CONFIRMED_BY_THEIR_LABEL
from amazon_channel.services.packages import is_same
from commerce_orders.models import OrderLine, Shipment, ShipmentLine
from commerce_orders.states import EventKind, ShipmentOrigin


@dataclass(frozen=True, slots=True)
class LostPackage:
    """``shipment`` is what is left of it here; ``units`` by line."""

    package: PackageReading
    shipment: Shipment | None
    units: Mapping[int, int]


def unknown_packages(
    reading: OrderReading, confirmations: Sequence[ShipmentConfirmation]
) -> tuple[PackageReading, ...]:
    """Those that none of ``confirmations`` stands for; none of orders that need no confirmation."""
    if CONFIRMED_BY_THEIR_LABEL.intersection(reading.payload.get("programs") or ()):
        return ()
    return tuple(
        package
        for package in reading.packages
        if not any(is_same(confirmation, package) for confirmation in confirmations)
    )


def find_lost(unknown: Mapping[int, Sequence[PackageReading]]) -> dict[int, list[LostPackage]]:
    """Of ``unknown`` packages by Commerce order, those that were recorded here once; two statements.

    Either their shipment stands there without its confirmation, or units of theirs count as shipped and are in no
    package. What somebody ships in Seller Central is neither.
    """
    if not any(unknown.values()):
        return {}
    shipments: dict[int, list[Shipment]] = {}
    for shipment in Shipment.objects.filter(order__in=unknown, amazon_confirmation=None):
        shipments.setdefault(shipment.order_id, []).append(shipment)
    lines: dict[int, dict[str, tuple[int, int]]] = {}
    of_orders = OrderLine.objects.filter(order__in=unknown).order_by()
    for order_id, item_id, pk, shipped, packed in of_orders.annotate(
        packed=Coalesce(Sum("shipment_lines__quantity"), 0)
    ).values_list("order_id", "channel_line_id", "pk", "quantity_shipped", "packed"):
        lines.setdefault(order_id, {})[item_id] = pk, shipped - packed
    found = {
        order_id: list(_lost(packages, shipments.get(order_id, []), lines.get(order_id, {})))
        for order_id, packages in unknown.items()
    }
    return {order_id: lost for order_id, lost in found.items() if lost}


def _lost(
    packages: Sequence[PackageReading], shipments: list[Shipment], lines: dict[str, tuple[int, int]]
) -> Iterator[LostPackage]:
    for package in packages:
        shipment = next((each for each in shipments if each.tracking_number == package.tracking_number), None)
        if shipment is not None:
            shipments.remove(shipment)
            yield LostPackage(package, shipment, {})
        elif package.quantities and all(
            0 < units <= lines.get(item_id, (0, 0))[1] for item_id, units in package.quantities.items()
        ):
            for item_id, units in package.quantities.items():
                lines[item_id] = lines[item_id][0], lines[item_id][1] - units
            yield LostPackage(
                package, None, {lines[item_id][0]: units for item_id, units in package.quantities.items()}
            )


def restore_packages(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Record what is lost again, as confirmed; no unit is counted twice and no status changes."""
    lost = find_lost(
        {each.order.pk: unknown for each in followed if (unknown := unknown_packages(each.reading, each.confirmations))}
    )
    for each in followed:
        for package in lost.get(each.order.pk, ()):
            _restore(each, package, actor=actor, now=now)


def _restore(each: Followed, lost: LostPackage, *, actor: str, now: datetime) -> None:
    package, shipment = lost.package, lost.shipment
    if shipment is None:
        shipment = Shipment.objects.create(
            order=each.order,
            carrier_code=package.carrier,
            shipping_method=package.shipping_service,
            tracking_number=package.tracking_number,
            shipped_at=package.shipped_at or each.reading.last_updated_at,
            origin=ShipmentOrigin.CHANNEL,
            recorded_by=actor,
            recorded_at=now,
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, line_id=line_id, quantity=units) for line_id, units in lost.units.items()
        )
    each.keep_as_confirmed(shipment, reference=package.reference, now=now)
    each.note(EventKind.CHANNEL_CONFIRMED, actor=actor, now=now, data={"shipment": shipment.pk})
