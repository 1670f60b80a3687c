"""Packages that somebody else shipped become shipments of ours."""

from collections.abc import Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.orders import PackageReading
from amazon_channel.services.followed import Followed
from amazon_channel.services.packages import is_same
from amazon_channel.states import ConfirmationState
from commerce_orders.services.fulfilment import Package, adopt_shipment

COUNTED_BY_AMAZON = frozenset({ConfirmationState.CONFIRMED, ConfirmationState.WITHDRAWN})


def adopt_packages(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Take over what somebody shipped in Seller Central; it is never sent to Amazon again."""
    for each in followed:
        if not each.order.is_open or each.reading.status not in states.VERIFIED:
            continue
        if not each.confirmations and each.units_shipped:
            continue  # shipped here with a label from Amazon, which needs no confirmation (Ship+, Easy Ship)
        for package in each.reading.packages:
            if not any(is_same(confirmation, package) for confirmation in each.confirmations):
                _adopt(each, package, actor=actor, now=now)
        if each.reading.status == states.SHIPPED and each.order.is_open:
            _adopt(each, _package_of_the_rest(each), actor=actor, now=now)


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
    each.keep_as_confirmed(shipment, reference=package.reference, now=now)
    each.reload()


def _uncounted(each: Followed, item_id: str) -> int:
    """Units of an item that have left and that we do not count yet: packages can appear after their units did."""
    line = each.lines[item_id]
    left_at_amazon = sum(item.quantity_shipped for item in each.reading.items if item.order_item_id == item_id)
    are_ours_known = all(confirmation.state in COUNTED_BY_AMAZON for confirmation in each.confirmations)
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
