"""The orders a shop has when one first looks at it: a month of trade."""

from datetime import timedelta

from . import statuses
from .factory import Wish
from .new_orders import NewOrders
from .world import World

_DAY = 86400.0
_MONTH = 30 * _DAY


def populate(world: World, count: int) -> None:
    """Make `count` orders of all ages up to 30 days: old ones shipped or cancelled, young ones still to ship."""
    random = world.random
    now = world.clock.now()
    for age in sorted((random.uniform(300, _MONTH) for _ in range(count)), reverse=True):
        updated = age - random.uniform(0, min(age - 300, 2 * _DAY))
        world.create(
            NewOrders(
                wish=Wish(status=_status(random.random(), age)),
                created_at=now - timedelta(seconds=age),
                updated_at=now - timedelta(seconds=updated),
            )
        )


def _status(chance: float, age: float) -> str:
    if chance < 0.04:
        return statuses.CANCELLED
    if age < 3600:
        return statuses.PENDING if chance < 0.5 else statuses.UNSHIPPED
    if age < 2 * _DAY:
        return statuses.UNSHIPPED if chance < 0.85 else statuses.SHIPPED
    if age < 4 * _DAY and chance < 0.3:
        return statuses.PARTIALLY_SHIPPED if chance < 0.15 else statuses.UNSHIPPED
    return statuses.SHIPPED
