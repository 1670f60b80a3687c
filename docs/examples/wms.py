"""A warehouse system that takes new orders over and ships them. It may be stopped, or killed, at any moment.

pip install standardwebhooks
API=http://127.0.0.1:8000/api/v1 TOKEN=cot_… python wms.py

What it is about to tell the shop is a row of its own first, and stays one until the shop has answered. After a stop the
same request is sent again, which the shop takes once: acknowledgements by their number, shipments by their key.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
from receiver import listen

API = os.environ.get("API", "http://127.0.0.1:8000/api/v1")
PORT = int(os.environ.get("WEBHOOK_PORT", "9100"))
SECONDS_BETWEEN_LOOKS = float(os.environ.get("SECONDS_BETWEEN_LOOKS", "60"))
EVENTS = ["order.created", "order.updated", "order.canceled"]
TABLES = """
    CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE IF NOT EXISTS orders (
        number TEXT PRIMARY KEY, lines TEXT, state TEXT DEFAULT 'new', tracking_number TEXT, note TEXT DEFAULT ''
    );
"""


class TryLater(Exception):
    """The shop does not answer, is busy or broken: the same request again helps."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} seconds")
        self.seconds = seconds


class Refused(Exception):
    """The shop says no: the same request again does not help."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["detail"])
        self.code = error["code"]


class Shop:
    """The REST interface."""

    def __init__(self, token: str) -> None:
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def ask(self, method: str, address: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self.http.request(method, address, json=body, headers=headers)
        except httpx.TransportError as error:
            raise TryLater(5) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise TryLater(float(answer.headers.get("Retry-After", 5)))
        if answer.is_error:
            raise Refused(answer.json())
        return answer.json()

    def rows(self, address: str | None) -> Iterator[dict[str, Any]]:
        while address:
            page = self.ask("GET", address)
            yield from page["results"]
            address = page["next"]


class Warehouse:
    """Its orders go from ``new`` over ``taken`` and ``packed`` to ``shipped``, or aside with a note for a person."""

    def __init__(self, path: str, shop: Shop) -> None:
        self.shop = shop
        self.database = sqlite3.connect(path, isolation_level=None)  # each statement is committed by itself
        self.database.executescript(TABLES)

    def webhook_secret(self, url: str) -> str:
        """Make the webhook once. Its secret is shown once: if we were stopped before keeping it, get a new one."""
        for (secret,) in self.database.execute("SELECT value FROM settings WHERE name = 'secret'"):
            return str(secret)
        webhooks = [webhook for webhook in self.shop.rows(f"{API}/webhooks/") if webhook["url"] == url]
        if webhooks:
            address = f"{API}/webhooks/{webhooks[0]['id']}/rotate-secret/"
            webhook = self.shop.ask("POST", address, {"former_secret_hours": 0})
        else:
            webhook = self.shop.ask("POST", f"{API}/webhooks/", {"name": "WMS", "url": url, "events": EVENTS})
        self.database.execute("INSERT INTO settings VALUES ('secret', ?)", [webhook["secret"]])
        return str(webhook["secret"])

    def work(self) -> None:
        self.read_new()
        for number in self.numbers("new"):
            self.step(number, "taken", self.acknowledge)
        for number in self.numbers("taken"):
            self.step(number, "packed", self.pack)
        for number in self.numbers("packed"):
            self.step(number, "shipped", self.ship)

    def numbers(self, state: str) -> list[str]:
        rows = self.database.execute("SELECT number FROM orders WHERE state = ? ORDER BY rowid", [state])
        return [number for (number,) in rows.fetchall()]

    def step(self, number: str, state: str, work: Any) -> None:
        note = ""
        try:
            work(number)
        except Refused as refusal:
            state, note = "aside", f"{refusal.code}: {refusal}"
        self.database.execute("UPDATE orders SET state = ?, note = ? WHERE number = ?", [state, note, number])
        print(number, state, note, flush=True)

    def read_new(self) -> None:
        for order in self.shop.rows(f"{API}/orders/?acknowledged=false&status=processing"):
            row = [order["number"], json.dumps(order["lines"])]
            self.database.execute("INSERT OR IGNORE INTO orders (number, lines) VALUES (?, ?)", row)

    def acknowledge(self, number: str) -> None:
        self.shop.ask("POST", f"{API}/orders/{number}/acknowledge/", {"external_number": f"WMS-{number}"})

    def pack(self, number: str) -> None:
        """Look at the order once more, then print the label; its number is kept before the shop is told."""
        order = self.shop.ask("GET", f"{API}/orders/{number}/")
        if order["status"] != "processing" or order["buyer_wants_to_cancel"] or order["cancellation"]:
            raise Refused({"code": "not_to_ship", "detail": f"It is {order['status']} or is to be canceled."})
        values = [f"JD{number:0>18}", number]
        self.database.execute("UPDATE orders SET tracking_number = ? WHERE number = ?", values)

    def ship(self, number: str) -> None:
        row = self.database.execute("SELECT tracking_number FROM orders WHERE number = ?", [number]).fetchone()
        package = {"carrier_code": "DHL", "tracking_number": row[0]}  # without lines: all that is left
        self.shop.ask("POST", f"{API}/orders/{number}/shipments/", package, key=f"wms-ship-{number}")


def hang_doorbell(warehouse: Warehouse, bell: threading.Event) -> Any:
    secret = warehouse.webhook_secret(f"http://127.0.0.1:{PORT}/")
    doorbell = listen(PORT, secret, lambda *_: bell.set())
    threading.Thread(target=doorbell.serve_forever, daemon=True).start()
    return doorbell


def main() -> None:
    warehouse = Warehouse(os.environ.get("WAREHOUSE", "warehouse.sqlite3"), Shop(os.environ["TOKEN"]))
    bell, doorbell = threading.Event(), None
    while True:
        bell.clear()  # before the work: what rings meanwhile is looked for afterwards
        try:
            doorbell = doorbell or hang_doorbell(warehouse, bell)
            warehouse.work()
        except TryLater as later:
            time.sleep(later.seconds)
        else:
            bell.wait(SECONDS_BETWEEN_LOOKS)  # polling finds what no message told of


if __name__ == "__main__":
    main()
