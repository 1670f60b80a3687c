"""Life in the shop: orders arrive and move by themselves while the simulated time passes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from . import statuses
from .actions import act
from .factory import Wish
from .new_orders import NewOrders
from .options import Options
from .orders import Order
from .timestamps import whole_milliseconds, write_timestamp
from .world import World

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 86400.0
_MOST_ARRIVALS = 500  # at once, however far the clock was moved


class Life:
    """Plans what becomes of each order in the world's list of things to come."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = Random(seed)
        self._next_arrival: datetime | None = None

    def go_on(self, options: Options) -> None:
        """Let the orders arrive whose time has come, and plan their lives."""
        now = self._world.clock.now()
        if not options.life or options.arrival_seconds <= 0:
            self._next_arrival = None
            return
        if self._next_arrival is None:
            self._next_arrival = now
            self.take_in(self._world.orders())
        for _ in range(_MOST_ARRIVALS):
            if self._next_arrival > now:
                return
            self._arrive(self._next_arrival)
            self._next_arrival += timedelta(seconds=self._random.expovariate(1 / options.arrival_seconds))
        self._next_arrival = now

    def take_in(self, orders: Iterable[Order]) -> None:
        """Orders that came from elsewhere live on too, while there is life."""
        if self._next_arrival is not None:
            for order in orders:
                self._plan(order, self._world.clock.now())

    def _plan(self, order: Order, since: datetime) -> None:
        """What comes next for an order, by its status; `since` is when it got there."""
        by_merchant = order.fulfilled_by == statuses.MERCHANT
        if order.status in statuses.AWAITING_PAYMENT and self._happens(0.04):
            self._after(order, since, self._between(5 * _MINUTE, 2 * _HOUR), "cancel")
        elif order.status in statuses.AWAITING_PAYMENT:
            self._after(order, since, self._between(2 * _MINUTE, 30 * _MINUTE), "verify")
        elif order.status == statuses.UNSHIPPED and not by_merchant:
            self._after(order, since, self._between(2 * _HOUR, 20 * _HOUR), "fulfil_fba")
        elif order.status == statuses.UNSHIPPED and self._happens(0.03):
            self._after(order, since, self._between(10 * _MINUTE, 6 * _HOUR), "request_cancellation")
        elif order.status == statuses.UNSHIPPED and self._happens(0.02):
            self._after(order, since, self._between(_HOUR, 12 * _HOUR), "cancel")
        elif order.status == statuses.SHIPPED and by_merchant:
            self._after(order, since, self._between(_DAY, 4 * _DAY), "deliver")

    def _arrive(self, moment: datetime) -> None:
        [order] = self._world.create(NewOrders(wish=Wish(status=statuses.PENDING), created_at=moment))
        self._plan(order, moment)

    def _after(self, order: Order, since: datetime, seconds: float, action: str) -> None:
        moment = whole_milliseconds(since + timedelta(seconds=seconds))
        self._world.after(moment, partial(self._happen, order, action, order.status))

    def _happen(self, order: Order, action: str, status: str, moment: datetime) -> None:
        if self._next_arrival is None or order.status != status:
            return  # life was stopped, or somebody was faster: it has been shipped or cancelled meanwhile
        try:
            act(self._world, order, action, {"last_updated": write_timestamp(moment)})
        except ValueError as error:  # a test has spoilt the order
            self._world.note(order, moment, str(error))
        if order.status != status:
            self._plan(order, moment)

    def _between(self, least: float, most: float) -> float:
        return self._random.uniform(least, most)

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance
