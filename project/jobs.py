"""The doorbell of the workers: the only importer of django-q2.

A job carries the dotted path of a task and plain ids. It may be lost or delivered twice: what must be done is
always a row in our own tables, found again by a scheduled sweep.
"""

import importlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ, Schedule, Task
from django_q.tasks import async_task

from project.checkpoints import checkpoint
from project.clock_steps import take_back_waits

logger = logging.getLogger(__name__)

# More than clocks of several machines differ. A schedule that is due later than this and its interval was kept by a
# clock that was ahead.
CLOCKS_DIFFER = timedelta(minutes=10)
LOOKS_AT_CLOCK_EVERY = 60.0  # seconds

TASK_MODULES = frozenset({"amazon_channel.tasks", "commerce_orders.tasks", "customers.tasks", "project.schedules"})


_held_back: ContextVar[dict[tuple[str, tuple[int, ...]], None] | None] = ContextVar("_held_back", default=None)


def ring(task: str, *ids: int) -> None:
    """Ask a worker to run ``task`` ("app.tasks.name") with ``ids``; joins the caller's transaction."""
    find_task(task)
    held_back = _held_back.get()
    if held_back is not None:
        held_back[task, ids] = None
        return
    checkpoint("CP_BEFORE_RING")
    async_task(run, task, *ids)
    checkpoint("CP_AFTER_RING")


@contextmanager
def ringing_once() -> Iterator[None]:
    """Whatever is rung for inside is rung for once, at the end; nothing is, where an error ends it."""
    held_back: dict[tuple[str, tuple[int, ...]], None] = {}
    former = _held_back.set(held_back)
    try:
        yield
    finally:
        _held_back.reset(former)
    for task, ids in held_back:
        ring(task, *ids)


def ring_later(task: str, *ids: int, wait: timedelta) -> None:
    """``ring`` in a while: the job stands in the queue and is not delivered before."""
    find_task(task)
    async_task(run, task, *ids, broker=_LateBroker(wait))


class Queue(ORM):
    """The queue of jobs, whose emptying goes on when the schedules, and with them all sweeps, stand still."""

    _looked_at = float("-inf")

    def dequeue(self) -> Any:
        if time.monotonic() - self._looked_at >= LOOKS_AT_CLOCK_EVERY:
            self._looked_at = time.monotonic()
            follow_clock(now=timezone.now())
        return super().dequeue()


def follow_clock(*, now: datetime) -> timedelta | None:
    """Where the clock was ahead and has been set back, let nothing wait until it is there again.

    Returns by how much, or ``None``. Any number of workers may look at once: one moves everything nearer.
    """
    if not _clock_was_ahead(now):
        return None
    with transaction.atomic():
        list(Schedule.objects.select_for_update().order_by("pk").values_list("pk"))
        by = _clock_was_ahead(now)
        if by is None:
            return None
        Schedule.objects.filter(next_run__gt=now).update(next_run=F("next_run") - by)
        OrmQ.objects.filter(lock__gt=now).update(lock=F("lock") - by)
        take_back_waits(by, now=now)
    logger.warning("The clock was set back by %s; what waits was brought forward", by)
    return by


def _clock_was_ahead(now: datetime) -> timedelta | None:
    waits = [
        next_run - now - timedelta(minutes=minutes or 0)
        for next_run, minutes in Schedule.objects.values_list("next_run", "minutes")
    ]
    return max((wait for wait in waits if wait > CLOCKS_DIFFER), default=None)


class _LateBroker(ORM):
    """django-q2 delivers a job when its ``lock`` has passed."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self._wait = wait

    def enqueue(self, task: str) -> int:
        package = self.get_connection().create(key=self.list_key, payload=task, lock=timezone.now() + self._wait)
        return int(package.pk)


def run(task: str, *ids: int) -> None:
    """Run one job inside the worker and never let it take the worker down or be redelivered for ever.

    ``SystemExit`` and unpicklable results end or repeat a django-q2 job silently, so nothing is returned and
    everything is caught; tasks record their own outcome.
    """
    try:
        find_task(task)(*ids)
    except BaseException:
        logger.exception("The job %s%r failed; the next sweep takes its work up again", task, ids)


def find_task(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    if module not in TASK_MODULES:
        raise LookupError(f"{path!r} is not one of our tasks")
    task: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return task


def keep_schedules(every_minutes: dict[str, int]) -> None:
    """Make the schedule rows equal to ``{task: minutes}``; rows that nobody asked for go away."""
    for task, minutes in every_minutes.items():
        find_task(task)
        Schedule.objects.update_or_create(
            name=task,
            defaults={
                "func": "project.jobs.run",
                "args": repr((task,)),
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
            },
        )
    Schedule.objects.exclude(name__in=every_minutes).delete()


def prune_results(*, older_than: datetime) -> int:
    """Delete finished jobs' records; returns how many."""
    return Task.objects.filter(stopped__lt=older_than).delete()[0]


def oldest_waiting_at() -> datetime | None:
    """When the job that has waited longest became due; ``None`` when none waits."""
    oldest: datetime | None = OrmQ.objects.aggregate(oldest=models.Min("lock"))["oldest"]
    return oldest
