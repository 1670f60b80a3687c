"""Telling staff, once, of webhooks that were disabled by themselves."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce_orders.models import WebhookEndpoint
from commerce_orders.services.staff_mails import one_line, staff_addresses

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)  # longer than a mail server may take
IN_ONE_MAIL = 100
MAY_ACT = "commerce_orders.change_webhookendpoint"


def mail_disabled_endpoints(*, clock: Callable[[], datetime]) -> int:
    """One mail for all that nobody was told of yet; how many webhooks it names.

    Each is claimed by compare-and-set, mailed, then marked. What a mail server did not take is tried again when the
    claim is over; so is what a worker sent before it died unmarked, which then is mailed twice.
    """
    addresses = staff_addresses(may_act=MAY_ACT)
    endpoints = _claim(now=clock()) if addresses else []
    if not endpoints:
        return 0
    subject, body = write_mail(endpoints)
    try:
        EmailMessage(subject, body, to=addresses).send()
    except OSError as error:  # whatever smtplib and sockets raise
        logger.error("%s disabled webhooks could not be mailed: %s", len(endpoints), type(error).__name__)
        return 0
    mailed = WebhookEndpoint.objects.filter(pk__in=[endpoint.pk for endpoint in endpoints])
    mailed.update(mailed_at=clock(), mail_claimed_until=None)
    return len(endpoints)


def write_mail(endpoints: Sequence[WebhookEndpoint]) -> tuple[str, str]:
    """Subject and text, in the installation's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _subject(endpoints), "\n\n".join(_part(endpoint) for endpoint in endpoints) + "\n"


def _subject(endpoints: Sequence[WebhookEndpoint]) -> str:
    name, more = one_line(endpoints[0].name), len(endpoints) - 1
    if not more:
        return _("A webhook was disabled: %(name)s") % {"name": name}
    words = ngettext(
        "Webhooks were disabled: %(name)s and %(more)s other",
        "Webhooks were disabled: %(name)s and %(more)s others",
        more,
    )
    return words % {"name": name, "more": more}


def _part(endpoint: WebhookEndpoint) -> str:
    address = reverse("admin:commerce_orders_webhookendpoint_change", args=[endpoint.pk])
    lines = [
        f"{one_line(endpoint.name)}: {endpoint.get_disabled_reason_display()}",
        _("Since %(moment)s UTC.") % {"moment": f"{endpoint.disabled_at:%Y-%m-%d %H:%M}"},
        _("What to do: fix the receiving system, then enable the webhook and send again what it missed."),
        f"{settings.SITE_URL}{address}",
    ]
    return "\n".join(lines)


def _claim(*, now: datetime) -> list[WebhookEndpoint]:
    candidates = WebhookEndpoint.objects.to_announce(now).without_secrets().order_by("pk")[:IN_ONE_MAIL]
    return [
        endpoint
        for endpoint in candidates
        if WebhookEndpoint.objects.to_announce(now).filter(pk=endpoint.pk).update(mail_claimed_until=now + CLAIM)
    ]
