"""What mails about alerts say: plain text in the installation's language, without personal data."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.models import Alert
from amazon_channel.standing import advice_on
from commerce_orders.services.staff_mails import one_line


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    body: str


def write_beginning(alerts: Sequence[Alert]) -> Mail:
    """What happened, since when, in whose words, and what to do."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Amazon orders need attention: %(what)s") % {"what": _what(alerts)}
        return _write(subject, [_part(alert) for alert in alerts])


def write_end(alerts: Sequence[Alert]) -> Mail:
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Resolved: %(what)s") % {"what": _what(alerts)}
        return _write(subject, [_end(alert) for alert in alerts])


def _what(alerts: Sequence[Alert]) -> str:
    """The first one's name, and how many more there are."""
    first, more = alerts[0].get_kind_display(), len(alerts) - 1
    if not more:  # a case of its own: a language without a plural would else say "and 0 more"
        return first
    return ngettext("%(what)s and %(more)s more", "%(what)s and %(more)s more", more) % {"what": first, "more": more}


def _write(subject: str, parts: Sequence[str]) -> Mail:
    link = f"{settings.SITE_URL}{reverse('admin:problems')}"
    text = "\n\n".join([*parts, _("All problems: %(link)s") % {"link": link}])
    return Mail(subject, f"{text}\n")


def _part(alert: Alert) -> str:
    address = reverse("admin:amazon_channel_selleraccount_change", args=[alert.account_id])
    lines = [
        f"{alert.get_kind_display()}: {one_line(alert.account.name)}",
        _("Since %(moment)s UTC.") % {"moment": f"{alert.since:%Y-%m-%d %H:%M}"},
        _("Amazon says: %(words)s") % {"words": one_line(str(alert.detail))} if alert.detail else "",
        _("What to do: %(advice)s") % {"advice": advice_on(alert.kind, alert.account.error_code)},
        f"{settings.SITE_URL}{address}",
    ]
    return "\n".join(line for line in lines if line)


def _end(alert: Alert) -> str:
    assert alert.ended_at is not None
    period = {"began": f"{alert.since:%Y-%m-%d %H:%M}", "ended": f"{alert.ended_at:%Y-%m-%d %H:%M}"}
    return "\n".join(
        [
            f"{alert.get_kind_display()}: {one_line(alert.account.name)}",
            _("From %(began)s to %(ended)s UTC. There is nothing to do any more.") % period,
        ]
    )
