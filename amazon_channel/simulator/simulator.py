"""The simulated Amazon as one Python object: what HTTP offers under `/_sim/`, by the same names, thread safe."""

import threading
from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .actions import act
from .calls import Call
from .clock import Clock
from .faults import PREVENTING, SPOILING, Fault, Faults
from .life import Life
from .marketplaces import MARKETPLACES
from .memory import Memory
from .new_orders import read_new_orders
from .operations import Operations
from .options import Options
from .orders import Order
from .population import populate
from .replies import Reply, html_page, preventing_reply
from .sellers import Seller
from .timestamps import read_timestamp, write_timestamp
from .world import World

Json = dict[str, Any]
_LOG_LENGTH = 20_000


class UnknownOrder(LookupError):
    """There is no such order."""


class Simulator:
    """`now`, `speed`, `seed`, `orders` and the options are also what `reset` goes back to.

    `speed` is simulated seconds per real second; 0 lets the clock stand still. `orders` is how many there are at
    the start, of all ages up to 30 days and all statuses. A `memory` that was written before comes in their place:
    the simulator goes on where it was, at a time that is never earlier. Methods that take JSON raise ValueError for
    what they cannot read, UnknownOrder for an order they do not find.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        now: datetime | None = None,
        speed: float = 0,
        orders: int = 0,
        memory: Path | None = None,
        **options: Any,
    ) -> None:
        self._lock = threading.RLock()
        self._seed = seed
        self._start_now = now
        self._start_speed = speed
        self._start_orders = orders
        self._start_options = Options().changed(options)
        self._memory = Memory(memory) if memory else None
        self._begin()

    def reset(self, seed: int | None = None) -> Json:
        """Everything back to the start: clock, options, sellers, orders, faults, log."""
        with self._lock:
            self._seed = self._seed if seed is None else seed
            if self._memory:
                self._memory.forget()
            self._begin()
            return {"seed": self._seed, "orders": len(self._world)}

    def _begin(self) -> None:
        self._clock = Clock(self._start_now or datetime.now(UTC), self._start_speed)
        self._world = World(self._seed, self._clock)
        self._operations = Operations(self._world, self._start_options, self._seed)
        self._faults = Faults(self._seed)
        self._life = Life(self._world, self._seed)
        self._log: deque[Json] = deque(maxlen=_LOG_LENGTH)
        if self._memory and (then := self._memory.clock()):
            # Life begins when somebody looks: with a clock set later, orders would arrive before what was read.
            self._clock.set(max(then, self._clock.now()))
            self._memory.recall(self._world, self._operations.feeding.feeds)
        else:
            populate(self._world, self._start_orders)
        self._keep()

    def _keep(self, *sellers: Seller) -> None:
        """Before anybody is told of it, remember what has changed."""
        orders, feeds = self._world.take_changed(), self._operations.feeding.feeds.take_changed()
        if self._memory:
            self._memory.keep(self._clock.now(), orders, [*sellers, *feeds])

    # Orders and feeds

    def orders(
        self, *, status: str | None = None, seller: str | None = None, limit: int = 100, after: str | None = None
    ) -> Json:
        """The truth: orders in the order of their creation, behind the order id `after`, and totals by status."""
        with self._lock:
            self.go_on()
            chosen: list[Json] = []
            totals: Counter[str] = Counter()
            reached, more = after is None, False
            for order in self._world.orders():
                if seller is not None and order.seller != seller:
                    continue
                totals[order.status] += 1
                if reached and status in (None, order.status):
                    more = len(chosen) == limit
                    if not more:
                        chosen.append(order.truth())
                reached = reached or order.id == after
            following = chosen[-1]["_simulator"]["id"] if more and chosen else None
            return {"orders": chosen, "totals": dict(totals), "total": totals.total(), "next": following}

    def create_orders(self, **request: Any) -> list[str]:
        """Make orders and return their ids; `request` as in `new_orders.read_new_orders`."""
        with self._lock:
            self.go_on()
            new = read_new_orders(request, self._clock.now())
            orders = self._world.create(new)
            self._life.take_in(orders)
            self._keep()
            return [order.id for order in orders]

    def order(self, order_id: str, seller: str | None = None) -> Json:
        with self._lock:
            self.go_on()
            return self._find(order_id, seller).truth()

    def act(self, order_id: str, action: str, *, seller: str | None = None, **args: Any) -> Json:
        """Do something to an order (see `actions`) and return its truth."""
        with self._lock:
            self.go_on()
            order = self._find(order_id, seller)
            act(self._world, order, action, args)
            self._keep()
            return order.truth()

    def feeds(self) -> list[Json]:
        """The feeds of all sellers, newest first, with what became of each of their messages."""
        with self._lock:
            self.go_on()
            return [feed.truth() for feed in self._operations.feeding.feeds.listed()]

    # Clock

    def clock(self) -> Json:
        with self._lock:
            return {"now": write_timestamp(self._clock.now()), "speed": self._clock.speed}

    def now(self) -> datetime:
        with self._lock:
            return self._clock.now()

    def set_clock(
        self,
        *,
        now: datetime | str | None = None,
        advance_seconds: float | None = None,
        speed: float | None = None,
    ) -> Json:
        with self._lock:
            if speed is not None:
                self._clock.set_speed(float(speed))
            if now is not None:
                self._clock.set(now if isinstance(now, datetime) else read_timestamp(now))
            if advance_seconds is not None:
                self._clock.advance(float(advance_seconds))
            self.go_on()
            return self.clock()

    # Faults

    def faults(self) -> list[Json]:
        with self._lock:
            return [fault.as_json() for fault in self._faults.listed()]

    def add_fault(self, operation: str, kind: str, **request: Any) -> Json:
        with self._lock:
            return self._faults.add({"operation": operation, "kind": kind, **request}).as_json()

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    # Log, options, sellers

    def log(self, *, operation: str | None = None) -> list[Json]:
        with self._lock:
            return [dict(entry) for entry in self._log if operation in (None, entry["operation"])]

    def clear_log(self) -> None:
        with self._lock:
            self._log.clear()

    def options(self) -> Json:
        with self._lock:
            return self._operations.options.as_json()

    @property
    def rate_scale(self) -> float:
        return self._operations.options.rate_scale

    def set_options(self, **changes: Any) -> Json:
        with self._lock:
            self._operations.options = self._operations.options.changed(changes)
            self.go_on()
            return self.options()

    def add_seller(self, **fields: Any) -> Json:
        """Add a seller, or change the one of that `id`: client_id, client_secret, refresh_token, store_name,
        marketplace_ids, roles, authorised."""
        with self._lock:
            for name in ("marketplace_ids", "roles"):
                if fields.get(name) is not None:
                    fields[name] = tuple(fields[name])
            seller = Seller(**fields)
            if not set(seller.marketplace_ids) <= set(MARKETPLACES):
                raise ValueError("marketplace_ids holds an unknown marketplace")
            self._world.sellers[seller.id] = seller
            self._keep(seller)
            return {"seller": seller.id}

    # The SP-API side

    def answer(self, call: Call, method: str, path: str) -> tuple[Reply, Fault | None]:
        """What Amazon replies to the call, and the fault that is to distort it on the wire."""
        with self._lock:
            self.go_on()
            fault = self._faults.draw(call.operation)
            seller: str | None = None
            if fault is not None and fault.kind in PREVENTING:
                reply = preventing_reply(fault, call.operation)
            else:
                if fault is not None and fault.kind in SPOILING and call.access_token:
                    self._spoil(call.access_token, fault.kind)
                reply, seller = self._operations.answer(call, fault)
                if fault is not None and fault.kind == "html_after_effect":
                    reply = html_page(int(fault.args.get("status", 502)))
            self._record(call, method, path, seller, reply)
            self._keep()
            return reply, fault

    def go_on(self) -> None:
        """Let everything happen whose time has come. Every call does so first; a running server does so by itself."""
        with self._lock:
            self._life.go_on(self._operations.options)
            self._world.settle()
            self._keep()

    def _spoil(self, access_token: str, kind: str) -> None:
        if kind == "expire_token":
            self._operations.logins.expire(access_token, self._clock.now())
        else:
            self._operations.logins.revoke(access_token)

    def _record(self, call: Call, method: str, path: str, seller: str | None, reply: Reply) -> None:
        """One line of the log; secrets (log-in forms, tokens, signatures) and documents never enter it."""
        entry: Json = {
            "at": write_timestamp(self._clock.now()),
            "seller": seller,
            "operation": call.operation,
            "method": method,
            "path": path,
            "query": {} if call.upload else dict(call.query),
            "status": reply.status or None,
        }
        if call.operation == "confirmShipment":
            entry["body"] = call.body
        self._log.append(entry)

    def _find(self, order_id: str, seller: str | None) -> Order:
        order = self._world.find(order_id, seller)
        if order is None:
            raise UnknownOrder(order_id)
        return order
