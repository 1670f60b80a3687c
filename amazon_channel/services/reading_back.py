"""Looking whether Amazon shows what it was told."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from amazon_channel.gateway.client import AmazonGateway
from amazon_channel.gateway.errors import AmazonProtocolError, AmazonRejected
from amazon_channel.models import SellerAccount, ShipmentConfirmation
from amazon_channel.services.problem_news import begin_problem
from amazon_channel.services.reading_again import read_order_again
from amazon_channel.states import ConfirmationState, Problem

READ_BACK_AFTER = timedelta(minutes=10)
LONGEST_READ_BACK = timedelta(hours=6)
MOST_READ_BACK = 20


def read_back(*, account: SellerAccount, gateway: AmazonGateway, clock: Callable[[], datetime]) -> int:
    """Ask for orders whose packages were sent a while ago and did not show up in a pull; how many are confirmed.

    Raises the ``AmazonError``s that concern the whole account.
    """
    confirmed = 0
    unseen = ShipmentConfirmation.objects.of_account(account).to_read_back(clock())
    for confirmation in unseen.select_related("amazon_order", "shipment__order")[:MOST_READ_BACK]:
        now = clock()
        assert confirmation.sent_at is not None
        wait = min(max(now - confirmation.sent_at, READ_BACK_AFTER), LONGEST_READ_BACK)
        # Put off first: an order that Amazon cannot show must not come first again and keep out the others.
        ShipmentConfirmation.objects.filter(pk=confirmation.pk, state=ConfirmationState.SENT).update(
            not_before=now + wait
        )
        if is_shown_now(confirmation, account=account, gateway=gateway, now=now):
            confirmed += 1
        elif confirmation.is_missing_at_amazon(now):
            begin_problem(confirmation.amazon_order, Problem.SHIPMENT_NOT_SHOWN, str(confirmation.shipment), now=now)
    return confirmed


def is_shown_now(
    confirmation: ShipmentConfirmation, *, account: SellerAccount, gateway: AmazonGateway, now: datetime
) -> bool:
    """Read the order and tell whether Amazon shows the package; storing it confirms the package.

    An order that Amazon refuses to show, or that cannot be read, must not stand in the way of the others.
    """
    with suppress(AmazonRejected, AmazonProtocolError):
        read_order_again(
            account=account, gateway=gateway, amazon_order_id=confirmation.amazon_order.amazon_order_id, now=now
        )
    confirmation.refresh_from_db(fields=["state"])
    confirmation.amazon_order.refresh_from_db()
    return confirmation.state == ConfirmationState.CONFIRMED
