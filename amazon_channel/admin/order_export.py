"""What the Orders tab gives out as CSV or XLSX."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import AmazonOrder
from amazon_channel.states import FULFILLED_BY_LABELS, status_label
from commerce_orders.models.money import in_minor_units
from project.export import ExportColumn, moment


def _marketplace(order: AmazonOrder) -> str:
    place = MARKETPLACES.get(order.marketplace_id)
    return place.name if place else order.marketplace_id


def _total(order: AmazonOrder) -> Decimal | None:
    return None if order.grand_total is None else in_minor_units(order.grand_total, order.currency)


def _zone(order: AmazonOrder) -> str:
    return order.account.time_zone


RELATED = ("account", "commerce_order")
COLUMNS = (
    ExportColumn(_("Amazon order number"), lambda order: order.amazon_order_id),
    ExportColumn(_("seller account"), lambda order: order.account.name),
    ExportColumn(_("marketplace"), _marketplace),
    ExportColumn(_("Commerce order number"), lambda order: order.commerce_order.number if order.commerce_order else ""),
    ExportColumn(_("status"), lambda order: status_label(order.status_here)),
    ExportColumn(_("fulfilled by"), lambda order: FULFILLED_BY_LABELS.get(order.fulfilled_by, order.fulfilled_by)),
    ExportColumn(_("total"), _total),
    ExportColumn(_("currency"), lambda order: order.currency),
    ExportColumn(_("items ordered"), lambda order: order.units_ordered),
    ExportColumn(_("items to ship"), lambda order: order.units_to_ship),
    moment(_("bought"), "purchased_at", _zone),
    moment(_("ship by"), "ship_by", _zone),
    moment(_("deliver by"), "deliver_by", _zone),
    ExportColumn(_("time zone"), _zone),
    ExportColumn(_("problem"), lambda order: order.get_problem_code_display() if order.problem_code else ""),
)
