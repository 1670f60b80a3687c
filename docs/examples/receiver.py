"""A webhook receiver: checks the signature, keeps each message once, answers at once, and works on it afterwards.

pip install standardwebhooks
WEBHOOK_SECRET=whsec_… python receiver.py
"""

import json
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LARGEST = 100_000  # bytes; messages are thin
Message = dict[str, Any]


def listen(port: int, secret: str, take: Callable[[str, Message], object]) -> ThreadingHTTPServer:
    """A server on this machine that hands on what is signed with ``secret``; ``take`` must be quick."""
    signed = Webhook(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LARGEST:
                self.answer(413)
                return
            try:
                # The signature is of the bytes that came: parse them afterwards, never the other way round.
                message = signed.verify(self.rfile.read(int(length)), dict(self.headers))
            except (WebhookVerificationError, ValueError):
                self.answer(401)
                return
            take(self.headers["webhook-id"], message)
            self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class Inbox:
    """Messages in a file, by ``webhook-id``: one that comes twice is kept once, and a stop loses none."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.bell = threading.Event()
        self.bell.set()  # what an earlier run has left
        self.run("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT, handled INTEGER DEFAULT 0)")
        self.run("CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, version INTEGER, status TEXT)")

    def run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def take(self, message_id: str, message: Message) -> None:
        self.run("INSERT OR IGNORE INTO messages (id, body) VALUES (?, ?)", message_id, json.dumps(message))
        self.bell.set()

    def work_for_ever(self) -> None:
        while True:
            self.bell.wait()
            self.bell.clear()
            for message_id, body in self.run("SELECT id, body FROM messages WHERE NOT handled ORDER BY rowid"):
                self.handle(json.loads(body))
                self.run("UPDATE messages SET handled = 1 WHERE id = ?", message_id)

    def handle(self, message: Message) -> None:
        """Messages overtake each other: the highest version of an order is the truth, whatever comes after it."""
        data = message["data"]
        if data.get("number"):
            self.run(
                "INSERT INTO orders VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET version = excluded.version, "
                "status = excluded.status WHERE excluded.version > version",
                *(data["number"], data["version"], data["status"]),
            )
        print(message["type"], json.dumps(data), flush=True)


def main() -> None:
    inbox = Inbox(os.environ.get("INBOX", "inbox.sqlite3"))
    threading.Thread(target=inbox.work_for_ever, daemon=True).start()
    port = int(os.environ.get("WEBHOOK_PORT", "9100"))
    with listen(port, os.environ["WEBHOOK_SECRET"], inbox.take) as server:
        print(f"Listening on port {port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
