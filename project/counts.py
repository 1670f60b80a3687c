"""Numbers as people read them."""

from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from project.moments import DIFFERENT_AT_ONCE, reader_locale


def format_count(number: int) -> str:
    """With the reader's thousands separator: "1,204"."""
    return _count_words(number, reader_locale())


@lru_cache(DIFFERENT_AT_ONCE)
def _count_words(number: int, locale: Locale) -> str:
    return str(format_decimal(number, locale=locale))
