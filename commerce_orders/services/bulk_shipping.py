"""Recording packages of many orders in one transaction."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from commerce_orders.models import Order, OrderLine, Shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_package
from commerce_orders.services.stock import settle_orders
from commerce_orders.states import ShipmentOrigin
from project.jobs import ringing_once

logger = logging.getLogger(__name__)


def record_packages(
    packages: Sequence[tuple[int, Package]], *, actor: str, origin: ShipmentOrigin, now: datetime
) -> list[Shipment | ShipmentRefused]:
    """Record packages by order id in one transaction; returns, in their order, the shipment or why there is none.

    One transaction, because a system that sends many packages at once gets one answer, which is kept with them. Who
    ships order after order, as the shipping sheet and the worker of a file do, calls ``record_shipment`` for each.

    All orders are locked first and in one order, and the stock is settled once at the end, so that two who ship many
    orders wait for each other instead of blocking each other for ever; workers are rung for once too. A package that
    is refused, or fails for a reason nobody expected, is undone by itself and stops no other.
    """
    outcomes: list[Shipment | ShipmentRefused] = []
    with transaction.atomic(), ringing_once():
        orders = _lock(order_id for order_id, _package in packages)
        for order_id, package in packages:
            order, lines = orders[order_id]
            try:
                with transaction.atomic():
                    outcomes.append(record_package(order, lines, package, actor=actor, origin=origin, now=now))
            except ShipmentRefused as refusal:
                outcomes.append(refusal)
            except OperationalError:  # a deadlock or a lost connection has ended the whole transaction
                raise
            except Exception:
                logger.exception("A package of order %s could not be recorded", order_id)
                outcomes.append(
                    ShipmentRefused("internal_error", _("Something went wrong here. Try this one again later."))
                )
                orders |= _lock([order_id])  # what was undone still stands in these objects
        shipped = {outcome.order_id for outcome in outcomes if isinstance(outcome, Shipment)}
        in_stock = [pk for pk in sorted(shipped) if any(line.product_id for line in orders[pk][1].values())]
        if in_stock:
            settle_orders(in_stock, now=now)
    return outcomes


def _lock(order_ids: Iterable[int]) -> dict[int, tuple[Order, dict[int, OrderLine]]]:
    """Orders with their lines, by id; two statements."""
    orders = Order.objects.filter(pk__in=set(order_ids)).locked().prefetch_related("lines")
    return {order.pk: (order, {line.pk: line for line in order.lines.all()}) for order in orders}
