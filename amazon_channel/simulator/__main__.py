"""`python -m amazon_channel.simulator --port P`: the simulator alone, in the foreground."""

import argparse
import asyncio
import ipaddress
import json
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from .running import listening_socket, server
from .simulator import Simulator
from .timestamps import read_timestamp

_PULSE_SECONDS = 0.5  # real seconds between two looks at what is due


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m amazon_channel.simulator", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the address as one JSON document")
    options = parser.parse_args(arguments)
    try:
        run(options, as_json=options.json)
    except CannotServe as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 2
    return 0


class CannotServe(Exception):
    """The options cannot be used; ``str`` is a sentence that says why."""


def run(options: argparse.Namespace, *, as_json: bool) -> None:
    """Print the address and serve until interrupted. Raises ``CannotServe``, also for a port in use."""
    if not (options.allow_remote or _is_loopback(options.host)):
        raise CannotServe(f"{options.host} is not a loopback address; add --allow-remote to serve it.")
    try:
        listener = listening_socket(options.host, options.port)
    except OSError as error:
        raise CannotServe(f"Cannot listen on {options.host}:{options.port}: {error.strerror}.") from error
    simulator = Simulator(
        seed=options.seed,
        speed=1 if options.speed is None else options.speed,
        orders=options.orders,
        life=bool(options.speed),
        search_delay_seconds=options.search_delay,
        confirmation_delay_seconds=options.confirmation_delay,
        feed_delay_seconds=options.feed_delay,
        rate_scale=options.rate_scale,
        arrival_seconds=options.arrival_seconds,
        memory=options.memory,
        now=options.not_before and max(options.not_before, datetime.now(UTC)),
    )
    url = f"http://{options.host}:{listener.getsockname()[1]}"
    print(json.dumps({"url": url}) if as_json else f"Simulated Amazon on {url}", flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(simulator, listener))


async def _serve(simulator: Simulator, listener: socket.socket) -> None:
    pulse = asyncio.create_task(_keep_living(simulator))
    try:
        await server(simulator).serve(sockets=[listener])
    finally:
        pulse.cancel()


async def _keep_living(simulator: Simulator) -> None:
    """Without this, time would only be noticed when somebody calls."""
    while True:
        simulator.go_on()
        await asyncio.sleep(_PULSE_SECONDS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, required=True, help="0 takes any free one")
    parser.add_argument("--allow-remote", action="store_true", help="serve an address that others can reach")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=_count, default=0, help="orders there are at the start")
    parser.add_argument(
        "--speed",
        type=_amount,
        help="simulated seconds per real second; above 0 orders arrive and move by themselves, with 0 the clock "
        "stands still (default: real time, and nothing moves by itself)",
    )
    parser.add_argument("--search-delay", type=_amount, default=120, help="simulated seconds")
    parser.add_argument("--confirmation-delay", type=_amount, default=60, help="simulated seconds")
    parser.add_argument("--feed-delay", type=_amount, default=60, help="simulated seconds")
    parser.add_argument("--rate-scale", type=_rate_scale, default=1.0, help="times Amazon's rates; 0 or off: none")
    parser.add_argument(
        "--arrival-seconds", type=_amount, default=900, help="mean simulated seconds between new orders"
    )
    parser.add_argument(
        "--memory",
        type=Path,
        metavar="FILE",
        help="keep orders, feeds and the clock there and, at the next start, go on from it",
    )
    parser.add_argument("--not-before", type=_moment, metavar="ISO8601", help="start the clock no earlier")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return port


def _amount(text: str) -> float:
    amount = float(text)
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return amount


def _moment(text: str) -> datetime:
    try:
        return read_timestamp(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    return int(_amount(text))


def _rate_scale(text: str) -> float:
    return 0.0 if text == "off" else _amount(text)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
