"""The product as other systems meet it: a web server and a worker in processes of their own, and a local Amazon."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.utils import timezone

from amazon_channel.services.push import push_shipments
from commerce_orders.models import WebhookEndpoint
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import create_token
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.sending import send_due
from tests.amazon import Shop
from tests.crashes.database import own_database
from tests.crashes.processes import Launcher, Process
from tests.factories import make_account

EXAMPLES = django_settings.BASE_DIR / "docs" / "examples"
PATIENCE = 60  # seconds, of a machine that does other things too


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Site:
    """What an integrator has: an address, a token, and a folder to work in."""

    api: str
    token: str
    shop: Shop
    folder: Path
    processes: Launcher

    def environment(self, **more: str) -> dict[str, str]:
        """Of a program that knows nothing of us but address and token."""
        return {"PATH": os.environ["PATH"], "API": self.api, "TOKEN": self.token, **more}

    def start_example(self, name: str, **environment: str) -> subprocess.Popen[str]:
        log = (self.folder / f"{name}.log").open("a")
        with log:
            return subprocess.Popen(
                [sys.executable, EXAMPLES / name],
                cwd=self.folder,
                env=self.environment(**environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def fork_example(self, name: str, **environment: str) -> Process:
        """The same without starting Python anew, which takes a second each time."""

        def run() -> None:
            os.chdir(self.folder)
            os.environ.update(self.environment(**environment))
            sys.path.insert(0, str(EXAMPLES))
            runpy.run_path(str(EXAMPLES / name), run_name="__main__")

        return self.processes.start(run)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def wait_until(is_so: Callable[[], Any], *, explain: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path: Path, transactional_db: None, amazon: Any, settings: Any) -> Iterator[Site]:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    logs = tmp_path / "logs"
    logs.mkdir()
    with own_database(tmp_path):
        shop = Shop(amazon, make_account())
        _token, text = create_token(name="warehouse", scopes=Scope.values, now=timezone.now())
        server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
        processes = Launcher(logs)
        running = [processes.start(lambda: serve(server)), processes.start(lambda: work_for_ever(shop))]
        server.socket.close()
        try:
            yield Site(f"http://127.0.0.1:{server.server_port}/api/v1", text, shop, tmp_path, processes)
        finally:
            for process in running:
                stop(process)
    for process in running:
        assert "Traceback" not in process.output(), process.output()


def stop(process: Process) -> None:
    if process.code is None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def serve(server: ThreadedWSGIServer) -> None:
    """Each request has a thread and so a connection of its own, to the database that the test has now."""
    connections.settings["default"]["NAME"] = connections["default"].settings_dict["NAME"]
    server.set_app(WSGIHandler())
    server.serve_forever()


def work_for_ever(shop: Shop) -> None:
    """What the workers' jobs do, without the minute between two sweeps."""
    while True:
        shop.pull()
        push_shipments(account=shop.account)
        distribute_events(now=timezone.now())
        for endpoint_id in WebhookEndpoint.objects.to_send_to(timezone.now()).values_list("pk", flat=True):
            send_due(endpoint_id=endpoint_id)
        time.sleep(0.1)


def packages_at_amazon(shop: Shop) -> Mapping[str, list[str]]:
    """Tracking numbers by Amazon's order number."""
    return {
        order["orderId"]: [package["trackingNumber"] for package in order.get("packages", [])]
        for order in shop.amazon.orders(limit=1000)["orders"]
    }
