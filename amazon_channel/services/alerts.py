"""Noticing what stands still, and telling staff: one mail when it begins, one when it is over."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models import Q

from amazon_channel.models import Alert
from amazon_channel.models.alerts import AlertQuerySet
from amazon_channel.services.alert_mails import Mail, write_beginning, write_end
from amazon_channel.standing import SINCE, accounts_standing
from amazon_channel.states import Standing
from commerce_orders.services.staff_mails import staff_addresses

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)  # longer than a mail server may take
IN_ONE_MAIL = 100
MAY_ACT = "amazon_channel.sync_selleraccount"


def notice_alerts(*, now: datetime) -> None:
    """Make the running alerts what is wrong now. Any number of workers may do so at once."""
    running = {
        (kind, account): pk for pk, kind, account in Alert.objects.running().values_list("pk", "kind", "account")
    }
    found = {(kind.value, account.pk): account for kind in Standing for account in accounts_standing(kind, now)}
    Alert.objects.bulk_create(
        [
            Alert(
                account=account,
                kind=kind,
                detail=account.error_detail,
                since=getattr(account, SINCE[Standing(kind)]),
                noticed_at=now,
            )
            for (kind, _pk), account in found.items()
            if (kind, account.pk) not in running
        ],
        ignore_conflicts=True,  # another worker was faster
    )
    over = [pk for key, pk in running.items() if key not in found]
    Alert.objects.running().filter(pk__in=over).update(ended_at=now)


def mail_alerts(*, clock: Callable[[], datetime]) -> int:
    """Send what nobody was told yet, all of it in one mail; how many mails were sent.

    Each alert is claimed by compare-and-set, mailed, then marked. What a mail server did not take is tried again when
    the claim is over; so is what a worker sent before it died unmarked, which then is mailed twice.
    """
    addresses = recipients()
    if not addresses:
        return 0
    return sum(
        _mail(alerts, write=write, mark=mark, to=addresses, clock=clock)
        for alerts, write, mark in (
            (Alert.objects.to_announce(), write_beginning, "mailed_at"),
            (Alert.objects.to_call_off(), write_end, "end_mailed_at"),
        )
    )


def recipients() -> list[str]:
    return staff_addresses(may_act=MAY_ACT)


def _mail(
    due: AlertQuerySet,
    *,
    write: Callable[[Sequence[Alert]], Mail],
    mark: str,
    to: Sequence[str],
    clock: Callable[[], datetime],
) -> int:
    alerts = _claim(due, now=clock())
    if not alerts:
        return 0
    mail = write(alerts)
    try:
        EmailMessage(mail.subject, mail.body, to=to).send()
    except (OSError, ValueError) as error:  # smtplib's and sockets' own, and an address that no mail can have
        logger.error("%s alerts could not be mailed: %s", len(alerts), type(error).__name__)
        return 0
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(**{mark: clock()}, claimed_until=None)
    return 1


def _claim(due: AlertQuerySet, *, now: datetime) -> list[Alert]:
    free = due.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
    candidates = free.select_related("account").defer("account__encrypted_credentials").order_by("pk")[:IN_ONE_MAIL]
    return [alert for alert in candidates if free.filter(pk=alert.pk).update(claimed_until=now + CLAIM)]
