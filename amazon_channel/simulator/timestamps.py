"""ISO 8601 timestamps as SP-API writes and reads them: UTC, milliseconds, a trailing `Z`."""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")


def read_timestamp(text: object) -> datetime:
    """The UTC moment that `text` names; ValueError unless it is a whole RFC 3339 date-time with a zone."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError(f"not an RFC 3339 date-time: {text!r}")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"out of range: {text!r}") from error


def write_timestamp(moment: datetime) -> str:
    """`moment` must be in UTC, as every time in the simulator is."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def write_whole_seconds(moment: datetime) -> str:
    """Windows (ship by, deliver by) carry no fraction."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
