"""What the list of Commerce orders gives out as CSV or XLSX."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.export import ExportColumn, ExportsList
from commerce_orders.channels import channel_of
from commerce_orders.models import Order
from commerce_orders.queries import time_zones_of
from commerce_orders.states import OrderStatus
from project.spreadsheets import moment_text

AMOUNTS = ("subtotal", "shipping", "gift_wrap", "tax", "other", "discount", "grand_total")


def _channel(order: Order) -> str:
    channel = channel_of(order)
    return channel.name if channel else order.channel


def _amount(name: str) -> ExportColumn:
    return ExportColumn(Order._meta.get_field(name).verbose_name, lambda order: getattr(order, name))  # type: ignore[union-attr]


def _moment(name: str) -> ExportColumn:
    def text(order: Any) -> str:
        return moment_text(getattr(order, name), order.zone)

    return ExportColumn(Order._meta.get_field(name).verbose_name, text)  # type: ignore[union-attr]


COLUMNS = (
    ExportColumn(_("order number"), lambda order: order.number),
    ExportColumn(_("store"), lambda order: order.store.name),
    ExportColumn(_("sales channel"), _channel),
    ExportColumn(_("channel order number"), lambda order: order.channel_order_id),
    ExportColumn(_("status"), lambda order: OrderStatus(order.status).label),
    ExportColumn(_("customer"), lambda order: order.customer.number if order.customer else _("guest")),
    ExportColumn(_("currency"), lambda order: order.currency),
    *(_amount(name) for name in AMOUNTS),
    *(_moment(name) for name in ("placed_at", "ship_by", "deliver_by", "closed_at")),
)


class ExportsOrders(ExportsList):
    export_columns = COLUMNS
    export_related = ("store", "customer")
    exports_buyers = True

    def prepare_export(self, rows: Sequence[Order], *, now: datetime) -> None:
        zones = time_zones_of(rows)
        for order in rows:
            order.zone = zones[order.pk]  # type: ignore[attr-defined]
