"""Conflicts that a person has dealt with."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from amazon_channel.models import AmazonOrder
from amazon_channel.services.leases import lock_account
from amazon_channel.services.reading_again import have_order_read
from commerce_orders.channels import NothingToSettle
from commerce_orders.models import Order
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind


def settle_conflict(*, amazon_order: AmazonOrder, actor: str, now: datetime) -> None:
    """Somebody has seen the conflict and done what it asks for: it is no problem any more, and the timeline says who.

    The order is read again, so that whatever else is wrong with it shows. Raises ``NothingToSettle``.
    """
    with transaction.atomic():
        # Before the order, as a pull does: a page that has read the conflict already would store it once more.
        lock_account(amazon_order.account)
        # The order before its mirror, as a pull does, so that the two never wait for each other.
        order = Order.objects.select_for_update().filter(amazon_order=amazon_order).first()
        row = AmazonOrder.objects.select_for_update().get(pk=amazon_order.pk)
        if order is None or not row.conflict_code:
            raise NothingToSettle(_("There is nothing left to resolve. Open the order again."))
        code = row.conflict_code
        row.conflict_code, row.conflict_detail = "", ""
        row.problem_code, row.problem_detail, row.problem_since = "", "", None
        row.save(update_fields=["conflict_code", "conflict_detail", "problem_code", "problem_detail", "problem_since"])
        record_event(order, EventKind.SETTLED, actor=actor, now=now, data={"problem": code})
        have_order_read(order=row, now=now)
