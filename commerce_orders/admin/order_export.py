"""What the list of Commerce orders gives out as CSV or XLSX."""

from django.utils.translation import gettext_lazy as _

from commerce_orders.channels import channel_of
from commerce_orders.models import Order
from commerce_orders.states import OrderStatus
from project.export import ExportColumn, moment, stored

AMOUNTS = ("subtotal", "shipping", "gift_wrap", "tax", "other", "discount", "grand_total")


def _channel(order: Order) -> str:
    channel = channel_of(order)
    return channel.name if channel else order.channel


def _moment(name: str) -> ExportColumn:
    # The admin hangs each order's clock on it before.
    return moment(Order._meta.get_field(name).verbose_name, name, lambda order: order.zone)  # type: ignore[union-attr]


RELATED = ("store", "customer")
COLUMNS = (
    ExportColumn(_("order number"), lambda order: order.number),
    ExportColumn(_("store"), lambda order: order.store.name),
    ExportColumn(_("sales channel"), _channel),
    ExportColumn(_("channel order number"), lambda order: order.channel_order_id),
    ExportColumn(_("status"), lambda order: OrderStatus(order.status).label),
    ExportColumn(_("customer"), lambda order: order.customer.number if order.customer else _("guest")),
    ExportColumn(_("currency"), lambda order: order.currency),
    *stored(Order, *AMOUNTS),
    *(_moment(name) for name in ("placed_at", "ship_by", "deliver_by", "closed_at")),
)
