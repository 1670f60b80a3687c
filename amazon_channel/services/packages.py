"""Packages as Amazon shows them: ours are confirmed by it, others are taken over."""

from collections.abc import Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.orders import PackageReading
from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.followed import Followed
from amazon_channel.states import ConfirmationState
from commerce_orders.models import OrderEvent
from commerce_orders.services.fulfilment import Package, adopt_shipment
from commerce_orders.services.transitions import record_events
from commerce_orders.states import EventKind


def confirm_packages(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """What Amazon shows is confirmed, whatever we believed of it: sent, refused, or never sent."""
    shown = [
        (each.order, confirmation)
        for each in followed
        for confirmation in each.confirmations
        if confirmation.state != ConfirmationState.CONFIRMED and _is_shown(confirmation, each)
    ]
    if not shown:
        return
    for _order, confirmation in shown:
        confirmation.state, confirmation.confirmed_at = ConfirmationState.CONFIRMED, now
        confirmation.error_code, confirmation.error_detail = "", ""
    ShipmentConfirmation.objects.filter(pk__in=[confirmation.pk for _order, confirmation in shown]).update(
        state=ConfirmationState.CONFIRMED, confirmed_at=now, error_code="", error_detail=""
    )
    record_events(
        [order for order, _confirmation in shown],
        [
            OrderEvent(
                order=order,
                at=now,
                kind=EventKind.CHANNEL_CONFIRMED,
                actor=actor,
                data={"shipment": confirmation.shipment_id},
            )
            for order, confirmation in shown
        ],
        now=now,
    )


def adopt_packages(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Take over what somebody shipped in Seller Central; it is never sent to Amazon again."""
    for each in followed:
        if not each.order.is_open or each.reading.status not in states.VERIFIED:
            continue
        if not each.confirmations and each.units_shipped:
            continue  # shipped here with a label from Amazon, which needs no confirmation (Ship+, Easy Ship)
        for package in each.reading.packages:
            if not any(_is_same(confirmation, package) for confirmation in each.confirmations):
                _adopt(each, package, actor=actor, now=now)
        if each.reading.status == states.SHIPPED and each.order.is_open:
            _adopt(each, _package_of_the_rest(each), actor=actor, now=now)


def _is_shown(confirmation: ShipmentConfirmation, each: Followed) -> bool:
    if each.reading.status == states.SHIPPED and not each.reading.packages:
        return confirmation.sent_at is not None
    ours = _plain(confirmation.shipment.tracking_number)
    # Two of our shipments may bear one tracking number; a package with the other's reference proves only that one.
    others = {other.package_reference_id for other in each.confirmations} - {confirmation.package_reference_id}
    return any(
        _plain(package.tracking_number) == ours
        or (package.reference == confirmation.package_reference_id and not package.tracking_number)
        for package in each.reading.packages
        if package.reference not in others
    )


def _is_same(confirmation: ShipmentConfirmation, package: PackageReading) -> bool:
    """Also where somebody confirmed the parcel that we recorded by hand: there is one parcel, not two."""
    tracking_number = _plain(package.tracking_number)
    return package.reference == confirmation.package_reference_id or (
        tracking_number != "" and tracking_number == _plain(confirmation.shipment.tracking_number)
    )


def _plain(tracking_number: str) -> str:
    """As it can be compared: people type blanks and small letters, which Amazon may tidy up."""
    return "".join(tracking_number.split()).upper()


def _adopt(each: Followed, package: PackageReading, *, actor: str, now: datetime) -> None:
    shipment = adopt_shipment(
        order_id=each.order.pk,
        package=Package(
            carrier_code=package.carrier,
            shipping_method=package.shipping_service,
            tracking_number=package.tracking_number,
            shipped_at=package.shipped_at or each.reading.last_updated_at,
            quantities={
                each.lines[item_id].pk: units
                for item_id, quantity in package.quantities.items()
                if item_id in each.lines and (units := min(quantity, _uncounted(each, item_id))) > 0
            },
        ),
        actor=actor,
        now=now,
    )
    if shipment is None:
        return
    each.confirmations.append(
        ShipmentConfirmation.objects.create(
            amazon_order=each.amazon_order,
            shipment=shipment,
            package_reference_id=package.reference,
            state=ConfirmationState.CONFIRMED,
            ship_by=each.reading.ship_by,
            not_before=now,
            created_at=now,
            confirmed_at=now,
        )
    )
    each.reload()


def _uncounted(each: Followed, item_id: str) -> int:
    """Units of an item that have left and that we do not count yet: packages can appear after their units did."""
    line = each.lines[item_id]
    left_at_amazon = sum(item.quantity_shipped for item in each.reading.items if item.order_item_id == item_id)
    are_ours_known = all(confirmation.state == ConfirmationState.CONFIRMED for confirmation in each.confirmations)
    if each.reading.status == states.SHIPPED or not left_at_amazon or not are_ours_known:
        return line.quantity_to_ship
    return left_at_amazon - line.quantity_shipped


def _package_of_the_rest(each: Followed) -> PackageReading:
    """Amazon says Shipped and shows no package of these units, as for labels bought from Amazon."""
    return PackageReading(
        reference="rest",
        carrier="",
        shipping_service="",
        tracking_number="",
        shipped_at=None,
        quantities={item_id: line.quantity_to_ship for item_id, line in each.lines.items()},
    )
