"""Other systems that webhooks are sent to: real HTTP servers on loopback, each as bad as a test wants it."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from commerce_orders.models import WebhookEndpoint
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.endpoints import create_endpoint
from commerce_orders.services.webhooks.signing import new_secret
from commerce_orders.states import WebhookEventType
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

PIECE = b"x" * 65536


@dataclass
class Message:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers ``status`` with ``text`` and ``headers``; ``behave`` may do anything else with the handler instead."""

    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    behave: Callable[[Any], None] | None = None
    messages: list[Message] = field(default_factory=list)
    address: str = ""
    hung_up: threading.Event = field(default_factory=threading.Event)  # the sender has cut the connection

    @property
    def ids(self) -> list[str]:
        return [message.headers["webhook-id"] for message in self.messages]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        content = self.text.encode()
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the sender hangs up."""
        handler.connection.settimeout(20)
        handler.connection.recv(1)
        self.hung_up.set()
        handler.close_connection = True

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte of a header now and then, for ever."""
        handler.connection.settimeout(0.02)
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while True:
                handler.wfile.write(b"x")
                handler.wfile.flush()
                try:
                    if not handler.connection.recv(1):
                        break
                except TimeoutError:
                    continue
        except OSError:
            pass
        self.hung_up.set()
        handler.close_connection = True

    def pour(self, handler: BaseHTTPRequestHandler) -> None:
        """A gigabyte."""
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(2**30))
        handler.end_headers()
        try:
            for _ in range(2**30 // len(PIECE)):
                handler.wfile.write(PIECE)
        except OSError:
            self.hung_up.set()
        handler.close_connection = True


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Senders hang up in the middle, which is what tests are about."""


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Receiver]:
    receiver = Receiver(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.messages.append(Message(self.path, headers, body))
            (receiver.behave or receiver.answer)(self)

        def log_message(self, *_: Any) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        receiver.address = f"http://127.0.0.1:{server.server_port}/hooks"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def make_endpoint(url: str, *, events: tuple[str, ...] = tuple(WebhookEventType.values), **columns: Any) -> Any:
    """The endpoint; its host must be one of ``WEBHOOK_PRIVATE_HOSTS`` where it is not public."""
    endpoint, _secret = create_endpoint(name="ERP", url=url, events=events, actor="ada", now=NOW)
    if columns:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**columns)
        endpoint.refresh_from_db()
    return endpoint


def make_webhook(*, name: str = "ERP", url: str = "https://8.8.8.8/hooks", **columns: Any) -> WebhookEndpoint:
    """A row as it is stored, for pages; nothing is looked up, and nothing is to be sent to it."""
    return WebhookEndpoint.objects.create(
        **{
            "name": name,
            "url": url,
            "events": list(WebhookEventType.values),
            "secret": new_secret(),
            "created_by": "ada",
            "created_at": NOW,
            "not_before": NOW,
        }
        | columns
    )


def place_orders(count: int, *, first: int = 1) -> None:
    """New orders, with a delivery of ``order.created`` to each endpoint."""
    take_in(*[make_draft(first + serial) for serial in range(count)])
    distribute_events(now=NOW)
