"""Correcting what was recorded of a package: its carrier, service or tracking number."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce_orders.channels import channel_of
from commerce_orders.models import Order, Shipment
from commerce_orders.services.fulfilment import ShipmentRefused, check_label
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind, ShipmentOrigin

LABEL = ("carrier_code", "carrier_name", "shipping_method", "tracking_number")


def correct_shipment(
    *,
    shipment_id: int,
    actor: str,
    now: datetime,
    carrier_code: str | None = None,
    carrier_name: str | None = None,
    shipping_method: str | None = None,
    tracking_number: str | None = None,
    is_as_seen: Callable[[Order], bool] | None = None,
) -> bool:
    """Change what is given of a package of ours and let the channel know, in one transaction.

    What is left out stays as it is; another carrier starts without the name of the old one. ``False`` when nothing
    differs, and then nobody is told. The order row is locked first, as for a new package, and the same checks are
    made; ``is_as_seen`` is asked then whether the sender knew this state of it. Raises ``ShipmentRefused`` and changes
    nothing.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(shipments=shipment_id)
        shipment = Shipment.objects.get(pk=shipment_id)
        if is_as_seen is not None and not is_as_seen(order):
            raise ShipmentRefused("changed_meanwhile", _("Somebody else changed this order meanwhile. Read it again."))
        if shipment.origin == ShipmentOrigin.CHANNEL:
            raise ShipmentRefused(
                "shipped_at_channel", _("This package was recorded at the sales channel. Correct it there.")
            )
        shipment.order = order
        before = _label(shipment)
        old = {"old_carrier": shipment.carrier, "old_tracking_number": shipment.tracking_number}
        if carrier_name is None:
            carrier_name = shipment.carrier_name if carrier_code in {None, shipment.carrier_code} else ""
        shipment.carrier_code = shipment.carrier_code if carrier_code is None else carrier_code
        shipment.tracking_number = _given(tracking_number, shipment.tracking_number)
        shipment.shipping_method = _given(shipping_method, shipment.shipping_method)
        carrier = check_label(
            order,
            carrier_code=shipment.carrier_code,
            carrier_name=carrier_name,
            tracking_number=shipment.tracking_number,
        )
        shipment.carrier_code, shipment.carrier_name = carrier.code, carrier.name
        if _label(shipment) == before:
            return False
        shipment.save(update_fields=LABEL)
        record_event(
            order,
            EventKind.CORRECTED,
            actor=actor,
            now=now,
            data={
                "shipment": shipment.pk,
                "carrier": shipment.carrier,
                "tracking_number": shipment.tracking_number,
                **old,
            },
        )
        if channel := channel_of(order):
            channel.shipment_corrected(shipment=shipment, now=now)
    return True


def _given(value: str | None, stored: str) -> str:
    return stored if value is None else value.strip()


def _label(shipment: Shipment) -> tuple[str, ...]:
    return tuple(getattr(shipment, name) for name in LABEL)
