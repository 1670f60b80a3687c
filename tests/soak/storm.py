"""What happens at Amazon meanwhile: orders come and change, replies go wrong."""

from __future__ import annotations

import random
from typing import Any

from tests.amazon import US
from tests.soak.scene import RemoteAmazon

DAY = 24 * 3600
LATE = {"visible_in_seconds": 900}  # beyond the overlap of two pulls: only a reconciliation finds it
LONGEST_DELAY = 1000
KINDS: tuple[tuple[int, dict[str, Any]], ...] = (
    (70, {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT"}),
    (12, {"status": "PENDING", "fulfilled_by": "MERCHANT"}),
    (10, {"status": "SHIPPED", "fulfilled_by": "AMAZON"}),
    (5, {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "details_in_seconds": 300}),
    (2, {"status": "CANCELLED", "fulfilled_by": "MERCHANT"}),
    (1, {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT"} | LATE),
)
CHANGES = ("verify", "verify", "cancel", "cancel_units", "request_cancellation", "ship", "touch", "touch", "deliver")
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "args": {"status": 500}},
    {"kind": "status", "args": {"status": 503}},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "wrong_shape"},
    {"kind": "truncate"},
    {"kind": "truncate", "args": {"cut_connection": True}},
    {"kind": "disconnect"},
    {"kind": "disconnect_after_effect"},
    {"kind": "html_after_effect"},
    {"kind": "expire_token"},
    {"kind": "delay", "args": {"seconds": 0.5}},
    {"kind": "drop_rate_header"},
    {"kind": "duplicate_page"},
    {"kind": "same_token"},
    {"kind": "empty_page_with_token"},
    {"kind": "throttle"},
)


class Storm:
    """Everything random comes from the seed; the order of things across processes does not."""

    def __init__(self, amazon: RemoteAmazon, *, seed: int) -> None:
        self._amazon = amazon
        self._chance = random.Random(seed)
        self.numbers: list[str] = []
        self._serial = 0
        self.faults_fired: dict[str, int] = {}

    def place(self, count: int, *, oldest_days: float = 0) -> None:
        """``count`` orders of all kinds, up to ``oldest_days`` old."""
        age = {"age_seconds": self._chance.uniform(0, oldest_days * DAY)} if oldest_days else {}
        for share, kind in KINDS:
            wanted = round(count * share / 100)
            if wanted:
                self.numbers += self._amazon.create_orders(count=wanted, marketplace_id=US, **kind, **age)

    def change(self, count: int) -> None:
        """Let something happen to ``count`` random orders; what an order's state forbids does not."""
        for _ in range(count):
            number, action = self._chance.choice(self.numbers), self._chance.choice(CHANGES)
            options: dict[str, Any] = {}
            if action == "ship":
                self._serial += 1
                options = {"tracking_number": f"BYHAND{self._serial}"}
            self._amazon.act(number, action, **options)

    def blow(self) -> None:
        """Replace the faults by one or two others, on a part of the calls."""
        self._count_faults()
        self._amazon.clear_faults()
        for fault in self._chance.sample(FAULTS, self._chance.randint(1, 2)):
            self._amazon.add_fault(operation="any", probability=self._chance.uniform(0.02, 0.15), **fault)

    def calm(self) -> None:
        self._count_faults()
        self._amazon.clear_faults()

    def _count_faults(self) -> None:
        for fault in self._amazon.faults():
            self.faults_fired[fault["kind"]] = self.faults_fired.get(fault["kind"], 0) + fault["fired"]
