"""Setting aside the order that kills its workers, so that the others go on.

A worker that is killed leaves no word. So each run counts as dead until it ends (``leases.take_lease``), and after two
dead ones in a row the next run is careful: it stores orders one by one and writes down, before each, which one it is
about to store. Whatever dies elsewhere, while a page is fetched, is held against no order.
"""

from amazon_channel.models import PullState
from amazon_channel.services.leases import Lease

DEAD_RUNS_BEFORE_CARE = 2
MOST_KILLS = 2


class Watch:
    """The orders that were being stored when a worker died, and how often. Kept until a run reads everything."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.kills: dict[str, int] = PullState.objects.values_list("suspects", flat=True).get(account=lease.account)

    def is_killer(self, amazon_order_id: str) -> bool:
        return self.kills.get(amazon_order_id, 0) >= MOST_KILLS

    def begin(self, amazon_order_id: str) -> None:
        """Written at once: if this is the last that is heard of the worker, it was this order. May raise ``LeaseLost``.

        Must not be called inside a transaction.
        """
        self._lease.update(suspects=self.kills | {amazon_order_id: self.kills.get(amazon_order_id, 0) + 1})

    def acquit(self, amazon_order_id: str) -> None:
        """It was stored, or set aside. Written with the next ``begin`` or ``end``."""
        self.kills.pop(amazon_order_id, None)

    def end(self) -> None:
        """Nothing is being stored any more."""
        self._lease.update(suspects=self.kills)


def watch_for(lease: Lease) -> Watch | None:
    """``None`` while nothing dies, and then orders are stored a page at a time."""
    return Watch(lease) if lease.unended_runs >= DEAD_RUNS_BEFORE_CARE else None
