"""Reconciling, for tests."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from amazon_channel.models import OrderDifference, Reconciliation
from amazon_channel.services.reconciliation.walk import reconcile_orders

DONE, FAILED, WAITING = Reconciliation.Outcome.DONE, Reconciliation.Outcome.FAILED, Reconciliation.Outcome.WAITING


def reconcile(shop: Any, *, clock: Callable[[], datetime] = timezone.now, **options: Any) -> Reconciliation:
    shop.account.refresh_from_db()
    return reconcile_orders(account=shop.account, clock=clock, **options)


def counts(run: Reconciliation) -> dict[str, int]:
    names = ("amazon", "stored", "missing", "stale", "extra", "repaired", "unsettled")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def differences(run: Reconciliation) -> list[tuple[str, str, bool, str]]:
    rows = OrderDifference.objects.filter(reconciliation=run).order_by("id")
    return list(rows.values_list("amazon_order_id", "kind", "is_repaired", "reason"))
