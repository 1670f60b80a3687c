"""Orders that may become late though nobody looks at them: due soon, and something is in the way."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from amazon_channel import states
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.standing import PATIENCE, accounts_lagging

DUE_SOON = timedelta(hours=24)


class Risk(models.TextChoices):
    """What is in the way."""

    ACCOUNT_LAGS = "account_lags", _("Account not up to date")
    REFUSED = "refused", _("Amazon refused the shipment")
    UNTOLD = "untold", _("Amazon was not told of the shipment yet")
    NOT_SHOWN = "not_shown", _("Amazon does not show the shipment")


def at_risk(orders: AmazonOrderQuerySet, *, now: datetime) -> AmazonOrderQuerySet:
    """Orders due within a day, of an account that lags behind Amazon: nobody here may know of what changed there.

    And those that left, are open at Amazon and due within a day or overdue, while Amazon refuses the tracking number,
    was not told it for a quarter of an hour, or does not show it a day later.
    """
    first, *others = _rows(now).values()
    return orders.filter(pk__in=first.values("order_key").union(*(each.values("order_key") for each in others)))


def risks_of(orders: Sequence[AmazonOrder], *, now: datetime) -> dict[int, list[Risk]]:
    """Why each of ``orders`` is at risk, by its key; one statement."""
    keys = [order.pk for order in orders]
    first, *others = (
        rows.filter(order_key__in=keys).annotate(risk=Value(risk.value)).values_list("order_key", "risk")
        for risk, rows in _rows(now).items()
    )
    found: dict[int, list[Risk]] = defaultdict(list)
    for key, risk in sorted(first.union(*others)):
        found[key].append(Risk(risk))
    return dict(found)


def _rows(now: datetime) -> dict[Risk, QuerySet[Any]]:
    """What is in the way of which order, ``order_key``; each found by an index of what is left to do."""
    lagging = accounts_lagging(now).order_by().values("pk")
    due = AmazonOrder.objects.to_ship().filter(ship_by__gte=now, ship_by__lt=now + DUE_SOON, account__in=lagging)
    packages = ShipmentConfirmation.objects.filter(
        amazon_order__status__in=states.TO_SHIP, amazon_order__ship_by__lt=now + DUE_SOON
    ).order_by()
    return {
        Risk.ACCOUNT_LAGS: due.order_by().annotate(order_key=F("pk")),
        Risk.REFUSED: packages.refused().annotate(order_key=F("amazon_order_id")),
        Risk.UNTOLD: packages.overdue(now, near=DUE_SOON, patience=PATIENCE).annotate(order_key=F("amazon_order_id")),
        Risk.NOT_SHOWN: packages.missing_at_amazon(now).annotate(order_key=F("amazon_order_id")),
    }
