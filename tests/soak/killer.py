"""Real SIGKILLs and SIGSTOPs of the product's processes, at random moments and at checkpoints."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from project.checkpoints import CHECKPOINTS
from tests.soak.scene import Scene

MANAGE = str(Path("manage.py"))
# Nothing is erased so soon, and nobody listens to webhooks there.
NEVER_PASSED = frozenset(
    name for name in CHECKPOINTS if name.startswith(("CP_PERSONAL", "CP_NEWS", "CP_DELIVERIES", "CP_ANSWERS"))
)
LARGEST_SKEW = 240  # seconds; Amazon's clock and ours, and ours among each other


class Workers:
    """The clusters and the staff, and who of them dies next."""

    def __init__(self, scene: Scene, *, ledger: Path, packages: int, seed: int) -> None:
        self._scene = scene
        self._ledger = ledger
        self._packages = packages
        self._chance = random.Random(seed)
        self.cluster = self._start_cluster()
        self.sweeper = scene.start("sweeper", "-m", "tests.soak.sweeper")
        self.staff = self._start_staff()
        self.kills: list[str] = []
        self.stopped: int | None = None

    def strike(self) -> str:
        """Kill something; what died is started anew, and a cluster whose workers die at a checkpoint ends."""
        self.wake()
        if self._is_armed:
            self.replace_cluster()
        ways = (self._kill_group, self._kill_at_checkpoint, self._kill_staff, self._kill_one, self._kill_main)
        told = ways[len(self.kills) % len(ways)]()
        self.kills.append(told)
        return told

    def stop_one(self) -> None:
        """Let one process stand still until ``wake``; another takes its work over meanwhile."""
        self.wake()
        if children := descendants(self.cluster.pid):
            self.stopped = self._chance.choice(children)
            _send(self.stopped, signal.SIGSTOP)

    def wake(self) -> None:
        if self.stopped is not None:
            _send(self.stopped, signal.SIGCONT)
            self.stopped = None

    def calm(self) -> None:
        """Staff go home; one sound cluster goes on, beside the headless ones."""
        self.wake()
        _send_group(self.staff, signal.SIGKILL)
        self.replace_cluster()

    def replace_cluster(self) -> None:
        """End one, and go on with another that is not armed with a checkpoint."""
        _send_group(self.cluster, signal.SIGKILL)
        self.cluster = self._start_cluster()

    def _kill_group(self) -> str:
        self.replace_cluster()
        return "the whole group of a cluster"

    def _kill_at_checkpoint(self) -> str:
        name = self._chance.choice([name for name in CHECKPOINTS if name not in NEVER_PASSED])
        _send_group(self.cluster, signal.SIGKILL)
        fault_at = f"{name}:{self._chance.randint(1, 3)}"
        self.cluster = self._start_cluster(FAULT_AT=fault_at)
        return f"every worker at {fault_at}"

    def _kill_one(self) -> str:
        children = descendants(self.cluster.pid)
        if not children:
            return self._kill_group()
        _send(self._chance.choice(children), signal.SIGKILL)
        return "one process of a cluster"

    def _kill_staff(self) -> str:
        _send_group(self.staff, signal.SIGKILL)
        self.staff = self._start_staff()
        return "whoever was shipping"

    def _kill_main(self) -> str:
        """What it started lives on, beside a second cluster, until the end."""
        self.cluster.kill()
        self.cluster.wait()
        self.cluster = self._start_cluster()
        return "the head of a cluster, which goes on headless beside a new one"

    def _start_cluster(self, **environment: str) -> subprocess.Popen[bytes]:
        skew = self._chance.uniform(-LARGEST_SKEW, LARGEST_SKEW)
        self._is_armed = "FAULT_AT" in environment
        return self._scene.start("cluster", MANAGE, "qcluster", skew=skew, **environment)

    def _start_staff(self) -> subprocess.Popen[bytes]:
        seed = str(self._chance.randrange(2**32))
        return self._scene.start("staff", "-m", "tests.soak.staff", str(self._ledger), seed, str(self._packages))


def descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and theirs."""
    found = []
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _send_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait()
