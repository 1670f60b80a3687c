"""What Amazon still expects in one of our packages."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from amazon_channel import states
from amazon_channel.carriers import OTHER
from amazon_channel.gateway.client import PackageConfirmation
from amazon_channel.mapping.orders import OrderReading, PackageReading, read_packages
from amazon_channel.mapping.reading import Unreadable
from amazon_channel.models import AmazonOrder, AmazonOrderItem, ShipmentConfirmation
from amazon_channel.states import ConfirmationState
from commerce_orders.states import Reason

Units = dict[str, int]  # by Amazon's item number


@dataclass(frozen=True, slots=True)
class AtAmazon:
    """What Amazon says of an order's units: ordered and fulfilled by item number, and its packages."""

    status: str
    units: Mapping[str, tuple[int, int]]
    packages: tuple[PackageReading, ...]


def is_in_other_packages(packed: Units, *, reference: str, at_amazon: AtAmazon) -> bool:
    """Whether Amazon names other packages for every unit ordered of these items."""
    elsewhere: Units = {}
    for package in at_amazon.packages:
        for item_id, units in package.quantities.items() if package.reference != reference else ():
            elsewhere[item_id] = elsewhere.get(item_id, 0) + units
    return all(elsewhere.get(item_id, 0) >= at_amazon.units.get(item_id, (0, 0))[0] for item_id in packed)


def why_needless(packed: Units, at_amazon: AtAmazon) -> Reason:
    """Why Amazon takes nothing of these units."""
    if at_amazon.status == states.CANCELLED:
        return Reason.CANCELED_AT_CHANNEL
    if not any(at_amazon.units.get(item_id, (0, 0))[0] for item_id in packed):
        return Reason.ITEMS_CANCELED_AT_CHANNEL
    return Reason.SHIPPED_OTHERWISE


def as_read(reading: OrderReading) -> AtAmazon:
    units = {item.order_item_id: (item.quantity_ordered, item.quantity_shipped) for item in reading.items}
    return AtAmazon(reading.status, units, reading.packages)


def as_stored(amazon_order: AmazonOrder) -> AtAmazon:
    """By the version that the mirror holds; one query, for the items."""
    items = AmazonOrderItem.objects.filter(order=amazon_order)
    units = {
        item_id: (ordered, shipped)
        for item_id, ordered, shipped in items.values_list("order_item_id", "quantity_ordered", "quantity_shipped")
    }
    packages: tuple[PackageReading, ...] = ()
    if isinstance(amazon_order.payload, dict):
        with suppress(Unreadable):  # a later version that makes no sense is kept in place of the last good one
            packages = read_packages(amazon_order.payload)
    return AtAmazon(amazon_order.status, units, packages)


def units_packed(confirmation: ShipmentConfirmation) -> Units:
    """What is in our package, whatever Amazon expects."""
    return dict(confirmation.shipment.lines.values_list("line__channel_line_id", "quantity"))


def units_accepted(confirmation: ShipmentConfirmation, packed: Units) -> Units:
    """What Amazon took of a package that was corrected since, whether it shows the package or not."""
    return (confirmation.units_sent or packed) if confirmation.is_correction else {}


def units_expected(
    packed: Units,
    *,
    reference: str,
    at_amazon: AtAmazon,
    others: Iterable[ShipmentConfirmation],
    accepted: Units,
) -> Units:
    """The units of ``packed`` that Amazon takes in the package of that ``reference``; empty when it needs none.

    Not the canceled ones, nor those in other packages, nor those of ``others`` of ours that Amazon accepted and does
    not show yet. What Amazon holds in this package already, or ``accepted`` in it and names in no other package, may
    be sent again, which edits it.
    """
    if at_amazon.status == states.CANCELLED:
        return {}
    shown = {package.reference for package in at_amazon.packages}
    if is_in_other_packages(packed, reference=reference, at_amazon=at_amazon):
        accepted = {}
    own = next((package.quantities for package in at_amazon.packages if package.reference == reference), accepted)
    on_the_way: Units = {}
    for other in others:
        if other.state == ConfirmationState.SENT and other.package_reference_id not in shown | {reference}:
            for item_id, units in other.units_sent.items():
                on_the_way[item_id] = on_the_way.get(item_id, 0) + units
    expected = {}
    for item_id, units in packed.items():
        ordered, fulfilled = at_amazon.units.get(item_id, (0, 0))
        if at_amazon.status == states.SHIPPED:
            fulfilled = ordered
        left = ordered - max(fulfilled - own.get(item_id, 0), 0) - on_the_way.get(item_id, 0)
        if min(units, left) > 0:
            expected[item_id] = min(units, left)
    return expected


def expected_now(confirmation: ShipmentConfirmation) -> Units:
    """What Amazon takes of our package by the version of the order that is stored now."""
    order, packed = confirmation.amazon_order, units_packed(confirmation)
    return units_expected(
        packed,
        reference=confirmation.package_reference_id,
        at_amazon=as_stored(order),
        others=order.confirmations.exclude(pk=confirmation.pk),
        accepted=units_accepted(confirmation, packed),
    )


def package_of(confirmation: ShipmentConfirmation, units: Units) -> PackageConfirmation:
    """The message to Amazon, with these units of the package."""
    shipment, amazon_order = confirmation.shipment, confirmation.amazon_order
    return PackageConfirmation(
        amazon_order_id=amazon_order.amazon_order_id,
        marketplace_id=amazon_order.marketplace_id,
        package_reference_id=confirmation.package_reference_id,
        carrier_code=shipment.carrier_code,
        carrier_name=shipment.carrier_name if shipment.carrier_code == OTHER else "",
        shipping_method=shipment.shipping_method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        quantities=units,
    )
