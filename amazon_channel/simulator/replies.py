"""A reply of the simulated Amazon, before it goes over the wire."""

import json
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault
from .presigned import SLOW_DOWN, TRANSFERS, StorageRefusal
from .rejections import ERROR_TYPES, QUOTA_EXCEEDED, Rejection
from .tokens import LoginRejection

JSON_TYPE = "application/json"
HTML_TYPE = "text/html"
XML_TYPE = "application/xml"

_TITLES = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


NO_CONTENT = Reply(204, content_type=None)


def json_reply(status: int, value: Any) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def refusal(rejection: Rejection) -> Reply:
    reply = json_reply(rejection.status, rejection.body())
    reply.headers["x-amzn-ErrorType"] = ERROR_TYPES.get(rejection.status, "InternalFailureException")
    return reply


def login_refusal(rejection: LoginRejection) -> Reply:
    return json_reply(rejection.status, rejection.body())


def storage_refusal(refusal: StorageRefusal) -> Reply:
    return Reply(refusal.status, refusal.body().encode(), XML_TYPE)


def html_page(status: int) -> Reply:
    """What the load balancer in front of Amazon's service sends when the service is gone."""
    title = _TITLES.get(status, f"{status} Error")
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, page.encode(), HTML_TYPE)


def preventing_reply(fault: Fault, operation: str) -> Reply:
    """The reply of a fault that keeps the call from happening. `args.headers` are added to any of them."""
    reply = _preventing_reply(fault, operation)
    reply.headers.update({str(name): str(value) for name, value in fault.args.get("headers", {}).items()})
    return reply


def _preventing_reply(fault: Fault, operation: str) -> Reply:
    args = fault.args
    match fault.kind:
        case "status":
            return _status_reply(args, operation)
        case "html":
            return html_page(int(args.get("status", 503)))
        case "empty":
            return Reply(int(args.get("status", 200)), content_type=None)
        case "message":
            return json_reply(403, {"message": str(args.get("message", "Forbidden"))})
        case "not_json":
            return Reply(int(args.get("status", 200)), str(args.get("body", "upstream said: OK")).encode())
        case "wrong_shape":
            return json_reply(int(args.get("status", 200)), args.get("json", {}))
        case "throttle":
            return storage_refusal(SLOW_DOWN) if operation in TRANSFERS else refusal(QUOTA_EXCEEDED)
        case "redirect":
            location = str(args.get("location", "http://127.0.0.1:9/elsewhere"))
            return Reply(int(args.get("status", 302)), content_type=None, headers={"location": location})
    return Reply(0)  # hang, disconnect: nothing is ever sent


def _status_reply(args: Any, operation: str) -> Reply:
    status = int(args.get("status", 500))
    if operation == "token":
        return json_reply(
            status,
            {
                "error": args.get("error", "server_error"),
                "error_description": args.get("error_description", "The service failed"),
            },
        )
    if operation in TRANSFERS:
        words = str(args.get("message", "Access Denied"))
        return storage_refusal(StorageRefusal(status, str(args.get("code", "AccessDenied")), words))
    code = str(args.get("code", "InternalFailure"))
    message = str(args.get("message", "We encountered an internal error. Please try again."))
    return refusal(Rejection(status, code, message, str(args.get("details", ""))))
