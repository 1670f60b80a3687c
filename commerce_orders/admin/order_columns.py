"""The columns of the list of Commerce orders. They read what ``OrderAdmin`` hangs on the orders of a page."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.list_parts import Column
from commerce_orders.channels import channel_of
from commerce_orders.models import Order
from commerce_orders.presentation.moments import format_day, format_deadline, format_moment_briefly
from commerce_orders.presentation.money import format_money
from commerce_orders.presentation.pills import order_pills

COLUMNS = (
    Column("order_number", sort="number", sorts_all=True),
    Column("store_name"),
    Column("channel_order"),
    Column("state"),
    Column("due", sort="ship_by", sorts_all=True),
    Column("buyer_kind"),
    Column("total", sort="grand_total", is_number=True),
    Column("placed", sort="placed_at", sorts_all=True),
    Column("deliver", sort="deliver_by", is_usual=False),
    Column("came_in", sort="id", sorts_all=True, is_usual=False),
)


class OrderColumns:
    @admin.display(description=_("order number"))
    def order_number(self, order: Order) -> SafeString:
        return format_html('<bdi class="bo-code">{}</bdi>', order.number)

    @admin.display(description=_("store"))
    def store_name(self, order: Order) -> SafeString:
        return format_html('<bdi class="bo-name">{}</bdi>', order.store.name)

    @admin.display(description=_("sales channel"))
    def channel_order(self, order: Order) -> SafeString:
        channel = channel_of(order)
        return format_html(
            '{}<bdi class="bo-under">{}</bdi>', channel.name if channel else order.channel, order.channel_order_id
        )

    @admin.display(description=_("status"))
    def state(self, order: Order) -> SafeString:
        return order_pills(order)

    @admin.display(description=_("customer"))
    def buyer_kind(self, order: Order) -> SafeString | str:
        if order.customer is None:
            return str(_("Guest"))
        return format_html('<span class="bo-code">{}</span>', order.customer.number)

    @admin.display(description=_("total"))
    def total(self, order: Order) -> SafeString:
        return format_html('<span class="bo-code">{}</span>', format_money(order.grand_total, order.currency))

    @admin.display(description=_("placed"))
    def placed(self, order: Order) -> SafeString | str:
        return format_moment_briefly(order.placed_at, order.zone, now=order.seen_at)  # type: ignore[attr-defined]

    @admin.display(description=_("received"))
    def came_in(self, order: Order) -> SafeString | str:
        return format_moment_briefly(order.created_at, order.zone, now=order.seen_at)  # type: ignore[attr-defined]

    @admin.display(description=_("deliver by"))
    def deliver(self, order: Order) -> str:
        return format_day(order.deliver_by, order.zone)  # type: ignore[attr-defined]

    @admin.display(description=_("ship by"))
    def due(self, order: Order) -> str:
        return format_deadline(
            order.ship_by,
            zone=order.zone,  # type: ignore[attr-defined]
            now=order.seen_at,  # type: ignore[attr-defined]
            is_open=order.is_open and not order.is_fulfilled_by_channel,
        )
