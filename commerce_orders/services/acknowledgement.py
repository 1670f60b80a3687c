"""A system behind us takes an order over, once and under its own number."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce_orders.models import Order
from commerce_orders.refusals import Refused
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind


class AcknowledgementRefused(Refused):
    """The order was taken over already, under another number."""


def acknowledge_order(*, order_id: int, external_number: str, actor: str, now: datetime) -> bool:
    """Keep the number that the order has in the system that took it over, with its event, in one transaction.

    ``False`` when it has this number already. The order row is locked first, so that of two systems that take the
    same order at once only one succeeds. Raises ``AcknowledgementRefused`` and changes nothing.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.acknowledged_at:
            if order.external_number == external_number:
                return False
            words = _("This order was taken over already, under the number %(number)s.")
            raise AcknowledgementRefused("acknowledged_otherwise", words % {"number": order.external_number})
        Order.objects.filter(pk=order.pk).update(external_number=external_number, acknowledged_at=now)
        record_event(order, EventKind.ACKNOWLEDGED, actor=actor, now=now, data={"external_number": external_number})
    return True
