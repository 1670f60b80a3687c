"""Times and deadlines as people read them."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce_orders.presentation.money import reader_locale
from commerce_orders.presentation.pills import Tone, pill

DAY = timedelta(days=1)
DIFFERENT_AT_ONCE = 10_000  # all minutes of a day, or the days of some years, in each language


@lru_cache(DIFFERENT_AT_ONCE)
def _day_words(skeleton: str, day: date, locale: Locale) -> str:
    """The days of a list are few, and to write one anew takes longer than to look it up."""
    return str(format_skeleton(skeleton, day, locale=locale))


@lru_cache(DIFFERENT_AT_ONCE)
def _time_words(minute: time, locale: Locale) -> str:
    return str(format_time(minute, "short", locale=locale))


def _clock_words(local: datetime) -> str:
    return _time_words(time(local.hour, local.minute), reader_locale())


def format_moment(at: datetime | None, zone: str) -> SafeString | str:
    """Date and time on the clock of ``zone`` (an IANA name), which the title names; a dash for ``None``."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(zone))
    return format_html(
        '<time datetime="{}" title="{}">{} {}</time>',
        at.isoformat(),
        zone,
        _day_words("yMMMd", local.date(), reader_locale()),
        _clock_words(local),
    )


def format_moment_briefly(at: datetime | None, zone: str, *, now: datetime) -> SafeString | str:
    """As ``format_moment``, without the year where that is the present one; for lists."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(zone))
    skeleton = "MMMd" if local.year == now.astimezone(ZoneInfo(zone)).year else "yMMMd"
    return format_html(
        '<time datetime="{}" title="{}">{} <span class="bo-code">{}</span></time>',
        at.isoformat(),
        zone,
        _day_words(skeleton, local.date(), reader_locale()),
        _clock_words(local),
    )


def format_day(at: datetime | None, zone: str) -> str:
    return format_date(at.astimezone(ZoneInfo(zone)).date() if at else None)


def format_date(day: date | None) -> str:
    if day is None:
        return "–"
    return _day_words("yMMMd", day, reader_locale())


def deadline_words(deadline: datetime, *, zone: str, now: datetime) -> tuple[Tone, str]:
    """How near a deadline is: "late by 2 days", "today", "in 3 days"; days end at midnight in ``zone``."""
    if deadline < now:
        over = now - deadline
        if over < DAY:
            hours = int(over.total_seconds() // 3600)
            if not hours:
                return Tone.DANGER, _("late")
            return Tone.DANGER, ngettext("late by %(count)s hour", "late by %(count)s hours", hours) % {"count": hours}
        return Tone.DANGER, ngettext("late by %(count)s day", "late by %(count)s days", over.days) % {
            "count": over.days
        }
    days = (deadline.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    if days == 0:
        return Tone.WARNING, _("today")
    if days == 1:
        return Tone.INFO, _("tomorrow")
    return Tone.NEUTRAL, ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}


def format_deadline(deadline: datetime | None, *, zone: str, now: datetime, is_open: bool) -> SafeString | str:
    """The date; while the work is open also how near it is, in colour and in words."""
    if deadline is None or not is_open:
        return format_day(deadline, zone)
    tone, words = deadline_words(deadline, zone=zone, now=now)
    moment = format_moment_briefly(deadline, zone, now=now)
    return format_html('{} <span class="bo-under">{}</span>', pill(words, tone), moment)


def format_age(since: datetime, *, now: datetime) -> str:
    """How long ago, in one unit: "3 minutes ago"."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        minutes = seconds // 60
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    if seconds < 86_400:
        hours = seconds // 3600
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    days = seconds // 86_400
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
