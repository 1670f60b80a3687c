"""Webhooks: from what there is to tell to the receiver's answer, beside the same POSTs sent raw.

Runs in a process of its own and prints one JSON document, on the same databases as ``importing``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.bench.importing import own_database

AT_ONCE = 500  # orders in one page
RECEIVER = """
import asyncio, sys

async def answer(reader, writer):
    while head := await reader.readuntil(b"\\r\\n\\r\\n"):
        length = int(head.lower().split(b"content-length:")[1].split(b"\\r\\n")[0])
        await reader.readexactly(length)
        writer.write(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, required=True)
    events = parser.parse_args().events
    import tests.environment  # noqa: F401  settings read it

    os.environ["WEBHOOK_PRIVATE_HOSTS"] = "127.0.0.1"
    with own_database(os.environ["DATABASE_URL"]) as address, running_receiver() as port:
        os.environ["DATABASE_URL"] = address
        print(json.dumps(measure(port, events)))  # noqa: T201


@contextmanager
def running_receiver() -> Iterator[int]:
    """Answers 204 to everything, as quickly as Python can."""
    process = subprocess.Popen(
        [sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def measure(port: int, events: int) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from commerce_orders.models import WebhookDelivery, WebhookEvent
    from commerce_orders.services.webhooks.distribution import distribute_events
    from commerce_orders.services.webhooks.sending import send_due
    from tests.commerce_orders.drafted import make_draft, take_in
    from tests.commerce_orders.webhooks.receivers import make_endpoint

    call_command("migrate", verbosity=0)
    endpoint = make_endpoint(f"http://127.0.0.1:{port}/hooks")
    for first in range(0, events, AT_ONCE):
        take_in(*[make_draft(serial) for serial in range(first, min(first + AT_ONCE, events))])

    started = time.perf_counter()
    assert distribute_events(now=timezone.now()) == events
    distributed = time.perf_counter()
    while WebhookDelivery.objects.filter(state="waiting").exists():
        send_due(endpoint_id=endpoint.pk)
    seconds = time.perf_counter() - distributed
    assert WebhookDelivery.objects.filter(state="delivered", attempts=1).count() == events

    bodies = [event.text.encode() for event in WebhookEvent.objects.all()]
    return {
        "webhooks_distributed_per_second": events / (distributed - started),
        "webhooks_delivered_per_second": events / seconds,
        "webhooks_floor_per_second": events / raw_floor(port, bodies),
    }


def raw_floor(port: int, bodies: Sequence[bytes]) -> float:
    """Seconds for the same bodies, one after the other over one connection of the standard library."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json", "webhook-signature": "v1," + "x" * 44}
    started = time.perf_counter()
    for body in bodies:
        connection.request("POST", "/hooks", body, headers)
        connection.getresponse().read()
    connection.close()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
