"""Numbers as people read them."""

from babel.numbers import format_decimal

from project.moments import reader_locale


def format_count(number: int) -> str:
    """With the reader's thousands separator: "1,204"."""
    return str(format_decimal(number, locale=reader_locale()))
