"""The example warehouse against the running product: every order leaves once, whenever it is killed."""

import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from urllib.parse import urlsplit

from commerce_orders.models import Order, Shipment, WebhookEndpoint
from tests.free_port import free_port
from tests.integrations.conftest import packages_at_amazon, stop, wait_until
from tests.integrations.cutting import forwarding

ONLY_THE_DOORBELL = "3600"  # seconds until the next look


def tracking_number(order):
    return f"JD{order.number:0>18}"


def states(site):
    """How many of the warehouse's orders are in which state."""
    with closing(sqlite3.connect(site.folder / "warehouse.sqlite3", timeout=30)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'orders'").fetchall():
            return {}
        return dict(database.execute("SELECT state, count(*) FROM orders GROUP BY state"))


def test_warehouse_ships_what_polling_and_the_doorbell_bring(site):
    waiting = [site.shop.place(), site.shop.place()]
    asked_back = site.shop.place()
    site.shop.amazon.act(asked_back, "request_cancellation")
    wait_until(lambda: Order.objects.filter(buyer_wants_to_cancel=True).count() == 1 and Order.objects.count() == 3)
    warehouse = site.start_example("wms.py", WEBHOOK_PORT=str(free_port()), SECONDS_BETWEEN_LOOKS=ONLY_THE_DOORBELL)
    try:
        wait_until(lambda: states(site) == {"shipped": 2, "aside": 1}, explain=lambda: site.log_of("wms.py"))
        rung_for = site.shop.place()
        wait_until(lambda: states(site) == {"shipped": 3, "aside": 1}, explain=lambda: site.log_of("wms.py"))
    finally:
        warehouse.kill()
        warehouse.wait()
    wait_until(lambda: all(packages_at_amazon(site.shop)[number] for number in (*waiting, rung_for)))

    shipped = (*waiting, rung_for)
    orders = {order.channel_order_id: order for order in Order.objects.all()}
    assert {order.external_number for order in orders.values()} == {f"WMS-{order.number}" for order in orders.values()}
    assert packages_at_amazon(site.shop) == {
        **{number: [tracking_number(orders[number])] for number in shipped},
        asked_back: [],
    }
    assert {orders[number].status for number in shipped} == {"complete"}


def test_warehouse_killed_before_it_hears_any_answer_does_nothing_twice(site):
    """Whatever it writes for the first time is carried out, and then it is killed instead of being told."""
    asked_for = Counter()
    runs = []

    def kill_at_the_first(method, path):
        asked_for[method, path] += 1
        if method == "POST" and asked_for[method, path] == 1:
            os.kill(runs[-1].pid, signal.SIGKILL)

    placed = {site.shop.place(), site.shop.place()}
    wait_until(lambda: Order.objects.count() == 2)
    port = str(free_port())
    api = urlsplit(site.api)
    with forwarding(f"{api.scheme}://{api.netloc}", before_answer=kill_at_the_first) as address:
        for _ in range(6):  # the webhook, its new secret, two acknowledgements, two packages
            runs.append(site.fork_example("wms.py", API=address + api.path, WEBHOOK_PORT=port))
            assert runs[-1].wait() == -signal.SIGKILL, runs[-1].output()
        runs.append(site.fork_example("wms.py", API=address + api.path, WEBHOOK_PORT=port))
        wait_until(lambda: states(site) == {"shipped": 2}, explain=runs[-1].output)
        stop(runs[-1])
    wait_until(lambda: all(packages_at_amazon(site.shop).values()))

    writes = {path: times for (method, path), times in asked_for.items() if method == "POST"}
    assert [times for path, times in writes.items() if path.endswith("/acknowledge/")] == [2, 2]
    assert [times for path, times in writes.items() if path.endswith("/shipments/")] == [2, 2]
    assert WebhookEndpoint.objects.count() == 1
    assert Order.objects.filter(status="complete").count() == Shipment.objects.count() == 2
    numbers = {order.channel_order_id: [tracking_number(order)] for order in Order.objects.all()}
    assert packages_at_amazon(site.shop) == numbers
    assert numbers.keys() == placed
    assert len(site.shop.amazon.log(operation="confirmShipment")) == 2
