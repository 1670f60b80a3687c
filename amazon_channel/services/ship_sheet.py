"""Shipping rows of the sheet, where a scanner may have read the wrong barcode."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.queries import AMAZON_ORDER_NUMBER
from commerce_orders.models import Order
from commerce_orders.services.fulfilment import Package
from commerce_orders.services.sheet import RowOutcome, ship_rows


def ship_sheet_rows(
    packages: Mapping[int, Package], *, actor: str, clock: Callable[[], datetime] = timezone.now
) -> dict[int, RowOutcome]:
    """``ship_rows``, by Commerce order id; an order number in the place of a tracking number is refused."""
    typed = {package.tracking_number.strip() for package in packages.values()}
    own = set(Order.objects.filter(number__in=typed).values_list("number", flat=True))
    outcomes, sound = {}, {}
    for order_id, package in packages.items():
        number = package.tracking_number.strip()
        if number in own or AMAZON_ORDER_NUMBER.fullmatch(number):
            outcomes[order_id] = RowOutcome(
                refusal=_("%(number)s is an order number, not a tracking number.") % {"number": number}
            )
        elif not package.carrier_code:
            outcomes[order_id] = RowOutcome(refusal=_("Choose a carrier, for all rows or for this one."))
        else:
            sound[order_id] = package
    return outcomes | ship_rows(sound, actor=actor, clock=clock)
