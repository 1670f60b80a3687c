"""Jepsen's seven counters: what was attempted, and what of it is found at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from tests.crashes.ledgers import BY_HAND, Ledgers

REFUSALS = {"rejected", "withdrawn"}


@dataclass(slots=True)
class Attempts:
    """Things done, each under a name of its own; acknowledged once whoever did it was told that it is done."""

    made: set[Hashable] = field(default_factory=set)
    acknowledged: set[Hashable] = field(default_factory=set)

    def attempt(self, *names: Hashable) -> None:
        self.made.update(names)

    def acknowledge(self, *names: Hashable) -> None:
        self.made.update(names)
        self.acknowledged.update(names)


@dataclass(frozen=True, slots=True)
class Counters:
    """``recovered`` were never acknowledged and are there all the same: their process died before it could say so."""

    attempted: int
    acknowledged: int
    ok: int
    lost: int
    unexpected: int
    duplicated: int
    recovered: int

    @classmethod
    def of(cls, attempts: Attempts, found: Iterable[Hashable]) -> Counters:
        times = Counter(found)
        return cls(
            attempted=len(attempts.made),
            acknowledged=len(attempts.acknowledged),
            ok=len(attempts.acknowledged & times.keys()),
            lost=len(attempts.acknowledged - times.keys()),
            unexpected=len(times.keys() - attempts.made),
            duplicated=sum(count > 1 for count in times.values()),
            recovered=len((times.keys() & attempts.made) - attempts.acknowledged),
        )

    @property
    def are_good(self) -> bool:
        return self.lost == self.unexpected == self.duplicated == 0

    def __str__(self) -> str:
        return ", ".join(f"{name} {getattr(self, name):,}" for name in self.__slots__)


def orders_found(ledgers: Ledgers) -> list[Hashable]:
    """Amazon orders that are here, as often as they are."""
    return [("order", row["amazon_order_id"]) for row in ledgers.house["mirror"]]


def packages_found(ledgers: Ledgers) -> list[Hashable]:
    """Our packages that Amazon holds, by tracking number, and those whose refusal staff are shown."""
    shipments = ledgers.by_key("shipments")
    held = [
        tracking
        for truth in ledgers.amazon.values()
        for reference, tracking, _units in truth.packages
        if int(reference) not in BY_HAND
    ]
    found: list[Hashable] = [("package", tracking) for tracking in held]
    refused = {
        shipments[row["shipment_id"]]["tracking_number"]
        for row in ledgers.house["confirmations"]
        if row["state"] in REFUSALS
    }
    return found + [("package", tracking) for tracking in refused - set(held)]
