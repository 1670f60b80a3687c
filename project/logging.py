"""Log lines that text from outside cannot break."""

import logging
from http import HTTPStatus


class OneLineFormatter(logging.Formatter):
    """One event is one line: control characters in names or Amazon's errors are shown escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in line)


class RefusalsWithoutStack(logging.Filter):
    """Django logs every 403 of a page with the stack of where it was refused, as if something had failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == HTTPStatus.FORBIDDEN:
            record.exc_info = record.exc_text = None
        return True
