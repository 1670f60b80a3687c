"""Importing orders: the whole way from Amazon's page to the Commerce order, beside the same rows written raw.

Runs in a process of its own and prints one JSON document. On PostgreSQL it works in a database of its own,
``bench_orders``, which is dropped before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import httpx

if TYPE_CHECKING:
    from amazon_channel.models import SellerAccount

ITEMS_PER_ORDER = 2
START_SECONDS = 30
OWN_DATABASE = "bench_orders"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, required=True)
    orders = parser.parse_args().orders
    import tests.environment  # noqa: F401  settings read it

    with own_database(os.environ["DATABASE_URL"]) as address, running_amazon() as url:
        os.environ.update({"DATABASE_URL": address, "AMAZON_SP_API_URL": url, "AMAZON_LWA_URL": url})
        place_orders(url, orders)
        print(json.dumps(measure(url, orders)))  # noqa: T201


@contextmanager
def own_database(address: str) -> Iterator[str]:
    if not address.startswith("postgres"):
        yield address
        return
    import psycopg

    def recreate(*, create: bool) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {OWN_DATABASE} WITH (FORCE)")
            if create:
                connection.execute(f"CREATE DATABASE {OWN_DATABASE}")

    recreate(create=True)
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{OWN_DATABASE}"))
    finally:
        from django.db import connection

        connection.close()
        recreate(create=False)


@contextmanager
def running_amazon() -> Iterator[str]:
    """The simulator in a process of its own, without limits or delays."""
    from tests.free_port import free_port

    port = free_port()
    options = ("--rate-scale", "off", "--search-delay", "0", "--speed", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "amazon_channel.simulator", "--port", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(f"{url}/_sim/clock")
                break
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def place_orders(url: str, orders: int) -> None:
    request = {
        "count": orders,
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "marketplace_id": "ATVPDKIKX0DER",
        "items": ITEMS_PER_ORDER,
    }
    httpx.post(f"{url}/_sim/orders", json=request, timeout=600).raise_for_status()


def change_orders(url: str, amazon_order_ids: Iterable[str]) -> None:
    with httpx.Client(base_url=url) as client:
        for order_id in amazon_order_ids:
            client.post(f"/_sim/orders/{order_id}", json={"action": "touch"}).raise_for_status()


def timed_pull(account: SellerAccount) -> dict[str, Any]:
    from amazon_channel.services.pull import pull_orders

    read_every_page(account)
    started = time.perf_counter()
    run = pull_orders(account=account)
    return {**run.counts(), "outcome": run.outcome, "seconds": time.perf_counter() - started}


def read_every_page(account: SellerAccount) -> None:
    """Let the simulator put its pages together first: what is measured is our side and the HTTP between."""
    from django.utils import timezone

    from amazon_channel.gateway.client import AmazonGateway
    from amazon_channel.models import PullState
    from amazon_channel.services.walks import begin_walk, search_of

    state = PullState.objects.get(account=account)
    window = search_of(begin_walk(account, state, since=None, now=timezone.now()))
    gateway, token = AmazonGateway(account.credentials, region=account.region), None
    while True:
        token = gateway.search_orders(window, token=token).next_token
        if token is None:
            return


def measure(url: str, orders: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from amazon_channel.models import AmazonOrder
    from tests.bench.floor import raw_floor
    from tests.bench.statements import statements_per_page
    from tests.factories import make_account

    call_command("migrate", verbosity=0)
    account = make_account()
    account.order_settings.customer_creation = "create"
    account.order_settings.save()

    new = timed_pull(account)
    unchanged = timed_pull(account)
    change_orders(url, AmazonOrder.objects.values_list("amazon_order_id", flat=True))
    changed = timed_pull(account)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert new["created"] == unchanged["unchanged"] == changed["updated"] == orders, (new, unchanged, changed)
    statements = statements_per_page(account)
    floor = raw_floor()
    return {
        "new_per_second": orders / new["seconds"],
        "changed_per_second": orders / changed["seconds"],
        "unchanged_per_second": orders / unchanged["seconds"],
        "floor_per_second": orders / floor.seconds,
        "share_of_floor": floor.seconds / new["seconds"],
        "rows_per_order": floor.rows / orders,
        "calls_per_order": new["api_calls"] / orders,
        "peak_memory_mib": peak,
        **statements,
    }


if __name__ == "__main__":
    main()
