"""Times as people read them, in every app."""

from datetime import date, datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

# Words kept: all minutes of a day, or the days of some years, in each language; amounts and counts of the last pages.
DIFFERENT_AT_ONCE = 10_000


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def reader_locale() -> Locale:
    """The locale of the language that the page is written in."""
    return locale_of(get_language() or "en")


@lru_cache(DIFFERENT_AT_ONCE)
def day_words(skeleton: str, day: date, locale: Locale) -> str:
    """The days of a list are few, and to write one anew takes longer than to look it up."""
    return str(format_skeleton(skeleton, day, locale=locale))


@lru_cache(DIFFERENT_AT_ONCE)
def _time_words(minute: time, locale: Locale) -> str:
    return str(format_time(minute, "short", locale=locale))


def clock_words(local: datetime) -> str:
    return _time_words(time(local.hour, local.minute), reader_locale())


def format_moment(at: datetime | None, zone: str = "UTC") -> SafeString | str:
    """Date and time on the clock of ``zone`` (an IANA name), which the title names; a dash for ``None``."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(zone))
    return format_html(
        '<time datetime="{}" title="{}">{} {}</time>',
        at.isoformat(),
        zone,
        day_words("yMMMd", local.date(), reader_locale()),
        clock_words(local),
    )
