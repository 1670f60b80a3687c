"""Writing as a warehouse system does, each time to another order: some of those that wait are used up by each run."""

import itertools
import sys
from collections.abc import Callable
from typing import Any

from django.test import Client

from commerce_orders.models import Order
from commerce_orders.states import OrderStatus

API = "/api/v1"
AT_ONCE = 20
CARRIER = "DHL"  # every marketplace knows it


def writes(client: Client) -> dict[str, Callable[[], Any]]:
    """Requests by name; each call is the next one."""
    waiting = Order.objects.filter(status=OrderStatus.PROCESSING, acknowledged_at=None, buyer_wants_to_cancel=False)
    numbers = waiting.order_by("pk").values_list("number", flat=True).iterator(chunk_size=1000)

    def take(count: int) -> list[str]:
        taken = list(itertools.islice(numbers, count))
        if len(taken) < count:
            sys.exit("All waiting orders are used up: delete build/bench or the database bench_pages to fill it anew.")
        return taken

    def post(address: str, body: Any, key: object) -> Any:
        headers = {"Idempotency-Key": str(key)}
        return client.post(f"{API}/{address}", body, content_type="application/json", headers=headers)

    def acknowledge() -> Any:
        (number,) = take(1)
        return post(f"orders/{number}/acknowledge/", {"external_number": f"SO-{number}"}, f"take-{number}")

    def ship(number: str = "") -> Any:
        number = number or take(1)[0]
        body = {"carrier_code": CARRIER, "tracking_number": f"JD{number}"}
        return post(f"orders/{number}/shipments/", body, f"ship-{number}")

    def ship_many() -> Any:
        rows = [
            {"order": number, "carrier_code": CARRIER, "tracking_number": f"JD{number}"} for number in take(AT_ONCE)
        ]
        return post("shipments/bulk/", {"shipments": rows}, f"file-{rows[0]['order']}")

    (shipped,) = take(1)
    ship(shipped)
    return {
        "REST acknowledge": acknowledge,
        "REST ship": ship,
        "REST ship, repeated": lambda: ship(shipped),
        f"REST ship {AT_ONCE} at once": ship_many,
    }
