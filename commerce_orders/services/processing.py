"""Taking an order up that waits for somebody's go-ahead."""

from datetime import datetime

from django.db import transaction

from commerce_orders.models import Order
from commerce_orders.services.transitions import change_status
from commerce_orders.states import OrderStatus


def start_processing(*, order_id: int, actor: str, now: datetime) -> None:
    """Move a pending order to processing. Raises ``TransitionRefused`` when it is in any other status."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        change_status(order, OrderStatus.PROCESSING, actor=actor, now=now)
