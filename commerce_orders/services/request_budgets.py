"""How many requests a token may make: a budget that fills steadily, shared by all processes through one row.

Each process takes some requests at a time out of the budget, so that reading does not write: on SQLite a reader would
wait for whoever writes. More than the limit is never allowed; with several processes a token may be stopped a few
requests earlier, while another process still holds some.
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from commerce_orders.models import ApiToken, RequestBudget

MINUTE = 60.0
SHARE = 100  # a process takes a hundredth of a minute's requests at a time

# A budget that reaches further than a minute is of a clock that went back since, and begins anew.
TAKE = """
    INSERT INTO commerce_orders_requestbudget (token_id, spent_until) VALUES (%(token)s, %(now)s + %(cost)s)
    ON CONFLICT (token_id) DO UPDATE SET spent_until = %(cost)s + CASE
        WHEN commerce_orders_requestbudget.spent_until BETWEEN %(now)s AND %(now)s + %(longest)s
        THEN commerce_orders_requestbudget.spent_until ELSE %(now)s END
    WHERE commerce_orders_requestbudget.spent_until NOT BETWEEN %(now)s + %(free)s AND %(now)s + %(longest)s
    RETURNING spent_until
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether one more request is allowed, of how many in a minute, and what is left; times in seconds."""

    is_allowed: bool
    limit: int
    remaining: int
    full_in: int
    wait: int = 0


@dataclass(slots=True)
class Held:
    """Requests that this process has taken and not used. They are good for a minute, as what is spent comes back."""

    requests: int
    remaining: int
    until: float


_held: dict[str, Held] = {}
_lock = threading.Lock()


def spend_request(token: ApiToken, *, per_minute: int, now: datetime) -> Allowance:
    """Take one request of ``token`` out of its budget of ``per_minute``; mostly without a statement."""
    moment = now.timestamp()
    with _lock:
        held = _held.get(token.digest)
        if held is None or not held.requests or not moment < held.until <= moment + MINUTE:
            held = _take(token, max(1, per_minute // SHARE), per_minute, moment) or _take(token, 1, per_minute, moment)
            if held is None:
                _held.pop(token.digest, None)
                return _refuse(token, per_minute, moment)
            _held[token.digest] = held
        held.requests -= 1
        remaining = held.requests + held.remaining
    return Allowance(True, per_minute, remaining, _seconds((per_minute - remaining) * MINUTE / per_minute))


def _take(token: ApiToken, requests: int, per_minute: int, now: float) -> Held | None:
    interval = MINUTE / per_minute
    cost = requests * interval
    values = {
        "token": token.pk,
        "now": now,
        "cost": cost,
        "free": MINUTE - cost + interval / 1000,  # whoever comes back when told must not fail over a rounding
        "longest": MINUTE + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    return Held(requests, int((now + MINUTE - row[0]) / interval + 0.001), now + MINUTE)


def _refuse(token: ApiToken, per_minute: int, now: float) -> Allowance:
    spent_until = RequestBudget.objects.values_list("spent_until", flat=True).get(token=token)
    wait = spent_until - (now + MINUTE - MINUTE / per_minute)
    return Allowance(False, per_minute, 0, _seconds(spent_until - now), max(1, _seconds(wait)))


def _seconds(seconds: float) -> int:
    return max(0, math.ceil(round(seconds, 3)))
