"""Times and deadlines as people read them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce_orders.presentation.pills import Tone, pill
from project.moments import clock_words, day_words, reader_locale

DAY = timedelta(days=1)


def format_moment_briefly(at: datetime | None, zone: str, *, now: datetime) -> SafeString | str:
    """As ``project.moments.format_moment``, without the year where that is the present one; for lists."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(zone))
    skeleton = "MMMd" if local.year == now.astimezone(ZoneInfo(zone)).year else "yMMMd"
    return format_html(
        '<time datetime="{}" title="{}">{} <span class="bo-code">{}</span></time>',
        at.isoformat(),
        zone,
        day_words(skeleton, local.date(), reader_locale()),
        clock_words(local),
    )


def format_day(at: datetime | None, zone: str) -> str:
    return format_date(at.astimezone(ZoneInfo(zone)).date() if at else None)


def format_date(day: date | None) -> str:
    if day is None:
        return "–"
    return day_words("yMMMd", day, reader_locale())


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
