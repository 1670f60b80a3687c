"""Who waits for whom on PostgreSQL, so that tests can let things happen in an order."""

from collections.abc import Callable

import pytest
from django.db import connection


def count_waiting() -> int:
    """Connections to this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees one state of the others otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        count: int = cursor.fetchone()[0]
        return count


def until_waiting(count: int, *, is_over: Callable[[], bool] = lambda: False) -> None:
    """Return when as many wait; fails when they never do, or what should wait ``is_over``."""
    for _ in range(20_000):
        if count_waiting() == count:
            return
        assert not is_over()
    pytest.fail(f"{count} never waited at once")
