"""Sending a reply over HTTP, whole or the way a fault wants it."""

import asyncio
import uuid
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .buckets import PLANS, advertised_rate
from .faults import Fault
from .replies import Reply

TRANSPORT = "simulator.transport"  # key in the ASGI scope: the connection, so that a fault can cut it
_RATE_HEADER = "x-amzn-RateLimit-Limit"
_WITH_RATE = frozenset({200, 201, 202, 204, 400, 404})  # Amazon page "Usage Plans": never on 403 or 429


class Delivery(Response):
    """A response: one reply of one operation, with the fault that distorts it."""

    def __init__(self, reply: Reply, operation: str, rate_scale: float, fault: Fault | None) -> None:
        super().__init__()
        self._reply = reply
        self._fault = fault
        self._kind = fault.kind if fault else ""
        self._args: Any = fault.args if fault else {}
        self._body = reply.body
        if self._kind == "truncate":
            self._body = reply.body[: int(self._args.get("at", len(reply.body) // 2))]
        self._written_headers = self._make_headers(operation, rate_scale)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._kind == "delay":
            await asyncio.sleep(float(self._args.get("seconds", 1)))
        if self._kind == "hang":
            await _wait_for_client_to_leave(receive)
            return
        if self._kind in {"disconnect", "disconnect_after_effect"}:
            scope[TRANSPORT].abort()
            await _wait_for_client_to_leave(receive)
            return
        await send({"type": "http.response.start", "status": self._reply.status, "headers": self._written_headers})
        if self._kind == "drip":
            await self._drip(send)
        elif self._kind == "truncate" and self._args.get("cut_connection"):
            await send({"type": "http.response.body", "body": self._body, "more_body": True})
            scope[TRANSPORT].close()
            await _wait_for_client_to_leave(receive)
        else:
            await send({"type": "http.response.body", "body": self._body})

    async def _drip(self, send: Send) -> None:
        size = int(self._args.get("bytes", 1))
        pause = float(self._args.get("seconds", 0.1))  # real seconds between two drops
        for start in range(0, len(self._body), size):
            drop = self._body[start : start + size]
            await send({"type": "http.response.body", "body": drop, "more_body": True})
            await asyncio.sleep(pause)
        await send({"type": "http.response.body", "body": b""})

    def _make_headers(self, operation: str, rate_scale: float) -> list[tuple[bytes, bytes]]:
        reply = self._reply
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), **reply.headers}
        if reply.content_type is not None:
            headers["content-type"] = reply.content_type
        if reply.status != 204:
            cut = self._kind == "truncate" and self._args.get("cut_connection")
            headers["content-length"] = str(len(reply.body if cut else self._body))
        if operation in PLANS and reply.status in _WITH_RATE and self._kind != "drop_rate_header":
            rate = self._args.get("rate") if self._kind == "rate" else None
            headers[_RATE_HEADER] = str(rate) if rate is not None else advertised_rate(operation, rate_scale)
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _wait_for_client_to_leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
