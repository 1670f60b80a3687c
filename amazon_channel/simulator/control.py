"""The control side, `/_sim/`: the methods of Simulator over HTTP, for this machine only."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .simulator import Simulator, UnknownOrder

Json = dict[str, Any]
_Handler = Callable[[Simulator, Request, Json], Any]


def control_routes() -> list[Route]:
    return [
        _route("/orders", {"GET": _orders, "POST": _create_orders}),
        _route("/orders/{order_id}", {"GET": _order, "POST": _act}),
        _route("/feeds", {"GET": _feeds}),
        _route("/clock", {"GET": _clock, "POST": _set_clock}),
        _route("/faults", {"GET": _faults, "POST": _add_fault, "DELETE": _clear_faults}),
        _route("/log", {"GET": _log, "DELETE": _clear_log}),
        _route("/options", {"GET": _options, "POST": _set_options}),
        _route("/sellers", {"POST": _add_seller}),
        _route("/reset", {"POST": _reset}),
    ]


def _route(path: str, handlers: dict[str, _Handler]) -> Route:
    async def endpoint(request: Request) -> Response:
        if not _is_loopback(request):
            return _reply({"error": "control is for this machine only"}, 403)
        try:
            body = await _read_body(request)
            return _reply(handlers[request.method](request.app.state.simulator, request, body))
        except UnknownOrder as error:
            return _reply({"error": f"no order {error}"}, 404)
        except (ValueError, TypeError, OverflowError) as error:
            return _reply({"error": str(error)}, 400)

    return Route(path, endpoint, methods=list(handlers))


def _reply(value: Any, status: int = 200) -> Response:
    """Spoilt orders hold what strict JSON and UTF-8 refuse, lone surrogates and NaN: all of it is escaped."""
    return Response(json.dumps(value), status, media_type="application/json")


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def _read_body(request: Request) -> Json:
    if not await request.body():
        return {}
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _orders(simulator: Simulator, request: Request, body: Json) -> Json:
    query = request.query_params
    return simulator.orders(
        status=query.get("status"),
        seller=query.get("seller"),
        limit=int(query.get("limit", 100)),
        after=query.get("after"),
    )


def _create_orders(simulator: Simulator, request: Request, body: Json) -> Json:
    ids = simulator.create_orders(**body)
    created: Json = {"ids": ids}
    if len(ids) == 1:
        created["order"] = simulator.order(ids[0], body.get("seller"))
    return created


def _order(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.order(request.path_params["order_id"], request.query_params.get("seller"))


def _act(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.act(request.path_params["order_id"], **body)


def _feeds(simulator: Simulator, request: Request, body: Json) -> Json:
    return {"feeds": simulator.feeds()}


def _clock(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.clock()


def _set_clock(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.set_clock(**body)


def _faults(simulator: Simulator, request: Request, body: Json) -> Json:
    return {"faults": simulator.faults()}


def _add_fault(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.add_fault(**body)


def _clear_faults(simulator: Simulator, request: Request, body: Json) -> Json:
    simulator.clear_faults()
    return {"faults": []}


def _log(simulator: Simulator, request: Request, body: Json) -> Json:
    return {"log": simulator.log(operation=request.query_params.get("operation"))}


def _clear_log(simulator: Simulator, request: Request, body: Json) -> Json:
    simulator.clear_log()
    return {"log": []}


def _options(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.options()


def _set_options(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.set_options(**body)


def _add_seller(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.add_seller(**body)


def _reset(simulator: Simulator, request: Request, body: Json) -> Json:
    return simulator.reset(**body)
