"""What the soak runs in: a database, a simulated Amazon in a process of its own, and the processes of the product."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

HOME = Path(__file__).resolve().parents[2]
START_SECONDS = 60
OWN_DATABASE = "soak_orders"
Json = dict[str, Any]


class RemoteAmazon:
    """The simulator's methods, over HTTP. An action that the order's state forbids does nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_sim", timeout=120)

    def orders(self, **query: Any) -> Json:
        return self._json("GET", "/orders", params={name: value for name, value in query.items() if value is not None})

    def create_orders(self, **request: Any) -> list[str]:
        return list(self._json("POST", "/orders", json=request)["ids"])

    def order(self, number: str) -> Json:
        return self._json("GET", f"/orders/{number}")

    def act(self, number: str, action: str, **request: Any) -> bool:
        return self._http.post(f"/orders/{number}", json={"action": action, **request}).status_code == 200

    def now(self) -> datetime:
        return datetime.fromisoformat(self._json("GET", "/clock")["now"])

    def log(self) -> list[Json]:
        return list(self._json("GET", "/log")["log"])

    def set_clock(self, now: datetime, speed: float) -> None:
        self._json("POST", "/clock", json={"now": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z", "speed": speed})

    def add_fault(self, **request: Any) -> None:
        self._json("POST", "/faults", json=request)

    def faults(self) -> list[Json]:
        return list(self._json("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        self._json("DELETE", "/faults")

    def _json(self, method: str, path: str, **options: Any) -> Json:
        answer: Json = self._http.request(method, path, **options).raise_for_status().json()
        return answer


@dataclass(slots=True)
class Scene:
    """Starts processes in groups of their own, so that a whole group can be killed; stops them all at the end."""

    folder: Path
    environment: dict[str, str]
    speed: float
    began: float = field(default_factory=time.time)
    groups: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, *arguments: str, skew: float = 0, **environment: str) -> subprocess.Popen[bytes]:
        """Run Python with ``arguments``, its clock wrong by ``skew`` seconds; output goes to a log of that ``name``."""
        with (self.folder / f"{len(self.groups):03}-{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=HOME,
                env=self.environment | self.clock(skew) | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.groups.append(process)
        return process

    def clock(self, skew: float = 0) -> dict[str, str]:
        return {"SOAK_CLOCK": f"{self.began},{self.speed},{skew}"}

    def now(self) -> datetime:
        """By the soak's clock."""
        return datetime.fromtimestamp(self.began + (time.time() - self.began) * self.speed, UTC)

    def stop(self, *, but: int = 0) -> None:
        """Kill every group that was started, and wait for it; the first ``but`` go on."""
        for process in self.groups[but:]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def own_database(folder: Path, address: str) -> Iterator[str]:
    """A SQLite file, or a database ``soak_orders`` on the server of ``address``, dropped before and after."""
    if not address.startswith("postgres"):
        yield f"sqlite:///{folder}/soak.sqlite3"
        return
    import psycopg

    def recreate(*, create: bool) -> None:
        with psycopg.connect(urlunsplit(urlsplit(address)._replace(path="/postgres")), autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {OWN_DATABASE} WITH (FORCE)")
            if create:
                server.execute(f"CREATE DATABASE {OWN_DATABASE}")

    recreate(create=True)
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{OWN_DATABASE}"))
    finally:
        recreate(create=False)


def start_amazon(scene: Scene, *, port: int, seed: int, rate_scale: float) -> RemoteAmazon:
    """A simulated Amazon whose clock is the soak's, and where nothing happens by itself."""
    words = ["--port", port, "--seed", seed, "--speed", 0, "--rate-scale", rate_scale, "--search-delay", 30]
    scene.start("amazon", "-m", "amazon_channel.simulator", *map(str, words))
    amazon = RemoteAmazon(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            amazon.now()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            break
    amazon.set_clock(scene.now(), scene.speed)
    return amazon
