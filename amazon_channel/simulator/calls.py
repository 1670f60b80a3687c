"""A call to the simulated Amazon, as it came over the wire."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent to or asked of a presigned address, which knows neither tokens nor JSON."""

    document_id: str
    content_type: str = ""
    content: bytes = b""
    foreign_headers: tuple[str, ...] = ()  # x-amz-… headers and others that the address is not signed for


@dataclass(frozen=True, slots=True)
class Call:
    operation: str
    query: dict[str, str] = field(default_factory=dict)
    order_id: str = ""
    feed_id: str = ""
    document_id: str = ""
    access_token: str | None = None
    body: Any = None  # the JSON or form that was sent; None where it cannot be read
    upload: Upload | None = None
    address: str = ""  # where the simulator was reached, for the addresses that it hands out
