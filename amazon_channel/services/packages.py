"""Packages as Amazon shows them, beside what we told it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.orders import PackageReading
from amazon_channel.models import ShipmentConfirmation
from amazon_channel.refusals import OUR_OWN, PACKAGE_REMOVED
from amazon_channel.services.expected import (
    AtAmazon,
    Units,
    as_read,
    is_in_other_packages,
    units_accepted,
    units_expected,
    why_needless,
)
from amazon_channel.services.followed import Followed
from amazon_channel.states import ConfirmationState
from commerce_orders.models import ShipmentLine
from commerce_orders.states import EventKind, Reason
from commerce_orders.wording import wording

IN_DOUBT = frozenset(
    {
        ConfirmationState.WAITING,
        ConfirmationState.SENT,
        ConfirmationState.REJECTED,
        ConfirmationState.WITHDRAWN,
    }
)
OUTCOME = ["state", "not_before", "confirmed_at", "refused_at", "error_code", "error_detail"]


def follow_packages(followed: Sequence[Followed], *, actor: str, now: datetime) -> None:
    """Bring our confirmations to what Amazon shows, whatever we believed of them.

    A package that it shows is confirmed, and bears Amazon's tracking number if somebody corrected it there. One that
    is needed no longer is withdrawn, one that is needed after all waits again, and one that disappeared is a problem.
    What a worker is sending now is left to it. At most two statements for all orders, and one per correction.
    """
    doubtful: list[tuple[Followed, ShipmentConfirmation]] = []
    changed: list[ShipmentConfirmation] = []
    for each in followed:
        for confirmation in each.confirmations:
            if confirmation.state != ConfirmationState.CONFIRMED and is_shown(confirmation, each):
                _confirm(confirmation, each, actor=actor, now=now)
                changed.append(confirmation)
            elif confirmation.state == ConfirmationState.CONFIRMED:
                _correct(confirmation, each, actor=actor, now=now)
                if _may_be_gone(confirmation, each):
                    doubtful.append((each, confirmation))
            elif confirmation.state in IN_DOUBT:
                doubtful.append((each, confirmation))
    packed = _units_packed([other for each, _confirmation in doubtful for other in each.confirmations])
    for each, confirmation in doubtful:
        if _settle(confirmation, packed, each, actor=actor, now=now):
            changed.append(confirmation)
    ShipmentConfirmation.objects.bulk_update(changed, OUTCOME)


def is_shown(confirmation: ShipmentConfirmation, each: Followed) -> bool:
    is_correction = confirmation.is_correction
    if is_correction and confirmation.state != ConfirmationState.REJECTED:
        return False  # what Amazon showed before proves nothing of what it is yet to be told
    if each.reading.status == states.SHIPPED and not each.reading.packages:
        return confirmation.sent_at is not None and not is_correction
    ours = _plain(confirmation.shipment.tracking_number)
    # Two of our shipments may bear one tracking number; a package with the other's reference proves only that one.
    others = {other.package_reference_id for other in each.confirmations} - {confirmation.package_reference_id}
    return any(
        _plain(package.tracking_number) == ours
        or (
            package.reference == confirmation.package_reference_id and not package.tracking_number and not is_correction
        )
        for package in each.reading.packages
        if package.reference not in others
    )


def is_same(confirmation: ShipmentConfirmation, package: PackageReading) -> bool:
    """Also where somebody confirmed the parcel that we recorded by hand: there is one parcel, not two."""
    tracking_number = _plain(package.tracking_number)
    return package.reference == confirmation.package_reference_id or (
        tracking_number != "" and tracking_number == _plain(confirmation.shipment.tracking_number)
    )


def _plain(tracking_number: str) -> str:
    """As it can be compared: people type blanks and small letters, which Amazon may tidy up."""
    return "".join(tracking_number.split()).upper()


def _confirm(confirmation: ShipmentConfirmation, each: Followed, *, actor: str, now: datetime) -> None:
    confirmation.state, confirmation.confirmed_at = ConfirmationState.CONFIRMED, now
    confirmation.error_code, confirmation.error_detail = "", ""
    each.note(EventKind.CHANNEL_CONFIRMED, actor=actor, now=now, data={"shipment": confirmation.shipment_id})


def _correct(confirmation: ShipmentConfirmation, each: Followed, *, actor: str, now: datetime) -> None:
    """Somebody changed the package at Amazon after it was confirmed: the parcel has the number that stands there."""
    shipment = confirmation.shipment
    package = _package_of(confirmation, each)
    if package is None or not package.tracking_number:
        return
    if _plain(package.tracking_number) == _plain(shipment.tracking_number):
        return
    shipment.tracking_number = package.tracking_number
    if package.carrier and package.carrier not in {shipment.carrier_code, shipment.carrier_name}:
        shipment.carrier_code, shipment.carrier_name = package.carrier, ""
    shipment.save(update_fields=["tracking_number", "carrier_code", "carrier_name"])
    data = {"shipment": shipment.pk, "carrier": shipment.carrier, "tracking_number": shipment.tracking_number}
    each.note(EventKind.CORRECTED, actor=actor, now=now, reason=Reason.CORRECTED_AT_CHANNEL, data=data)


def _package_of(confirmation: ShipmentConfirmation, each: Followed) -> PackageReading | None:
    reference = confirmation.package_reference_id
    return next((package for package in each.reading.packages if package.reference == reference), None)


def _may_be_gone(confirmation: ShipmentConfirmation, each: Followed) -> bool:
    """Amazon has units to ship and does not show a package that it had shown."""
    return each.reading.status in states.TO_SHIP and not any(
        is_same(confirmation, package) for package in each.reading.packages
    )


def _units_packed(confirmations: Sequence[ShipmentConfirmation]) -> dict[int, Units]:
    packed: dict[int, Units] = defaultdict(dict)
    if confirmations:
        lines = ShipmentLine.objects.filter(shipment__in=[confirmation.shipment_id for confirmation in confirmations])
        for shipment_id, item_id, units in lines.values_list("shipment_id", "line__channel_line_id", "quantity"):
            packed[shipment_id][item_id] = units
    return packed


def _is_gone(packed: Units, all_packed: Mapping[int, Units], each: Followed, at_amazon: AtAmazon) -> bool:
    """Whether fewer units of these items count as shipped than the packages hold that Amazon has confirmed."""
    counted: Units = dict.fromkeys(packed, 0)
    for confirmation in each.confirmations:
        if confirmation.state == ConfirmationState.CONFIRMED:
            units = confirmation.units_sent or all_packed[confirmation.shipment_id]
            counted = {item_id: count + units.get(item_id, 0) for item_id, count in counted.items()}
    return any(at_amazon.units.get(item_id, (0, 0))[1] < count for item_id, count in counted.items())


def _settle(
    confirmation: ShipmentConfirmation, all_packed: Mapping[int, Units], each: Followed, *, actor: str, now: datetime
) -> bool:
    """Whether the confirmation changed: withdrawn, waiting again, or gone."""
    packed = all_packed[confirmation.shipment_id]
    reference, at_amazon = confirmation.package_reference_id, as_read(each.reading)
    others = [other for other in each.confirmations if other is not confirmation]
    expected = units_expected(
        packed, reference=reference, at_amazon=at_amazon, others=others, accepted=units_accepted(confirmation, packed)
    )
    if confirmation.state == ConfirmationState.CONFIRMED:
        if not _is_gone(packed, all_packed, each, at_amazon):
            return False
        _miss(confirmation, each, actor=actor, now=now)
    elif (
        confirmation.state == ConfirmationState.WITHDRAWN
        or _was_refused_for_other_units(confirmation, expected)
        or _was_refused_while_held(confirmation, each)
    ):
        if not expected or each.reading.status not in states.TO_SHIP:
            return False
        _send_again(confirmation, each, actor=actor, now=now)
    else:
        if not _is_needless(confirmation, packed, expected, each, at_amazon):
            return False
        _withdraw(confirmation, each, why_needless(packed, at_amazon), actor=actor, now=now)
    return True


def _miss(confirmation: ShipmentConfirmation, each: Followed, *, actor: str, now: datetime) -> None:
    confirmation.state, confirmation.confirmed_at = ConfirmationState.REJECTED, None
    confirmation.refused_at = now
    confirmation.error_code = PACKAGE_REMOVED
    confirmation.error_detail = wording("Amazon does not show this package any more and waits for its items.")
    data = {"shipment": confirmation.shipment_id}
    each.note(EventKind.CHANNEL_REFUSED, actor=actor, now=now, reason=confirmation.error_detail, data=data)


def _send_again(confirmation: ShipmentConfirmation, each: Followed, *, actor: str, now: datetime) -> None:
    confirmation.state, confirmation.not_before = ConfirmationState.WAITING, now
    confirmation.error_code, confirmation.error_detail = "", ""
    data = {"shipment": confirmation.shipment_id}
    each.note(EventKind.CHANGED, actor=actor, now=now, reason=Reason.SENT_AGAIN, data=data)


def _withdraw(confirmation: ShipmentConfirmation, each: Followed, reason: Reason, *, actor: str, now: datetime) -> None:
    confirmation.state = ConfirmationState.WITHDRAWN
    confirmation.error_code, confirmation.error_detail = "", ""
    data = {"shipment": confirmation.shipment_id}
    each.note(EventKind.CHANNEL_WITHDRAWN, actor=actor, now=now, reason=reason, data=data)


def _is_needless(
    confirmation: ShipmentConfirmation, packed: Units, expected: Units, each: Followed, at_amazon: AtAmazon
) -> bool:
    if confirmation.state == ConfirmationState.SENT and not each.is_canceled_at_amazon:
        # Amazon counts units as shipped before it shows their package, which may be this one.
        return each.reading.status == states.SHIPPED and is_in_other_packages(
            packed, reference=confirmation.package_reference_id, at_amazon=at_amazon
        )
    return each.is_understood and not expected


def _was_refused_for_other_units(confirmation: ShipmentConfirmation, expected: Units) -> bool:
    """Amazon took fewer units than we sent; now it is known how many."""
    return (
        confirmation.state == ConfirmationState.REJECTED
        and confirmation.units_sent != {}
        and expected not in ({}, confirmation.units_sent)
    )


def _was_refused_while_held(confirmation: ShipmentConfirmation, each: Followed) -> bool:
    """Amazon took nothing for an order that it held, and holds it no longer."""
    is_amazons_word = confirmation.state == ConfirmationState.REJECTED and confirmation.error_code not in OUR_OWN
    return is_amazons_word and each.is_understood and not each.was_understood
