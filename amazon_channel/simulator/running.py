"""A simulator served over real HTTP: in a thread for tests, in the foreground for demos."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uvicorn

from .app import build_app
from .simulator import Simulator


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    url: str
    simulator: Simulator


def server(simulator: Simulator) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            build_app(simulator),
            access_log=False,
            log_level="critical",  # a fault that cuts a connection is no error of the server
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. OSError when the port is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; without it a reply would wait 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)  # from here on a client can connect; it is answered once the server runs
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def running_simulator(
    *, seed: int = 1, now: datetime | None = None, speed: float = 0, orders: int = 0, **options: Any
) -> Iterator[RunningSimulator]:
    """Serve a simulator on a free loopback port while the block runs; arguments as for Simulator."""
    simulator = Simulator(seed=seed, now=now, speed=speed, orders=orders, **options)
    listener = listening_socket("127.0.0.1", 0)
    uvicorn_server = server(simulator)
    thread = threading.Thread(
        target=uvicorn_server.run, kwargs={"sockets": [listener]}, name="amazon-simulator", daemon=True
    )
    thread.start()
    try:
        yield RunningSimulator(f"http://127.0.0.1:{listener.getsockname()[1]}", simulator)
    finally:
        uvicorn_server.should_exit = True
        uvicorn_server.force_exit = True
        thread.join(timeout=5)
        listener.close()
