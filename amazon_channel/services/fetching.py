"""One order by its number: for orders that Amazon shows to whoever asks for them and never lists."""

from datetime import datetime

from django.utils.translation import gettext as _

from amazon_channel.gateway.errors import AmazonProtocolError
from amazon_channel.models import AmazonOrder, SellerAccount
from amazon_channel.queries import AMAZON_ORDER_NUMBER
from amazon_channel.services.access_tokens import open_gateway
from amazon_channel.services.reading_again import read_order_again
from commerce_orders.wording import wording


class OrderNumberWrong(Exception):
    """The text is no Amazon order number; the message says what one looks like."""


def fetch_order(*, account: SellerAccount, amazon_order_id: str, now: datetime) -> AmazonOrder:
    """Ask Amazon for the order and store it; the stored row, new or not.

    Raises ``OrderNumberWrong``, and ``AmazonError``: with the code ``NotFound`` where this account has no such order.
    """
    number = amazon_order_id.strip()
    if not AMAZON_ORDER_NUMBER.fullmatch(number):
        raise OrderNumberWrong(_("An Amazon order number looks like 123-1234567-1234567."))
    gateway = open_gateway(account)
    read_order_again(account=account, gateway=gateway, amazon_order_id=number, now=now)
    order = AmazonOrder.objects.filter(account=account, amazon_order_id=number).first()
    if order is None:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon sent another order than the one asked for"))
    return order
