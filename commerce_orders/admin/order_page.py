"""What the page of a Commerce order says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.admin.ship_form import ShipForm
from commerce_orders.channels import ChannelStatus, SalesChannel, channel_of
from commerce_orders.models import Order, OrderEvent, Shipment
from commerce_orders.presentation.pills import CHANNEL_TONES, Tone, pill, status_pill
from commerce_orders.queries import time_zones_of
from commerce_orders.states import ChannelState, OrderStatus, ShipmentOrigin
from customers.admin import VIEW_PERSONAL_DATA
from customers.models import Contact
from customers.services.access import reveal_contacts

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


@dataclass(frozen=True, slots=True)
class TimelineRow:
    event: OrderEvent
    from_status: str
    to_status: str
    facts: str


def ship_form(order: Order, *, data: Mapping[str, Any] | None, now: datetime) -> ShipForm:
    """The form for what is left in ``order``."""
    channel = channel_of(order)
    return ShipForm(
        data,
        lines=list(order.lines.all()),
        carriers=channel.carriers(order) if channel else [],
        other=channel.other_carrier if channel else "",
        zone=time_zones_of([order])[order.pk],
        now=now,
    )


def describe(
    order: Order, *, user: User | AnonymousUser, form: ShipForm | None, reveal: bool, now: datetime
) -> dict[str, Any]:
    """The template's context. With ``reveal`` the buyer's data is decrypted and the look recorded."""
    channel = channel_of(order)
    shipments = list(order.shipments.prefetch_related("lines__line"))
    is_to_ship = order.is_open and not order.is_fulfilled_by_channel
    if form is None and is_to_ship and user.has_perm("commerce_orders.ship_order"):
        form = ship_form(order, data=None, now=now)
    contact = Contact.objects.defer("data").filter(pk=order.contact_id).first() if order.contact_id else None
    details = None
    if reveal and contact is not None:
        details = reveal_contacts([contact], actor=user.get_username(), user=user, purpose="order", now=now)[contact.pk]
    return {
        "order": order,
        "zone": form.zone.key if form else time_zones_of([order])[order.pk],
        "now": now,
        "state": status_pill(order.status),
        "is_to_ship": is_to_ship,
        "may_start_processing": order.status == OrderStatus.PENDING and user.has_perm("commerce_orders.ship_order"),
        "channel": channel,
        "channel_address": channel.order_address(order) if channel else "",
        "warnings": channel.warnings(order) if channel else [],
        "lines": order.lines.all(),
        "amounts": amounts(order),
        "shipments": shipment_rows(shipments, channel),
        "ship_form": form if is_to_ship else None,
        "timeline": [timeline_row(event) for event in order.events.all()],
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


def shipment_rows(shipments: Sequence[Shipment], channel: SalesChannel | None) -> list[ShipmentRow]:
    statuses = channel.shipment_statuses(shipments) if channel and shipments else {}
    return [_shipment_row(shipment, statuses.get(shipment.pk), channel) for shipment in shipments]


def _shipment_row(shipment: Shipment, status: ChannelStatus | None, channel: SalesChannel | None) -> ShipmentRow:
    if status is None or channel is None:
        return ShipmentRow(shipment, pill(ShipmentOrigin(shipment.origin).label, Tone.NEUTRAL), None)
    words = CHANNEL_WORDS[status.state] % {"channel": channel.name}
    return ShipmentRow(shipment, pill(words, CHANNEL_TONES[status.state]), status)


def timeline_row(event: OrderEvent) -> TimelineRow:
    facts = [str(event.data[name]) for name in ("carrier", "tracking_number") if event.data.get(name)]
    return TimelineRow(
        event,
        from_status=str(OrderStatus(event.from_status).label) if event.from_status else "",
        to_status=str(OrderStatus(event.to_status).label) if event.to_status else "",
        facts=" ".join(facts),
    )
