"""Shipping a package from whichever page has the form."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.order_page import ship_form
from commerce_orders.admin.ship_form import ShipForm
from commerce_orders.models import Order
from commerce_orders.services.fulfilment import ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin

SHIPPED = _("Shipment recorded. Its status is shown under Shipments.")


def ship_package(request: HttpRequest, order: Order, *, now: datetime) -> ShipForm | None:
    """Record the package that ``request`` describes; the form comes back only where it is refused, with the reason."""
    form = ship_form(order, data=request.POST, now=now)
    if not form.is_valid():
        return form
    try:
        record_shipment(
            order_id=order.pk,
            package=form.shipment(),
            actor=request.user.get_username(),
            origin=ShipmentOrigin.STAFF,
            now=now,
            shipments_seen=form.cleaned_data["shipments_seen"],
            despite_request=form.cleaned_data.get("despite_request", False),
            despite_hold=form.cleaned_data.get("despite_hold", False),
        )
    except ShipmentRefused as refusal:
        form.show_refusal(refusal)
    else:
        return None
    return form
