"""The course of a soak: a backlog, a storm with kills, calm, rest, and the count."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum

from amazon_channel.models import AmazonOrder, PullState, Reconciliation, SellerAccount, ShipmentConfirmation, SyncRun
from amazon_channel.models.reconciliation import Occasion
from amazon_channel.services.reconciliation.runs import ReconciliationRunning
from amazon_channel.services.reconciliation.walk import reconcile_orders
from tests.crashes.ledgers import Ledgers, read_house, read_ledgers
from tests.crashes.watch import WATCHED, find_steps_back
from tests.factories import make_account
from tests.soak.killer import Workers
from tests.soak.report import make_report
from tests.soak.scene import RemoteAmazon, Scene
from tests.soak.storm import LONGEST_DELAY, Storm

AT_ONCE = 1_000
FIRST_SHARE = 0.4
OLDEST_DAYS = 20
CHANGES_A_TURN = 30
TURNS_BETWEEN_FAULTS = 4
LARGEST_BACKLOG = 10_000
LONGEST_STORM = 600  # seconds, then all that are still to come come at once
SECONDS_BETWEEN_KILLS = 45
SECONDS_BETWEEN_WORDS = 15
LONGEST_STANDSTILL = 300  # seconds: how long a machine takes for a backlog is its own affair, that it goes on is not
LONGEST_REST = 3_600  # seconds, as pages could be read for ever
SAMPLE = 300
MOST_TURNS = 300


class Course:
    def __init__(
        self,
        options: argparse.Namespace,
        *,
        scene: Scene,
        amazon: RemoteAmazon,
        ledger: Path,
        say: Callable[[str], None],
    ) -> None:
        self._options = options
        self._scene = scene
        self._amazon = amazon
        self._ledger = ledger
        self._say = say
        self._storm = Storm(amazon, seed=options.seed)
        self._began = self._spoke = time.monotonic()
        self._violations: list[str] = []
        self._facts: dict[str, Any] = {}

    def run(self) -> int:
        call_command("migrate", verbosity=0)
        make_account()
        while len(self._storm.numbers) < self._options.orders * FIRST_SHARE:
            self._storm.place(AT_ONCE, oldest_days=OLDEST_DAYS)
        self._say(f"{len(self._storm.numbers):,} orders wait at Amazon")
        workers = Workers(self._scene, ledger=self._ledger, packages=self._options.packages, seed=self._options.seed)
        self._let_it_storm(workers)
        self._let_it_rest(workers)
        self._scene.stop(but=1)
        return self._count(workers)

    def _let_it_storm(self, workers: Workers) -> None:
        began, turn, next_kill, seen = time.monotonic(), 0, time.monotonic() + SECONDS_BETWEEN_KILLS, self._look()
        while len(self._storm.numbers) < self._options.orders or len(workers.kills) < self._options.kills:
            turn += 1
            missing = self._options.orders - len(self._storm.numbers)
            backlog = len(self._storm.numbers) - AmazonOrder.objects.count()
            if missing > 0 and (backlog < LARGEST_BACKLOG or time.monotonic() - began > LONGEST_STORM):
                self._storm.place(min(AT_ONCE, missing))
            self._storm.change(CHANGES_A_TURN)
            if turn % TURNS_BETWEEN_FAULTS == 0:
                self._storm.blow()
            if len(workers.kills) < self._options.kills and time.monotonic() >= next_kill:
                next_kill = time.monotonic() + SECONDS_BETWEEN_KILLS
                self._say(f"killed: {workers.strike()}")
                now = self._look()
                self._violations += find_steps_back(seen, now)
                seen = now
                workers.stop_one()
            self._speak()
            time.sleep(0.5)

    def _let_it_rest(self, workers: Workers) -> None:
        """Faults and people stop; then everything must come to rest by itself."""
        self._storm.calm()
        workers.calm()
        time.sleep(LONGEST_DELAY / self._scene.speed)  # what Amazon has decided still comes
        self._say("the storm is over")
        calm_at, began = self._amazon.now(), time.monotonic()
        done, moved_at = self._what_is_done(), began
        while not self._is_at_rest(calm_at):
            if (now_done := self._what_is_done()) != done:
                done, moved_at = now_done, time.monotonic()
            elif time.monotonic() - moved_at > LONGEST_STANDSTILL:
                self._violations.append(f"I8 not at rest, and nothing moved for {LONGEST_STANDSTILL} seconds")
                return
            if time.monotonic() - began > LONGEST_REST:
                self._violations.append(f"I8 not at rest after {LONGEST_REST} seconds")
                return
            self._speak()
            time.sleep(1)
        self._facts["at rest after"] = f"{time.monotonic() - began:.0f} s"
        self._let_a_night_pass()

    def _let_a_night_pass(self) -> None:
        """The reconciliation, as every night, but as far back as orders go."""
        account = SellerAccount.objects.get()
        asked = Reconciliation.objects.filter(occasion=Occasion.ASKED, outcome=Reconciliation.Outcome.DONE)
        for _turn in range(MOST_TURNS):
            with suppress(ReconciliationRunning):  # a worker found it, too, and goes on with it to its end
                if not asked.exists():
                    reconcile_orders(account=account, days=OLDEST_DAYS + 1, clock=self._scene.now)
            if asked.exists():
                found = Reconciliation.objects.aggregate(missing=Sum("missing"), stale=Sum("stale"))
                self._facts["reconciled"] = "{missing:,} missing, {stale:,} stale".format(**found)
                return
            self._speak()
            time.sleep(1)
        self._violations.append("I8 the reconciliation did not end")

    def _is_at_rest(self, calm_at: Any) -> bool:
        state = PullState.objects.get()
        under_way = ShipmentConfirmation.objects.filter(state__in=["waiting", "sending"]).exists()
        return not under_way and state.leased_until is None and state.cursor is not None and state.cursor > calm_at

    def _what_is_done(self) -> tuple[int, int, list[tuple[str, int]]]:
        """Orders, pages of Amazon's and packages: a page that brings nothing new is read all the same."""
        states = ShipmentConfirmation.objects.values_list("state").annotate(Count("pk")).order_by("state")
        pages = SyncRun.objects.aggregate(pages=Sum("pages"))["pages"] or 0
        return AmazonOrder.objects.count(), pages, list(states)

    def _count(self, workers: Workers) -> int:
        runs = SyncRun.objects.count()
        report = make_report(
            read_ledgers(self._amazon),
            seed=self._options.seed,
            placed=self._storm.numbers,
            staff=self._ledger,
            earlier=self._violations,
            throttles=self._storm.faults_fired.get("throttle", 0),
            documents=self._amazon.orders(limit=SAMPLE)["orders"],
            logs=self._scene.folder,
        )
        report.facts = {
            "database": connection.vendor,
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
            "wall time": f"{(time.monotonic() - self._began) / 60:.1f} minutes",
            "kills": f"{len(workers.kills)}: {'; '.join(workers.kills)}",
            "faults": f"{sum(self._storm.faults_fired.values()):,} of {len(self._storm.faults_fired)} kinds",
            "pulls": f"{runs:,}",
            **self._facts,
        }
        self._say("counted")
        for line in report.lines():
            self._say(line)
        return 0 if report.is_good else 1

    def _look(self) -> Ledgers:
        return Ledgers(amazon={}, house=read_house(WATCHED), now=self._amazon.now())

    def _speak(self) -> None:
        if time.monotonic() - self._spoke < SECONDS_BETWEEN_WORDS:
            return
        self._spoke = time.monotonic()
        orders, pages, states = self._what_is_done()
        told = ", ".join(f"{count:,} {state}" for state, count in states) or "none"
        self._say(f"{orders:,} of {len(self._storm.numbers):,} orders in {pages:,} pages; packages: {told}")
