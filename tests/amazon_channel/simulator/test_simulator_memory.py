"""What a simulator told is still true after it was killed and started again with the same memory."""

import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from django.conf import settings

from amazon_channel.simulator.timestamps import read_timestamp

from .conftest import Caller
from .feeding import failure, place, read_feed, read_report, send
from .test_simulator_confirmation import body_for

COMMAND = [sys.executable, "-m", "amazon_channel.simulator", "--port=0", "--json", "--search-delay=0", "--speed=0"]


class Remote:
    """The part of a simulator that tests of feeds and confirmations use, over HTTP."""

    def __init__(self, http):
        self.http = http

    def order(self, order_id):
        return self.http.get(f"/_sim/orders/{order_id}").json()

    def create_orders(self, **request):
        return self.http.post("/_sim/orders", json=request).json()["ids"]

    def set_clock(self, **changes):
        return read_timestamp(self.http.post("/_sim/clock", json=changes).json()["now"])

    def orders(self):
        return self.http.get("/_sim/orders").json()["orders"]


@pytest.fixture
def start(tmp_path):
    @contextmanager
    def start(*arguments):
        """A simulator in a process of its own, killed at the end of the block, when it can do nothing about it."""
        command = [*COMMAND, f"--memory={tmp_path}/amazon.sqlite3", *arguments]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
        try:
            with httpx.Client(base_url=json.loads(process.stdout.readline())["url"]) as http:
                caller = Caller(http, Remote(http))
                caller.log_in()
                yield caller
        finally:
            process.kill()
            process.communicate()

    return start


def test_a_killed_simulator_still_does_what_it_took(start):
    with start("--confirmation-delay=60", "--feed-delay=60") as caller:
        shipped, canceled = place(caller), place(caller)
        caller.http.post("/_sim/sellers", json={"id": "A2OTHER", "refresh_token": "Atzr|other"})
        assert caller.confirm(shipped["orderId"], body_for(caller, shipped["orderId"])).status_code == 204
        feed_id = send(caller, failure(canceled))
        moment = caller.simulator.set_clock(advance_seconds=30)
        before = caller.simulator.orders()

    with start() as caller:
        assert caller.simulator.orders() == before
        assert caller.simulator.set_clock() == max(moment, caller.simulator.set_clock())
        assert read_feed(caller, feed_id)["processingStatus"] == "IN_PROGRESS"
        again = caller.confirm(shipped["orderId"], body_for(caller, shipped["orderId"], reference="2"))
        assert again.status_code == 400  # the units are spoken for

        caller.simulator.set_clock(advance_seconds=30)

        assert read_feed(caller, feed_id)["processingStatus"] == "DONE"
        assert read_report(caller, feed_id)["MessagesSuccessful"] == 1
        orders = map(caller.simulator.order, (shipped["orderId"], canceled["orderId"]))
        assert [order["fulfillment"]["fulfillmentStatus"] for order in orders] == ["SHIPPED", "CANCELLED"]
        assert caller.log_in(refresh_token="Atzr|other").status_code == 200


def test_nothing_happens_before_what_was_read_already(start):
    with start("--orders=3") as caller:
        caller.simulator.set_clock(advance_seconds=86_400)
        caller.log_in()
        read_to = caller.search().json()["lastUpdatedBefore"]
        known = {order["orderId"] for order in caller.simulator.orders()}

    with start("--orders=3", "--speed=1", "--arrival-seconds=0.001") as caller:
        orders = caller.simulator.orders()
        new = [order["createdTime"] for order in orders if order["orderId"] not in known]
        assert known < {order["orderId"] for order in orders}
        assert min(new) >= read_to
        assert caller.http.post("/_sim/reset", json={"seed": 2}).json()["orders"] == 3

    later = read_timestamp(read_to) + timedelta(days=30)
    with start(f"--not-before={later.isoformat()}") as caller:
        assert not known & {order["orderId"] for order in caller.simulator.orders()}  # the reset was remembered too
        assert caller.simulator.set_clock() == later
