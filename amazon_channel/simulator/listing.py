"""The orders of one seller, kept sorted by a time, so that a page is found without a scan of everything."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime

from .orders import Order

Position = tuple[datetime, int]  # a time and the order's sequence number
_Entry = tuple[datetime, int, Order]
_WORTH_SORTING = 50


class Listing:
    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(self, at: datetime, order: Order) -> None:
        insort(self._entries, (at, order.sequence, order))

    def add_many(self, entries: Iterable[tuple[datetime, Order]]) -> None:
        new = [(at, order.sequence, order) for at, order in entries]
        if len(new) < _WORTH_SORTING:
            for entry in new:
                insort(self._entries, entry)
        else:
            self._entries.extend(new)
            self._entries.sort()

    def move(self, before: datetime, after: datetime, order: Order) -> None:
        del self._entries[bisect_left(self._entries, (before, order.sequence))]
        self.add(after, order)

    def between(self, start: datetime, end: datetime, after: Position | None) -> Iterator[tuple[Position, Order]]:
        """Orders from `start` to `end`, both included, behind the position `after`."""
        if after is not None and after[0] >= start:
            first = bisect_left(self._entries, (after[0], after[1] + 1))
        else:
            first = bisect_left(self._entries, (start,))
        for index in range(first, len(self._entries)):
            at, sequence, order = self._entries[index]
            if at > end:
                return
            yield (at, sequence), order
