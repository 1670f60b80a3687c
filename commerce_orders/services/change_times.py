"""When orders changed, in an order that readers can rely on: whoever has read up to a time misses nothing before it.

The clock alone does not give that. A change waits for a lock, or its machine's clock is behind, and it is committed
with an earlier time than one that was read long ago. So each change is given a time later than all that are listed
already, and readers stop before whatever may still be on its way.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max

from commerce_orders.models import Order

STEP = timedelta(microseconds=1)
# Between the clock that a change read and the beginning of its transaction, on two machines.
CLOCK_DIFFERENCE = timedelta(seconds=2)

# A transaction that has written nothing for a minute only reads: a backup must not hold back all readers.
ON_THEIR_WAY = """
    SELECT (SELECT max(updated_at) FROM commerce_orders_order), min(xact_start)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND (backend_xid IS NOT NULL OR xact_start > clock_timestamp() - interval '1 minute')
"""


def change_time(now: datetime) -> datetime:
    """``now``, or just after the latest change that is listed. Ask in the transaction of the change; one statement."""
    latest: datetime | None = Order.objects.aggregate(latest=Max("updated_at"))["latest"]
    return now if latest is None or latest < now else latest + STEP


def settled_until() -> datetime | None:
    """Up to when no change can appear any more; ``None`` when that is so for all that there are. One statement.

    SQLite lets one writer in at a time, so that changes are committed in the order of their times. On PostgreSQL the
    latest change is read before those who are writing, in one statement: who begins afterwards gets a later time.
    """
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute(ON_THEIR_WAY)
        latest, began_at = cursor.fetchone()
    if latest is None or began_at is None:
        return latest
    return min(latest, began_at - CLOCK_DIFFERENCE)
