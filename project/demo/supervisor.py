"""The demo from its first process to its last: the simulated Amazon, a worker, the web server."""

import os
import secrets
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from amazon_channel.models import PullState, SellerAccount
from project import jobs
from project.demo.processes import Processes

PULL_SECONDS = 5
START_SECONDS = 60
FIRST_PULL_SECONDS = 30
FIRST_ORDERS = 200
# Simulated seconds: an order every twenty real seconds, paid for within a few minutes.
SPEED = 5
ARRIVAL_SECONDS = 100
SEARCH_DELAY_SECONDS = 5
CONFIRMATION_DELAY_SECONDS = 30


class Demo:
    """A context manager: whatever ends the block, nothing is left running. Ctrl-C and SIGTERM end it in good order."""

    def __init__(self, *, port: int, simulator_port: int, say: Callable[[str], object]) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.amazon_address = f"http://127.0.0.1:{simulator_port}"
        self._port, self._simulator_port = port, simulator_port
        self.folder = Path(os.environ.get("DEMO_FOLDER", settings.BASE_DIR / "build" / "demo"))
        self._processes = Processes(log_folder=self.folder, environment=self._environment(), say=say)
        self._memory = self.folder / "amazon.sqlite3"

    def _environment(self) -> dict[str, str]:
        defaults = {
            "AMAZON_PULL_SECONDS": str(PULL_SECONDS),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "WEBHOOK_PRIVATE_HOSTS": "localhost,127.0.0.1",
        }
        return (
            defaults
            | os.environ
            | {
                "AMAZON_SP_API_URL": self.amazon_address,
                "AMAZON_LWA_URL": self.amazon_address,
                "SERVED_OVER_HTTPS": "false",
                "PYTHONUNBUFFERED": "1",
            }
        )

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._processes.ask_to_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.stop()

    def start(self) -> None:
        """Start everything and wait until the pages answer and the first orders are in. Raises ``ProcessFailed``."""
        started_at = timezone.now()
        self._processes.start("simulator", self._simulator_arguments())
        self._processes.wait_for_answer(f"{self.amazon_address}/_sim/clock", seconds=START_SECONDS)
        self._processes.start("worker", ["manage.py", "qcluster"])
        self._processes.start("web-server", self._web_arguments())
        self._processes.wait_for_answer(f"{self.address}/healthz", seconds=START_SECONDS)
        self._wait_for_pulls(since=started_at)

    def keep_running(self) -> None:
        """Ring for a pull every few seconds, which the scheduler of the worker would do once a minute only.

        Ends by ``StopRequested``, or by ``ProcessFailed`` when one of the processes ends again and again.
        """
        next_ring = time.monotonic()
        while True:
            self._processes.look_after()
            now = time.monotonic()
            if now >= next_ring:
                self._ring()
                next_ring = now + PULL_SECONDS
            time.sleep(1)

    def _wait_for_pulls(self, *, since: datetime) -> None:
        """An account that cannot be read is shown on the pages, so that after a while the demo opens all the same."""
        deadline = time.monotonic() + FIRST_PULL_SECONDS
        while time.monotonic() < deadline:
            self._processes.look_after()
            self._ring()
            if not SellerAccount.objects.active().exclude(pull_state__succeeded_at__gte=since).exists():
                return
            time.sleep(0.5)

    def _ring(self) -> None:
        if jobs.oldest_waiting_at() is None:  # else the worker is behind, and one more job would not help it
            jobs.ring("amazon_channel.tasks.pull_due_accounts")

    def _simulator_arguments(self) -> list[str]:
        arguments: dict[str, object] = {
            "port": self._simulator_port,
            "memory": self._memory,
            "seed": secrets.randbelow(2**31),  # a seed used before would give old order numbers to new orders
            "orders": FIRST_ORDERS,
            "speed": SPEED,
            "arrival-seconds": ARRIVAL_SECONDS,
            "search-delay": SEARCH_DELAY_SECONDS,
            "confirmation-delay": CONFIRMATION_DELAY_SECONDS,
            "rate-scale": "off",
        }
        read_to = PullState.objects.aggregate(latest=Max("cursor"))["latest"]
        if read_to:
            # Somebody may have removed the memory and kept the database: what happens then is still news to it, and
            # a month of orders from before would not be.
            arguments |= {"orders": 0, "not-before": read_to.isoformat()}
        return ["-m", "amazon_channel.simulator"] + [f"--{name}={value}" for name, value in arguments.items()]

    def _web_arguments(self) -> list[str]:
        return [
            "-m",
            "gunicorn",
            "project.wsgi",
            f"--bind=127.0.0.1:{self._port}",
            "--threads=4",
            "--no-control-socket",
        ]
