"""Short labels that say a state in words and repeat it in colour."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from commerce_orders.models import Order
from commerce_orders.states import CancellationState, ChannelState, OrderStatus


class Tone(StrEnum):
    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


ORDER_TONES = {
    OrderStatus.PENDING: Tone.NEUTRAL,
    OrderStatus.PROCESSING: Tone.WARNING,
    OrderStatus.PARTIALLY_SHIPPED: Tone.INFO,
    OrderStatus.COMPLETE: Tone.SUCCESS,
    OrderStatus.CANCELED: Tone.NEUTRAL,
}
CHANNEL_TONES = {
    ChannelState.WAITING: Tone.INFO,
    ChannelState.SENT: Tone.INFO,
    ChannelState.CONFIRMED: Tone.SUCCESS,
    ChannelState.REFUSED: Tone.DANGER,
    ChannelState.WITHDRAWN: Tone.NEUTRAL,
}


def pill(words: str | Promise, tone: Tone) -> SafeString:
    return format_html('<span class="bo-pill bo-{}"><bdi>{}</bdi></span>', tone, words)


def status_pill(status: str) -> SafeString:
    return pill(OrderStatus(status).label, ORDER_TONES[OrderStatus(status)])


def order_pills(order: Order) -> SafeString:
    """The status of an order, and who wants an open one canceled."""
    pills = [status_pill(order.status), *cancellation_pills(order)]
    return format_html_join(" ", "{}", ((each,) for each in pills))


def cancellation_pills(order: Order) -> list[SafeString]:
    if order.cancellation_requested_at:
        return [pill(CancellationState.REQUESTED.label, Tone.WARNING)]
    if order.is_open and order.buyer_wants_to_cancel:
        return [pill(_("Buyer asks to cancel"), Tone.WARNING)]
    return []
