"""A network that fails at the worst moment: the answer has been given, and the client dies before it hears it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

HANDED_ON = ("authorization", "content-type", "host", "idempotency-key")


@contextmanager
def forwarding(to: str, *, before_answer: Callable[[str, str], None]) -> Iterator[str]:
    """The address of a server that asks the one at ``to``, and tells ``before_answer`` of each method and path."""
    client = httpx.Client(base_url=to, timeout=30)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() in HANDED_ON}
            answer = client.request(self.command, self.path, content=content, headers=headers)
            before_answer(self.command, self.path)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = forward

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Clients are killed, which is what this is for."""

    with client, Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
