"""Moments at which a test may kill the process, to show that whatever was under way is neither lost nor done twice.

Where ``FAULT_AT`` is not in the environment when the program starts, passing a checkpoint does nothing.
``FAULT_AT=CP_AFTER_COMMIT`` kills at the first pass, ``FAULT_AT=CP_AFTER_COMMIT:3`` at the third; SIGKILL, as a power
cut or the kernel would, so that no handler of ours runs.
"""

import os
import signal
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

CHECKPOINTS = {
    "CP_PAGE_FETCHED": "Amazon sent a page; nothing of it is stored",
    "CP_CONTACTS_WRITTEN": "in the transaction of a page: buyers and recipients are written",
    "CP_ORDERS_WRITTEN": "in the transaction of a page: Commerce orders are written, their lines are not",
    "CP_LINES_WRITTEN": "in the transaction of a page: their lines are written, their events are not",
    "CP_MIRROR_WRITTEN": "in the transaction of a page: Amazon orders are written, their items are not",
    "CP_ITEMS_WRITTEN": "in the transaction of a page: their items are written",
    "CP_STOCK_SETTLED": "in the transaction of a page: what its orders take of the stock is written",
    "CP_BEFORE_COMMIT": "in the transaction of a page: everything is written",
    "CP_AFTER_COMMIT": "a page is stored; the cursor has not moved",
    "CP_CURSOR_MOVED": "the cursor has moved; the run is not closed",
    "CP_BEFORE_RING": "a job is about to be put into the queue",
    "CP_AFTER_RING": "a job is in the queue, in the transaction of what it is for",
    "CP_OUTBOX_WRITTEN": "in the transaction of a shipment: what Amazon must be told is written",
    "CP_CONFIRMATION_CLAIMED": "a worker has claimed a confirmation; Amazon has not been told",
    "CP_CONFIRMATION_SENT": "Amazon took a confirmation; we have not written that down",
    "CP_OUTCOME_WRITTEN": "in the transaction that writes down what Amazon said to a confirmation",
    "CP_CANCELLATION_WRITTEN": "in the transaction of a cancellation: that Amazon must be asked is written",
    "CP_CANCELLATIONS_CLAIMED": "a worker has claimed cancellations; Amazon has no feed of them",
    "CP_FEED_CREATED": "Amazon took a feed of cancellations; we have not written its number down",
    "CP_CANCELLATION_ANSWERED": "in the transaction that writes down what Amazon said to a cancellation",
    "CP_DIFFERENCES_WRITTEN": "the differences of a page are written down; none is repaired",
    "CP_DIFFERENCES_JUDGED": "the differences of a page are repaired; the reconciliation's place has not moved",
    "CP_DAYS_COUNTED": "a reconciliation has counted its days; it is not closed",
    "CP_NEWS_WRITTEN": "in the transaction of a change: what webhooks tell of it is written",
    "CP_NEWS_DISTRIBUTED": "in the transaction that makes deliveries of what there is to tell",
    "CP_DELIVERIES_CLAIMED": "a worker has claimed webhook deliveries; nobody has been told",
    "CP_DELIVERIES_SENT": "receivers took webhooks; we have not written that down",
    "CP_ANSWERS_WRITTEN": "in the transaction that writes down what receivers of webhooks answered",
    "CP_PERSONAL_DATA_ERASED": "in the transaction of the retention: a batch of contacts is erased",
}


@dataclass(slots=True)
class Fault:
    """Kill this process at the ``passes``-th pass of ``name``."""

    name: str
    passes: int = 1

    def count(self, name: str) -> None:
        if name != self.name:
            return
        self.passes -= 1
        if self.passes == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def read_fault(text: str) -> Fault | None:
    """What ``FAULT_AT`` asks for; raises ``ImproperlyConfigured`` for a checkpoint that does not exist."""
    if not text:
        return None
    name, _, passes = text.partition(":")
    if name not in CHECKPOINTS or not (passes or "1").isdecimal() or passes == "0":
        raise ImproperlyConfigured(
            "The environment variable FAULT_AT cannot be read: it must be one of "
            f"{', '.join(CHECKPOINTS)}, with the number of the pass behind a colon; it is for tests only."
        )
    return Fault(name, int(passes or 1))


armed = read_fault(os.environ.get("FAULT_AT", ""))


def checkpoint(name: str) -> None:
    if armed is not None:
        armed.count(name)
