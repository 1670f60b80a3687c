"""The simulated Amazon as an ASGI application: Login with Amazon, SP-API, and the control side."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .calls import Call, Upload
from .control import control_routes
from .presigned import PATH as DOCUMENTS
from .rejections import NOT_FOUND
from .replies import refusal
from .simulator import Simulator
from .wire import TRANSPORT, Delivery

_PATHS = {
    "searchOrders": ("GET", "/orders/2026-01-01/orders"),
    "getOrder": ("GET", "/orders/2026-01-01/orders/{order_id}"),
    "confirmShipment": ("POST", "/orders/v0/orders/{order_id}/shipmentConfirmation"),
    "getMarketplaceParticipations": ("GET", "/sellers/v1/marketplaceParticipations"),
    "createFeedDocument": ("POST", "/feeds/2021-06-30/documents"),
    "getFeedDocument": ("GET", "/feeds/2021-06-30/documents/{document_id}"),
    "createFeed": ("POST", "/feeds/2021-06-30/feeds"),
    "getFeeds": ("GET", "/feeds/2021-06-30/feeds"),
    "getFeed": ("GET", "/feeds/2021-06-30/feeds/{feed_id}"),
}


def build_app(simulator: Simulator) -> ASGIApp:
    routes = [Route("/auth/o2/token", _token, methods=["POST"])]
    for operation, (method, path) in _PATHS.items():
        routes.append(Route(path, _operation(operation), methods=[method], name=operation))
    for operation, method in (("uploadFeedDocument", "PUT"), ("downloadFeedDocument", "GET")):
        path = f"{DOCUMENTS}/{{document_id}}"
        routes.append(Route(path, _transfer(operation), methods=[method], name=operation))
    app = Starlette(
        routes=[*routes, Mount("/_sim", routes=control_routes())],
        exception_handlers={404: _unknown_path, 405: _unknown_path},
    )
    app.state.simulator = simulator
    return _WithTransport(app)


class _WithTransport:
    """Puts the connection into the scope. ASGI has no way to close one without a reply; uvicorn's `send` has it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        await self._app(scope, receive, send)


async def _token(request: Request) -> Delivery:
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        form = _json(raw)
    else:
        form = dict(parse_qsl(raw.decode("utf-8", "replace")))
    return _answer(request, Call(operation="token", body=form))


def _operation(operation: str) -> Any:
    async def endpoint(request: Request) -> Delivery:
        raw = await request.body()
        call = Call(
            operation=operation,
            query=dict(request.query_params),
            order_id=request.path_params.get("order_id", ""),
            feed_id=request.path_params.get("feed_id", ""),
            document_id=request.path_params.get("document_id", ""),
            access_token=request.headers.get("x-amz-access-token"),
            body=_json(raw) if raw else None,
            address=_address(request),
        )
        return _answer(request, call)

    return endpoint


def _transfer(operation: str) -> Any:
    async def endpoint(request: Request) -> Delivery:
        upload = Upload(
            document_id=request.path_params["document_id"],
            content_type=request.headers.get("content-type", ""),
            content=await request.body(),
            foreign_headers=tuple(
                name for name in request.headers if name.startswith("x-amz-") or name == "authorization"
            ),
        )
        return _answer(request, Call(operation=operation, query=dict(request.query_params), upload=upload))

    return endpoint


def _address(request: Request) -> str:
    """Where this server is reached; not from the Host header, which one client library cuts short."""
    host, port = request.scope["server"]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answer(request: Request, call: Call) -> Delivery:
    simulator: Simulator = request.app.state.simulator
    reply, fault = simulator.answer(call, request.method, request.url.path)
    return Delivery(reply, call.operation, simulator.rate_scale, fault)


async def _unknown_path(request: Request, error: Exception) -> Delivery:
    return Delivery(refusal(NOT_FOUND), "", 0, None)


def _json(raw: bytes) -> Any:
    """The JSON that was sent; None where there is none, which every operation refuses."""
    try:
        return json.loads(raw)
    except ValueError:
        return None
