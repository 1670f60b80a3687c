"""What the page of a Commerce order says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.admin.cancel_form import CancelForm
from commerce_orders.admin.ship_form import CorrectionForm, ShipForm
from commerce_orders.admin.timeline import timeline_rows
from commerce_orders.channels import ChannelStatus, SalesChannel, channel_of
from commerce_orders.models import Order, Shipment
from commerce_orders.presentation.pills import CHANNEL_TONES, Tone, order_pills, pill
from commerce_orders.queries import time_zones_of
from commerce_orders.services.cancellation import reasons_to_cancel
from commerce_orders.services.fulfilment import hold_on
from commerce_orders.states import CancellationState, ChannelState, OrderStatus, ShipmentOrigin
from customers.models import Contact
from customers.services.access import VIEW_PERSONAL_DATA, reveal_contacts

CHANNEL_WORDS = {
    ChannelState.WAITING: gettext_lazy("Waiting to be sent to %(channel)s"),
    ChannelState.SENT: gettext_lazy("Sent to %(channel)s, not confirmed yet"),
    ChannelState.CONFIRMED: gettext_lazy("Confirmed by %(channel)s"),
    ChannelState.REFUSED: gettext_lazy("Refused by %(channel)s"),
    ChannelState.WITHDRAWN: gettext_lazy("%(channel)s needs no message about it"),
}


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    shipment: Shipment
    pill: SafeString
    status: ChannelStatus | None
    correction: CorrectionForm | None


def ship_form(order: Order, *, data: Mapping[str, Any] | None, now: datetime) -> ShipForm:
    """The form for what is left in ``order``."""
    channel = channel_of(order)
    return ShipForm(
        data,
        lines=list(order.lines.all()),
        buyer_wants_to_cancel=order.buyer_wants_to_cancel,
        is_held=bool(hold_on(order)),
        carriers=channel.carriers(order) if channel else [],
        other=channel.other_carrier if channel else "",
        zone=time_zones_of([order])[order.pk],
        now=now,
    )


def cancel_form(order: Order, *, data: Mapping[str, Any] | None) -> CancelForm:
    return CancelForm(data, reasons=reasons_to_cancel(order))


def correction_form(shipment: Shipment, *, data: Mapping[str, Any] | None) -> CorrectionForm:
    channel = channel_of(shipment.order)
    return CorrectionForm(
        data,
        shipment=shipment,
        carriers=channel.carriers(shipment.order) if channel else [],
        other=channel.other_carrier if channel else "",
    )


def describe(
    order: Order, *, user: User | AnonymousUser, submitted: forms.Form | None, reveal: bool, now: datetime
) -> dict[str, Any]:
    """The template's context; a ``submitted`` form that was refused is shown as it came.

    With ``reveal`` the buyer's data is decrypted and the look recorded.
    """
    channel = channel_of(order)
    shipments = list(order.shipments.prefetch_related("lines__line"))
    may_ship = user.has_perm("commerce_orders.ship_order")
    is_to_ship = order.is_to_ship
    to_ship = submitted if isinstance(submitted, ShipForm) else None
    if to_ship is None and is_to_ship and may_ship:
        to_ship = ship_form(order, data=None, now=now)
    has_left = bool(shipments) or any(line.quantity_shipped for line in order.lines.all())
    may_cancel = is_to_ship and not has_left and user.has_perm("commerce_orders.cancel_order")
    to_cancel = submitted if isinstance(submitted, CancelForm) else None
    # Its form has gone with what it was refused for, such as a parcel that somebody else has shipped.
    is_unplaced = (to_ship is not None and not is_to_ship) or (to_cancel is not None and not may_cancel)
    cancellation = order.cancellations.last()
    contact = Contact.objects.defer("data").filter(pk=order.contact_id).first() if order.contact_id else None
    details = None
    if reveal and contact is not None:
        details = reveal_contacts([contact], actor=user.get_username(), user=user, purpose="order", now=now)[contact.pk]
    return {
        "order": order,
        "zone": to_ship.zone.key if to_ship else time_zones_of([order])[order.pk],
        "now": now,
        "state": order_pills(order),
        "is_to_ship": is_to_ship,
        "may_start_processing": order.status == OrderStatus.PENDING and user.has_perm("commerce_orders.ship_order"),
        "channel": channel,
        "channel_address": channel.order_address(order) if channel else "",
        "unplaced_errors": submitted.non_field_errors() if submitted and is_unplaced else [],
        "warnings": channel.warnings(order) if channel else [],
        "hold": hold_on(order) if is_to_ship else "",
        "conflict": channel.conflict(order) if channel else None,
        "may_settle": channel is not None and user.has_perm(channel.settle_permission),
        "lines": order.lines.all(),
        "may_see_products": user.has_perm("commerce_orders.view_product"),
        "may_map_skus": user.has_perm("commerce_orders.change_product"),
        "amounts": amounts(order),
        "shipments": shipment_rows(shipments, order, channel, may_correct=may_ship, submitted=submitted),
        "ship_form": to_ship if is_to_ship else None,
        "cancel_form": (to_cancel or cancel_form(order, data=None)) if may_cancel else None,
        "may_grant": may_cancel and channel is not None and order.buyer_wants_to_cancel,
        "cancellation": cancellation,
        "is_cancellation_refused": is_to_ship
        and cancellation is not None
        and cancellation.state == CancellationState.REFUSED,
        "timeline": timeline_rows(order),
        "note_address": reverse("admin:commerce_orders_order_note", args=[order.pk]) if may_ship else "",
        "contact": contact,
        "details": details,
        "may_reveal": user.has_perm(VIEW_PERSONAL_DATA),
        "may_see_customer": user.has_perm("customers.view_customer"),
    }


def amounts(order: Order) -> list[tuple[str, Any]]:
    """The parts of the total that are not zero, as they are added up."""
    parts = [
        (_("Subtotal"), order.subtotal),
        (_("Shipping"), order.shipping),
        (_("Gift wrap"), order.gift_wrap),
        (_("Tax"), order.tax),
        (_("Other charges"), order.other),
        (_("Discount"), -order.discount),
    ]
    return [parts[0], *(part for part in parts[1:] if part[1])]


def shipment_rows(
    shipments: Sequence[Shipment],
    order: Order,
    channel: SalesChannel | None,
    *,
    may_correct: bool,
    submitted: forms.Form | None,
) -> list[ShipmentRow]:
    statuses = channel.shipment_statuses(shipments) if channel and shipments else {}
    rows = []
    for shipment in shipments:
        shipment.order = order  # which knows its channel's order already
        correction = None
        if isinstance(submitted, CorrectionForm) and submitted.shipment == shipment:
            correction = submitted
        elif may_correct and shipment.origin != ShipmentOrigin.CHANNEL:
            correction = correction_form(shipment, data=None)
        status = statuses.get(shipment.pk)
        rows.append(ShipmentRow(shipment, _shipment_pill(shipment, status, channel), status, correction))
    return rows


def _shipment_pill(shipment: Shipment, status: ChannelStatus | None, channel: SalesChannel | None) -> SafeString:
    if status is None or channel is None:
        return pill(ShipmentOrigin(shipment.origin).label, Tone.NEUTRAL)
    return pill(CHANNEL_WORDS[status.state] % {"channel": channel.name}, CHANNEL_TONES[status.state])
