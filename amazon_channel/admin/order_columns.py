"""The columns of the Orders tab. They read what ``AmazonOrderAdmin`` hangs on the orders of a page."""

from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from amazon_channel.admin.order_page import kinds_of
from amazon_channel.admin.pills import request_pills, state_pill
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import AmazonOrder
from amazon_channel.states import FULFILLED_BY_LABELS
from commerce_orders.admin.list_parts import Column
from commerce_orders.presentation.moments import format_day, format_deadline, format_moment_briefly
from commerce_orders.presentation.money import format_money
from commerce_orders.presentation.pills import Tone, pill
from customers.services.access import VIEW_PERSONAL_DATA, reveal_contacts
from project.counts import format_count

COLUMNS = (
    Column("number", sort="amazon_order_id", sorts_all=True),
    Column("commerce_number"),
    Column("state"),
    Column("due", sort="ship_by", sorts_all=True),
    Column("units", sort="units_to_ship", is_number=True),
    Column("buyer"),
    Column("total", sort="grand_total", is_number=True),
    Column("by"),
    Column("bought", sort="purchased_at", sorts_all=True),
    Column("marketplace", is_usual=False),
    Column("kind", is_usual=False),
    Column("deliver", sort="deliver_by", is_usual=False),
    Column("changed", is_usual=False),
)


def reveal_buyers(request: HttpRequest, orders: list[AmazonOrder], *, now: datetime) -> None:
    """Hang the names on the orders and leave one audit row for the page; nothing without permission."""
    if request.method != "GET" or not request.user.has_perm(VIEW_PERSONAL_DATA):
        return
    details = reveal_contacts(
        [order.contact for order in orders if order.contact],
        actor=request.user.get_username(),
        user=request.user,
        purpose="orders_tab",
        now=now,
    )
    for order in orders:
        order.revealed = details.get(order.contact_id or 0)  # type: ignore[attr-defined]


class OrderColumns:
    @admin.display(description=_("Amazon order number"))
    def number(self, order: AmazonOrder) -> SafeString:
        return format_html(
            '<bdi class="bo-code">{}</bdi> <bdi class="bo-under bo-name">{}</bdi>',
            order.amazon_order_id,
            order.account.name,
        )

    @admin.display(description=_("Commerce order number"), empty_value="–")
    def commerce_number(self, order: AmazonOrder) -> SafeString | None:
        if order.commerce_order is None:
            return None
        address = reverse("admin:commerce_orders_order_change", args=[order.commerce_order_id])
        return format_html('<a class="bo-link bo-code" href="{}">{}</a>', address, order.commerce_order.number)

    @admin.display(description=_("status"))
    def state(self, order: AmazonOrder) -> SafeString:
        """With what is wrong, and who asks for something, beneath."""
        problems = [pill(order.get_problem_code_display(), Tone.DANGER)] if order.problem_code else []
        risks = [pill(risk.label, Tone.WARNING) for risk in order.risks]  # type: ignore[attr-defined]
        below = [*problems, *risks, *request_pills(order)]
        return state_pill(order) + format_html_join("", '<div class="bo-below">{}</div>', ((each,) for each in below))

    @admin.display(description=_("items to ship"))
    def units(self, order: AmazonOrder) -> str:
        return format_count(order.units_to_ship)

    @admin.display(description=_("buyer"), empty_value="–")
    def buyer(self, order: AmazonOrder) -> SafeString | None:
        details = getattr(order, "revealed", None)
        return (
            format_html('<bdi class="bo-name">{}</bdi>', details.display_name)
            if details and details.display_name
            else None
        )

    @admin.display(description=_("total"))
    def total(self, order: AmazonOrder) -> SafeString:
        return format_html('<span class="bo-code">{}</span>', format_money(order.grand_total, order.currency))

    @admin.display(description=_("fulfilled by"))
    def by(self, order: AmazonOrder) -> str:
        return str(FULFILLED_BY_LABELS.get(order.fulfilled_by, order.fulfilled_by or "–"))

    @admin.display(description=_("bought"))
    def bought(self, order: AmazonOrder) -> SafeString | str:
        return format_moment_briefly(order.purchased_at, order.account.time_zone, now=order.seen_at)  # type: ignore[attr-defined]

    @admin.display(description=_("deliver by"))
    def deliver(self, order: AmazonOrder) -> str:
        return format_day(order.deliver_by, order.account.time_zone)

    @admin.display(description=_("changed at Amazon"))
    def changed(self, order: AmazonOrder) -> SafeString | str:
        return format_moment_briefly(order.last_updated_at, order.account.time_zone, now=order.seen_at)  # type: ignore[attr-defined]

    @admin.display(description=_("marketplace"))
    def marketplace(self, order: AmazonOrder) -> str:
        known = MARKETPLACES.get(order.marketplace_id)
        return known.name if known else order.marketplace_id or "–"

    @admin.display(description=_("kind of order"))
    def kind(self, order: AmazonOrder) -> str:
        return ", ".join(kinds_of(order)) or "–"

    @admin.display(description=_("ship by"))
    def due(self, order: AmazonOrder) -> str:
        return format_deadline(
            order.ship_by,
            zone=order.account.time_zone,
            now=order.seen_at,  # type: ignore[attr-defined]
            is_open=order.is_to_ship,
        )
