"""Trying problems again: one, some, or all of a reason."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from commerce_orders.models import ProblemRetry
from commerce_orders.problems import Place, ProblemSource, newest_problems, place_of, source_of
from project import jobs

SLICE = 200


def retry_chosen(
    *, source: ProblemSource, reason: str, keys: Collection[int], actor: str, now: datetime
) -> ProblemRetry:
    """Try those again of ``keys`` that still have the problem, and write down who asked; all or nothing."""
    with transaction.atomic():
        rows = list(source.rows(reason, now=now).filter(pk__in=keys))
        return ProblemRetry.objects.create(
            source=source.code,
            reason=reason,
            actor=actor,
            requested_at=now,
            finished_at=now,
            chosen=sorted(row.pk for row in rows),
            retried=source.retry(rows, reason=reason, actor=actor, now=now) if rows else 0,
        )


def retry_all(*, source: ProblemSource, reason: str, actor: str, now: datetime, account: str = "") -> ProblemRetry:
    """Have a worker try all problems of a reason again. The row says so; the job may be lost."""
    with transaction.atomic():
        retry = ProblemRetry.objects.create(
            source=source.code, reason=reason, account=account, actor=actor, requested_at=now
        )
        jobs.ring("commerce_orders.tasks.carry_out_retry", retry.pk)
    return retry


def carry_out(*, retry_id: int, now: datetime) -> ProblemRetry:
    """Go on with a retry of all problems of a reason until it is done, each slice in a transaction of its own.

    What became a problem after the first slice is left out, so it ends. Several workers may carry out the same.
    """
    while not _take_slice(retry_id, now=now):
        pass
    return ProblemRetry.objects.get(pk=retry_id)


def unfinished_retries() -> list[int]:
    """Those whose job was lost, or is under way."""
    return list(ProblemRetry.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def _take_slice(retry_id: int, *, now: datetime) -> bool:
    """Whether there is nothing left to do."""
    with transaction.atomic():
        # Locked first: of two workers the second finds the place where the first one ended.
        retry = ProblemRetry.objects.select_for_update().get(pk=retry_id)
        if retry.finished_at is not None:
            return True
        source = source_of(retry.reason)
        rows = []
        if source is not None:  # its app may have been taken out since
            behind = Place.parse(retry.place) if retry.place else None
            rows = newest_problems(source, retry.reason, now=now, account=retry.account, behind=behind, limit=SLICE)
        if source is not None and rows:
            retry.place = str(place_of(rows[-1], source, retry.reason))
            retry.retried += source.retry(rows, reason=retry.reason, actor=retry.actor, now=now)
        if len(rows) < SLICE:
            retry.finished_at = now
        retry.save(update_fields=["place", "retried", "finished_at"])
    return retry.finished_at is not None
