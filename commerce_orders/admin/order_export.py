"""What the list of Commerce orders gives out as CSV or XLSX."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce_orders.channels import channel_of
from commerce_orders.models import Order
from commerce_orders.models.money import in_minor_units
from commerce_orders.states import OrderStatus
from project.export import ExportColumn, moment

AMOUNTS = ("subtotal", "shipping", "gift_wrap", "tax", "other", "discount", "grand_total")


def _channel(order: Order) -> str:
    channel = channel_of(order)
    return channel.name if channel else order.channel


def _amount(name: str) -> ExportColumn:
    heading = Order._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return ExportColumn(heading, lambda order: in_minor_units(getattr(order, name), order.currency))


def _zone(order: Any) -> str:
    return str(order.zone)  # the admin hangs each order's clock on it before


def _moment(name: str) -> ExportColumn:
    return moment(Order._meta.get_field(name).verbose_name, name, _zone)  # type: ignore[union-attr]


RELATED = ("store", "customer")
COLUMNS = (
    ExportColumn(_("order number"), lambda order: order.number),
    ExportColumn(_("store"), lambda order: order.store.name),
    ExportColumn(_("sales channel"), _channel),
    ExportColumn(_("channel order number"), lambda order: order.channel_order_id),
    ExportColumn(_("status"), lambda order: OrderStatus(order.status).label),
    ExportColumn(_("customer"), lambda order: order.customer.number if order.customer else _("guest")),
    ExportColumn(_("currency"), lambda order: order.currency),
    *map(_amount, AMOUNTS),
    *(_moment(name) for name in ("placed_at", "ship_by", "deliver_by", "closed_at")),
    ExportColumn(_("time zone"), _zone),
)
