"""Staff who ship: a process that records packages of random open orders until it is killed.

What it is about to do and what it was told is done goes to a file, line by line: the ledger of the attempts.
"""

import os
import random
import sys
import time
from pathlib import Path

import django
from django.db import OperationalError

PAUSE = 0.1  # seconds


def main(ledger: Path, seed: int, packages: int) -> None:
    from django.db.models import Max
    from django.utils import timezone

    from commerce_orders.models import Order
    from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
    from commerce_orders.states import OPEN, ShipmentOrigin

    chance = random.Random(seed)
    with ledger.open("a", buffering=1) as lines:
        for serial in range(packages):
            time.sleep(PAUSE)
            last = Order.objects.aggregate(last=Max("pk"))["last"] or 0
            order = (
                Order.objects.filter(pk__gte=chance.randint(0, last), status__in=OPEN, is_fulfilled_by_channel=False)
                .order_by("pk")
                .first()
            )
            if order is None:
                time.sleep(0.5)
                continue
            left = {line.pk: line.quantity_to_ship for line in order.lines.all() if line.quantity_to_ship}
            part = {pk: chance.randint(1, units) for pk, units in left.items()} if chance.random() < 0.3 else None
            tracking_number = f"SOAK{os.getpid()}X{serial}"
            lines.write(f"attempt {tracking_number}\n")
            try:
                record_shipment(
                    order_id=order.pk,
                    package=Package(carrier_code="UPS", tracking_number=tracking_number, quantities=part),
                    actor="staff",
                    origin=ShipmentOrigin.STAFF,
                    now=timezone.now(),
                )
            except ShipmentRefused as refusal:
                lines.write(f"refused {tracking_number} {refusal.code}\n")
            except OperationalError as error:
                lines.write(f"unknown {tracking_number} {type(error).__name__}\n")
            else:
                lines.write(f"done {tracking_number}\n")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
