"""What a soak found, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crashes.counters import Attempts, Counters, orders_found, packages_found
from tests.crashes.ledgers import Ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.personal import canaries_of, i11_secret, texts_of_files, texts_of_tables
from tests.crashes.rates import i10_budget, share_refused, tokens_per_hour

MOST_SHOWN = 20


@dataclass(slots=True)
class Report:
    """``violations`` also hold those that were seen on the way."""

    seed: int
    orders: Counters
    packages: Counters
    violations: list[str]
    refused: float
    tokens: float
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.orders.are_good and self.packages.are_good and not self.violations

    def lines(self) -> list[str]:
        rows = {
            "seed": self.seed,
            **self.facts,
            "429 share": f"{self.refused:.2%}",
            "token calls an hour": f"{self.tokens:.1f}",
            "orders": self.orders,
            "packages": self.packages,
            "violations": len(self.violations) or "none",
        }
        width = max(map(len, rows))
        shown = [f"  {violation}" for violation in self.violations[:MOST_SHOWN]]
        return [*(f"{name:<{width}}  {value}" for name, value in rows.items()), *shown]


def attempts_in(ledger: Path) -> Attempts:
    """What staff wrote down: a package that was refused was never attempted."""
    attempts = Attempts()
    refused = set()
    for line in ledger.read_text().splitlines() if ledger.exists() else []:
        word, tracking_number, *_ = [*line.split(), ""]
        if word == "done":
            attempts.acknowledge(("package", tracking_number))
        elif word == "refused":
            refused.add(("package", tracking_number))
        elif word == "attempt":
            attempts.attempt(("package", tracking_number))
    attempts.made -= refused
    return attempts


def make_report(
    ledgers: Ledgers,
    *,
    seed: int,
    placed: list[str],
    staff: Path,
    earlier: list[str],
    throttles: int,
    documents: list[dict[str, Any]],
    logs: Path,
) -> Report:
    orders = Attempts()
    orders.acknowledge(*[("order", number) for number in placed])
    violations = [
        *earlier,
        *find_violations(ledgers, is_at_rest=True),
        *i10_budget(ledgers.calls, injected=throttles),
        *i11_secret(canaries_of(documents), [*texts_of_tables(), *texts_of_files(logs)]),
    ]
    return Report(
        seed=seed,
        orders=Counters.of(orders, orders_found(ledgers)),
        packages=Counters.of(attempts_in(staff), packages_found(ledgers)),
        violations=violations,
        refused=share_refused(ledgers.calls, injected=throttles),
        tokens=tokens_per_hour(ledgers.calls),
    )
