import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from amazon_channel.simulator import Simulator
from amazon_channel.simulator.__main__ import main
from amazon_channel.simulator.app import build_app
from amazon_channel.simulator.clock import Clock

from .conftest import NOON


def test_orders_are_made_changed_and_listed_over_http(caller):
    created = caller.http.post("/_sim/orders", json={"status": "PENDING", "fulfilled_by": "MERCHANT"}).json()
    [order_id] = created["ids"]
    assert created["order"]["orderId"] == order_id
    path = f"/_sim/orders/{order_id}"
    changed = caller.http.post(path, json={"action": "verify"}).json()
    assert changed["_simulator"]["status"] == "UNSHIPPED"
    assert caller.http.get(path).json() == changed
    listed = caller.http.get("/_sim/orders", params={"status": "UNSHIPPED", "limit": 5}).json()
    assert (listed["orders"], listed["totals"]) == ([changed], {"UNSHIPPED": 1})


def test_several_orders_come_back_as_ids(caller):
    created = caller.http.post("/_sim/orders", json={"count": 3}).json()
    assert set(created) == {"ids"}
    assert len(created["ids"]) == 3


def test_clock_is_read_and_moved_over_http(caller):
    clock = caller.http.post("/_sim/clock", json={"now": "2027-01-01T00:00:00Z", "advance_seconds": 60}).json()
    assert clock == {"now": "2027-01-01T00:01:00.000Z", "speed": 0}
    assert caller.http.get("/_sim/clock").json() == clock


def test_faults_options_and_log_over_http(caller):
    fault = caller.http.post("/_sim/faults", json={"operation": "searchOrders", "kind": "throttle"}).json()
    assert caller.search().status_code == 429
    assert caller.http.get("/_sim/faults").json()["faults"] == [fault | {"calls": 1, "fired": 1}]
    assert caller.http.delete("/_sim/faults").json() == {"faults": []}
    assert caller.http.post("/_sim/options", json={"max_package_edits": 3}).json()["max_package_edits"] == 3
    assert caller.http.get("/_sim/options").json()["max_package_edits"] == 3
    [entry] = caller.http.get("/_sim/log", params={"operation": "searchOrders"}).json()["log"]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/orders/2026-01-01/orders", 429)
    assert entry["query"] == {"lastUpdatedAfter": "2026-01-01T00:00:00Z"}
    assert caller.http.delete("/_sim/log").json() == {"log": []}


def test_log_holds_no_secret(caller):
    caller.log_in()
    caller.search()
    log = caller.http.get("/_sim/log").text
    assert "Atz" not in log
    assert "amzn1.oa2-cs" not in log


def test_seller_is_added_over_http(caller):
    seller = {"id": "A2OTHER", "refresh_token": "Atzr|other", "marketplace_ids": ["A1VC38T7YXB528"]}
    assert caller.http.post("/_sim/sellers", json=seller).json() == {"seller": "A2OTHER"}
    caller.log_in(refresh_token="Atzr|other")
    [row] = caller.get("/sellers/v1/marketplaceParticipations").json()["payload"]
    assert row["marketplace"]["id"] == "A1VC38T7YXB528"


def test_reset_brings_everything_back_to_the_start(caller):
    caller.simulator.create_orders(count=2)
    caller.simulator.add_fault("any", "html")
    caller.simulator.set_options(max_package_edits=1)
    caller.simulator.set_clock(advance_seconds=100)
    assert caller.http.post("/_sim/reset", json={"seed": 9}).json() == {"seed": 9, "orders": 0}
    assert caller.simulator.clock()["now"] == "2026-06-01T12:00:00.000Z"
    assert caller.simulator.options()["max_package_edits"] == 10
    assert (caller.simulator.faults(), caller.simulator.log(), caller.simulator.orders()["total"]) == ([], [], 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/_sim/orders", {"colour": "red"}, 400),
        ("POST", "/_sim/orders", [1], 400),
        ("POST", "/_sim/orders/111-0000000-0000000", {"action": "touch"}, 404),
        ("GET", "/_sim/orders/111-0000000-0000000", None, 404),
        ("GET", "/_sim/orders?limit=many", None, 400),
        ("POST", "/_sim/clock", {"speed": -1}, 400),
        ("POST", "/_sim/clock", {"advance_seconds": 1e30}, 400),
        ("POST", "/_sim/clock", {"now": "yesterday"}, 400),
        ("POST", "/_sim/options", {"rate_scale": "fast"}, 400),
        ("POST", "/_sim/options", {"colour": "red"}, 400),
        ("POST", "/_sim/faults", {"operation": "any"}, 400),
        ("POST", "/_sim/sellers", {"marketplace_ids": ["X"]}, 400),
    ],
)
def test_what_control_cannot_read_is_an_error_in_words(caller, method, path, body, status):
    response = caller.http.request(method, path, json=body)
    assert response.status_code == status
    assert response.json()["error"]


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_an_order_is_not_emptied_by_a_change_that_says_nothing(caller, action):
    [order_id] = caller.simulator.create_orders()
    before = caller.simulator.order(order_id)

    refused = caller.http.post(f"/_sim/orders/{order_id}", json={"action": action, "patch": {"proceeds": None}})

    assert (refused.status_code, refused.json()) == (400, {"error": f"{action} needs json"})
    assert caller.simulator.order(order_id) == before


def test_control_is_for_this_machine_only():
    async def status(address: str) -> int:
        transport = httpx.ASGITransport(build_app(Simulator(now=NOON)), client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://amazon") as client:
            return (await client.get("/_sim/clock")).status_code

    addresses = ("192.0.2.1", "127.0.0.1", "::1")
    with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in the main one, once a browser test has run
        statuses = [thread.submit(asyncio.run, status(address)).result() for address in addresses]
    assert statuses == [403, 200, 200]


def test_clock_runs_at_its_speed():
    real = [100.0]
    clock = Clock(NOON, speed=60, monotonic=lambda: real[0])
    real[0] += 2
    assert clock.now() - NOON == timedelta(minutes=2)
    clock.set_speed(0)
    real[0] += 50
    assert clock.now() - NOON == timedelta(minutes=2)
    assert clock.stamp() < clock.stamp()


def test_port_in_use_is_one_sentence_and_exit_code_2(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


def test_remote_address_needs_a_word(capsys):
    assert main(["--port", "1", "--host", "0.0.0.0"]) == 2
    assert "--allow-remote" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["--port", "x"], ["--port", "1", "--speed", "-1"], ["--port", "1", "--not-before", "noon"]]
)
def test_wrong_arguments_are_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_spoilt_order_is_shown_as_it_is(caller):
    [order_id] = caller.simulator.create_orders()
    spoilt = {"title": "\ud800", "amount": float("inf")}
    body = json.dumps({"action": "replace", "json": spoilt})
    response = caller.http.post(f"/_sim/orders/{order_id}", content=body)
    assert response.status_code == 200
    assert {name: response.json()[name] for name in spoilt} == spoilt
