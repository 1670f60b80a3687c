"""Changing what becomes of an account's orders."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from amazon_channel.models import AmazonOrder, OrderSettings, SellerAccount
from amazon_channel.services.leases import lock_account
from project import jobs
from project.audit import record_change
from project.models import Area, AuditEntry

logger = logging.getLogger(__name__)


class OrderSettingsChanged(Exception):
    """Somebody else changed them since the sender looked."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(_("Somebody else changed the order settings meanwhile. Read them again."))


class OrderSettingsRefused(Exception):
    """Some keys or values are not acceptable: ``fields`` has a sentence for each such key."""

    code = "invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields

    @property
    def detail(self) -> str:
        return str(self)


def change_order_settings(
    *,
    account: SellerAccount,
    changes: Mapping[str, str],
    actor: str,
    now: datetime,
    is_as_seen: Callable[[OrderSettings], bool] | None = None,
) -> OrderSettings:
    """Set each key of ``changes`` to its value and return all settings of ``account``.

    Commerce orders that exist keep what became of them. Amazon orders that wait to be shipped without one are
    decided about anew by a worker. Raises ``OrderSettingsRefused`` when any key or value is unknown, and
    ``OrderSettingsChanged`` when ``is_as_seen``, asked under the lock, does not know their state; then changes nothing.
    """
    _check_changes(changes)
    with transaction.atomic():
        lock_account(account)  # a page that is being stored by the old settings is seen below, a later one uses the new
        settings = OrderSettings.objects.select_for_update().get(account=account)
        if is_as_seen is not None and not is_as_seen(settings):
            raise OrderSettingsChanged
        changed = [key for key, value in changes.items() if getattr(settings, key) != value]
        before = {key: getattr(settings, key) for key in changed}
        for key in changed:
            setattr(settings, key, changes[key])
        if changed:
            settings.save(update_fields=changed)
            record_change(
                area=Area.SETTINGS,
                action=AuditEntry.Action.CHANGED,
                subject=account.name,
                subject_id=account.pk,
                actor=actor,
                now=now,
                changes={key: (before[key], changes[key]) for key in changed},
            )
            AmazonOrder.objects.filter(account=account).undecided().update(is_to_decide=True)
            jobs.ring("amazon_channel.tasks.decide_orders_again", account.pk)
            transaction.on_commit(lambda: _log_changes(settings, before, actor=actor, now=now))
    return settings


def allowed_values(key: str) -> list[str]:
    """The values of one of ``OrderSettings.KEYS``, the default first."""
    column = OrderSettings._meta.get_field(key)
    assert isinstance(column, models.Field)
    return [str(value) for value, _label in column.flatchoices]


def _check_changes(changes: Mapping[str, str]) -> None:
    refused = {}
    for key, value in changes.items():
        if key not in OrderSettings.KEYS:
            refused[key] = _("There is no setting %(key)s. Choose from: %(allowed)s.") % {
                "key": key,
                "allowed": ", ".join(OrderSettings.KEYS),
            }
        elif value not in allowed_values(key):
            refused[key] = _("%(key)s cannot be %(value)s. Choose from: %(allowed)s.") % {
                "key": key,
                "value": value,
                "allowed": ", ".join(allowed_values(key)),
            }
    if refused:
        raise OrderSettingsRefused(refused)


def _log_changes(settings: OrderSettings, before: Mapping[str, str], *, actor: str, now: datetime) -> None:
    for key, old in before.items():
        logger.info(
            "%s: %s changed %s of account %s from %s to %s",
            now.isoformat(),
            actor,
            key,
            settings.account_id,
            old,
            getattr(settings, key),
        )
