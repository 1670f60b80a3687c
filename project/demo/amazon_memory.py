"""Lets the simulated Amazon of the next demo go on where this one stopped: it forgets, our database does not."""

import json
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_PAGE = 500


def save_amazon(address: str, file: Path) -> None:
    """Write the simulator's clock and all its orders; the former file stays when it does not answer."""
    memory: Json = {"clock": _call(address, "clock")["now"], "orders": []}
    after = ""
    while True:
        page = _call(address, f"orders?limit={_PAGE}{after}")
        memory["orders"] += page["orders"]
        if not page["next"]:
            break
        after = f"&after={page['next']}"
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(memory))
    draft.replace(file)


def restore_amazon(address: str, file: Path) -> None:
    """Give a simulator without orders those of ``file``, and its clock, which never goes back."""
    memory: Json = json.loads(file.read_text())
    advance_clock(address, to=datetime.fromisoformat(memory["clock"]))
    for order in memory["orders"]:
        simulated = order.pop("_simulator")
        _call(
            address,
            "orders",
            {"order": order, "exact": True, "seller": simulated["seller"], "visible_at": simulated["visibleAt"]},
        )


def advance_clock(address: str, *, to: datetime) -> None:
    """Its time runs faster than ours, so what was read last may lie in our future."""
    if to > datetime.fromisoformat(_call(address, "clock")["now"]):
        _call(address, "clock", {"now": to.isoformat()})


def _call(address: str, what: str, body: Json | None = None) -> Json:
    request = urllib.request.Request(  # noqa: S310  http on loopback
        f"{address}/_sim/{what}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
        answer: Json = json.load(reply)
    return answer
