"""A file that outlives the simulated Amazon, however it ends: orders, feeds, sellers and the clock.

It is written before a reply leaves, so that nobody was told what is forgotten afterwards. Access tokens, faults,
options and the log are not kept.
"""

import json
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .acknowledgements import Message, Result
from .feeds import Document, Fate, Feed, Feeds
from .orders import Order, Transition
from .sellers import Seller
from .timestamps import read_timestamp, write_timestamp
from .transitions import Package
from .world import World

Json = dict[str, Any]
_NOT_KEPT = {"rendered"}  # made again when somebody asks


class Memory:
    """Rows of JSON by kind and key, in the order in which the keys first came."""

    def __init__(self, file: Path) -> None:
        # Only ever used under the simulator's lock, but by whichever thread holds it.
        self._database = sqlite3.connect(file, check_same_thread=False)
        # What was committed outlives the process without waiting for the disk; power cuts are not simulated.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        with self._database:
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS remembered"
                " (place INTEGER PRIMARY KEY, kind TEXT, key TEXT, value TEXT, UNIQUE (kind, key))"
            )

    def clock(self) -> datetime | None:
        """The latest time that anybody can have been told; None in a new file."""
        return next((row["now"] for row in self._read("clock")), None)

    def recall(self, world: World, feeds: Feeds) -> None:
        """Fill a world without orders, whose clock must be right already."""
        for row in self._read("seller"):
            world.sellers[row["id"]] = Seller(
                **row | {name: _tuple(row[name]) for name in ("marketplace_ids", "roles")}
            )
        for row in self._read("order"):
            steps = [Transition(**step) for step in row["history"]]
            awaiting = [Package(**package) for package in row["awaiting"]]
            world.take_back(Order(**row | {"history": steps, "awaiting": awaiting}))
        for row in self._read("document"):
            feeds.take_back_document(Document(**row))
        for row in self._read("feed"):
            results = [Result(**result | {"message": Message(**result["message"])}) for result in row["results"]]
            known = {"marketplace_ids": _tuple(row["marketplace_ids"]), "fate": Fate(**row["fate"]), "results": results}
            feeds.take_back(Feed(**row | known))

    def keep(self, now: datetime, orders: Iterable[Order], others: Iterable[Seller | Document | Feed]) -> None:
        """Store what has changed, and the time."""
        rows = [("clock", "", _write({"now": now}))]
        rows += [("order", f"{order.seller} {order.id}", _write(order)) for order in orders]
        rows += [(type(other).__name__.lower(), other.id, _write(other)) for other in others]
        with self._database:
            self._database.executemany(
                "INSERT INTO remembered (kind, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                rows,
            )

    def forget(self) -> None:
        with self._database:
            self._database.execute("DELETE FROM remembered")

    def _read(self, kind: str) -> Iterator[Json]:
        for (value,) in self._database.execute("SELECT value FROM remembered WHERE kind = ? ORDER BY place", (kind,)):
            yield json.loads(value, object_hook=_from_json)


def _write(value: object) -> str:
    return json.dumps(value, default=_to_json)


def _to_json(value: Any) -> Json:
    """What JSON has no word for; the keys with a `$` are read back by `_from_json`."""
    if isinstance(value, datetime):
        return {"$time": write_timestamp(value)}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    if isinstance(value, bytes):
        return {"$bytes": b64encode(value).decode()}
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in _NOT_KEPT}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _from_json(row: Json) -> Any:
    match row:
        case {"$time": text}:
            return read_timestamp(text)
        case {"$seconds": seconds}:
            return timedelta(seconds=seconds)
        case {"$bytes": text}:
            return b64decode(text)
    return row


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
