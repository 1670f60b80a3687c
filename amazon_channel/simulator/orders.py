"""One order as the simulated Amazon holds it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import statuses
from .timestamps import read_timestamp, write_timestamp
from .transitions import Package

Json = dict[str, Any]
_pack = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that happened to an order, for the reader of the truth."""

    at: datetime
    change: str
    status: str


@dataclass(slots=True, eq=False)
class Order:
    """The whole truth of an order: the complete Amazon JSON, and beside it what rules and searches ask for.

    The JSON is kept packed: 100,000 orders as live dictionaries would need gigabytes. `document` unpacks a copy;
    a change is `replace_document` with the changed copy.
    """

    id: str
    seller: str
    sequence: int  # in order of creation; breaks ties between equal times
    created_at: datetime
    last_updated_at: datetime
    packed: str
    marketplace_id: str = ""
    status: str = ""
    fulfilled_by: str = ""
    deliver_by: datetime | None = None
    visible_at: datetime | None = None  # searches and reads by id find it only from then on
    listed: bool = True  # False: readable by id, never in a search
    details_at: datetime | None = None  # buyer, recipient, proceeds and prices are withheld until then
    details_bump: bool = True  # whether lastUpdatedTime moves when they appear
    history: list[Transition] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)  # package reference -> confirmations that changed it
    awaiting: list[Package] = field(default_factory=list)  # confirmed, not yet in effect
    before_cancellation: str = ""  # the packed JSON that a cancellation replaced
    rendered: tuple[object, bytes] | None = None  # the last projection made, by its key

    @property
    def document(self) -> Json:
        document: Json = json.loads(self.packed)
        return document

    def replace_document(self, document: Json) -> None:
        """Store `document`, whatever it is, and read from it what is still readable."""
        before, status_before = self.packed, self.status
        self.packed = _pack(document)
        self.rendered = None
        channel = _part(document, "salesChannel")
        fulfillment = _part(document, "fulfillment")
        self.marketplace_id = str(channel.get("marketplaceId", ""))
        self.status = str(fulfillment.get("fulfillmentStatus", ""))
        self.fulfilled_by = str(fulfillment.get("fulfilledBy", ""))
        if self.status == statuses.CANCELLED != status_before:
            self.before_cancellation = before
        try:
            self.deliver_by = read_timestamp(_part(fulfillment, "deliverByWindow").get("latestDateTime"))
        except ValueError:
            self.deliver_by = None

    def record(self, at: datetime, change: str) -> None:
        self.history.append(Transition(at, change, self.status))

    def truth(self) -> Json:
        """Everything about the order, for the control side."""
        document: Any = self.document
        return (document if isinstance(document, dict) else {"document": document}) | {
            "_simulator": {
                "id": self.id,
                "seller": self.seller,
                "status": self.status,
                "listed": self.listed,
                "visibleAt": write_timestamp(self.visible_at) if self.visible_at else None,
                "detailsAt": write_timestamp(self.details_at) if self.details_at else None,
                "history": [
                    {"at": write_timestamp(step.at), "change": step.change, "status": step.status}
                    for step in self.history
                ],
            }
        }


def _part(document: object, name: str) -> Json:
    part = document.get(name) if isinstance(document, dict) else None
    return part if isinstance(part, dict) else {}
