"""Differences, of which each order has one at most that is open."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min

from amazon_channel.models import OrderDifference


def write_differences(differences: Iterable[OrderDifference]) -> None:
    """Write those of one run, in the caller's transaction; those that the run has written already stay as they are.

    What an earlier run found of the same orders and is still open goes over to this run, with the time it was found:
    however often somebody compares, it is one difference. Three statements.
    """
    new = {difference.amazon_order_id: difference for difference in differences}
    if not new:
        return
    first = next(iter(new.values()))
    earlier = OrderDifference.objects.filter(
        account=first.account_id, amazon_order_id__in=new, is_repaired=False
    ).exclude(reconciliation=first.reconciliation_id)
    found: dict[str, datetime] = dict(
        earlier.order_by()
        .values("amazon_order_id")
        .annotate(found=Min("found_at"))
        .values_list("amazon_order_id", "found")
    )
    if found:
        earlier.delete()
    for order_id, difference in new.items():
        difference.found_at = found.get(order_id, difference.found_at)
    OrderDifference.objects.bulk_create(new.values(), ignore_conflicts=True)
