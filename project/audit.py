"""Writing down who changed the set-up; every app may call it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from project.models import Area, AuditEntry

LONGEST_SUBJECT = 200
LONGEST_ACTOR = 150
SECRET = (None, None)  # the change of something that is shown to nobody
COMMAND = "command"  # how the record names whoever sits at the machine


def record_change(
    *,
    area: Area,
    action: AuditEntry.Action,
    subject: str,
    subject_id: int | None,
    actor: str,
    now: datetime,
    changes: Mapping[str, Sequence[Any]] | None = None,
) -> AuditEntry:
    """Keep one change, in the caller's transaction. ``changes`` is (before, after) by field, ``SECRET`` for secrets."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor[:LONGEST_ACTOR],
        area=area,
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        subject_id=subject_id,
        changes={field: list(values) for field, values in (changes or {}).items()},
    )
