"""Log lines that text from outside cannot break."""

import logging


class OneLineFormatter(logging.Formatter):
    """One event is one line: control characters in names or Amazon's errors are shown escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in line)
