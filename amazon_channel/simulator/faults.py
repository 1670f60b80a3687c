"""Faults a test puts in: what goes wrong, on which call, how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

OPERATIONS = (
    "token",
    "searchOrders",
    "getOrder",
    "confirmShipment",
    "getMarketplaceParticipations",
    "createFeedDocument",
    "uploadFeedDocument",
    "createFeed",
    "getFeed",
    "getFeeds",
    "getFeedDocument",
    "downloadFeedDocument",
)
ANY_OPERATION = "any"

# The call never reaches the order book; the reply, if any, is made of the fault.
PREVENTING = frozenset(
    {"status", "html", "empty", "message", "not_json", "wrong_shape", "throttle", "redirect", "hang", "disconnect"}
)
# The access token is spoilt first; the refusal is then Amazon's usual one.
SPOILING = frozenset({"expire_token", "revoke"})
# The call does what it does; its reply is changed, slowed or lost.
DISTORTING = frozenset(
    {"truncate", "delay", "drip", "disconnect_after_effect", "html_after_effect", "drop_rate_header", "rate"}
)
# searchOrders answers with pages that do not move on.
PAGING = frozenset({"duplicate_page", "same_token", "empty_page_with_token"})
# createFeed takes the feed; then it ends badly: aborted (with args.after_effect only after it was carried out),
# cancelled, never, without its second half and any word about it, or without a report.
FATES = frozenset({"feed_fatal", "feed_cancelled", "feed_stuck", "feed_half_done", "feed_without_result"})

KINDS = PREVENTING | SPOILING | DISTORTING | PAGING | FATES
# Where the kinds that concern one operation only fire.
_ONLY_ON = dict.fromkeys(PAGING, "searchOrders") | dict.fromkeys(FATES, "createFeed")


@dataclass(slots=True)
class Fault:
    """Fires on matching calls number `nth`, `nth`+1, … until it has fired `times` times (None: until cleared)."""

    id: int
    operation: str
    kind: str
    nth: int = 1
    times: int | None = None
    probability: float = 1.0
    args: Mapping[str, Any] = field(default_factory=dict)
    calls: int = 0
    fired: int = 0

    def meets(self, operation: str, random: Random) -> bool:
        """Count a call and say whether the fault fires on it."""
        if self.operation not in (operation, ANY_OPERATION):
            return False
        if _ONLY_ON.get(self.kind, operation) != operation:
            return False
        self.calls += 1
        if self.calls < self.nth or (self.times is not None and self.fired >= self.times):
            return False
        if random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "operation": self.operation,
            "kind": self.kind,
            "nth": self.nth,
            "times": self.times,
            "probability": self.probability,
            "args": dict(self.args),
            "calls": self.calls,
            "fired": self.fired,
        }


class Faults:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._faults: list[Fault] = []
        self._added = 0

    def add(self, request: Mapping[str, Any]) -> Fault:
        """Add a fault; with `nth` and no `times` it fires once. ValueError names what cannot be read."""
        operation, kind = request.get("operation", ANY_OPERATION), request.get("kind")
        if operation not in (*OPERATIONS, ANY_OPERATION):
            raise ValueError(f"operation can be {', '.join((*OPERATIONS, ANY_OPERATION))}")
        if kind not in KINDS:
            raise ValueError(f"kind can be {', '.join(sorted(KINDS))}")
        unknown = set(request) - {"operation", "kind", "nth", "times", "probability", "args"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        nth, times = request.get("nth"), request.get("times")
        self._added += 1
        fault = Fault(
            id=self._added,
            operation=operation,
            kind=kind,
            nth=int(nth or 1),
            times=int(times) if times is not None else (1 if nth else None),
            probability=float(request.get("probability", 1.0)),
            args=dict(request.get("args") or {}),
        )
        self._faults.append(fault)
        return fault

    def draw(self, operation: str) -> Fault | None:
        """The fault for this call: of all that count it, the first that fires."""
        for fault in self._faults:
            if fault.meets(operation, self._random):
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[Fault]:
        return list(self._faults)
