"""Making, changing and ending webhooks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce_orders.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from commerce_orders.refusals import Refused
from commerce_orders.services.webhooks.addresses import AddressRefused, look_up, read_address
from commerce_orders.services.webhooks.distribution import ring_sender
from commerce_orders.services.webhooks.outbox import new_message_id
from commerce_orders.services.webhooks.signing import new_secret
from commerce_orders.states import WEBHOOK_TEST, DisabledReason, WebhookEventType
from project.audit import SECRET, record_change
from project.models import Area, AuditEntry

MOST_ENDPOINTS = 100
LONGEST_NAME = 80
AUDITED = frozenset({"name", "url", "events", "disabled_reason"})
FORMER_SECRET_KEPT = timedelta(days=1)
FORMER_SECRET_KEPT_AT_MOST = timedelta(days=30)

Condition = Callable[[WebhookEndpoint], bool]  # asked under the lock of the change


class WebhookRefused(Refused):
    """The webhook cannot be so."""


def create_endpoint(
    *, name: str, url: str, events: Sequence[str], actor: str, now: datetime, is_looked_up: bool = False
) -> tuple[WebhookEndpoint, str]:
    """Make a webhook and return it with its secret, which is stored encrypted and shown only now.

    The host is looked up first, unless the caller did (``look_up_host``). Raises ``WebhookRefused``.
    """
    if WebhookEndpoint.objects.count() >= MOST_ENDPOINTS:
        raise WebhookRefused(
            "too_many_webhooks", _("There are %(most)s webhooks already; delete one first.") % {"most": MOST_ENDPOINTS}
        )
    secret = new_secret()
    endpoint = WebhookEndpoint(
        name=_checked_name(name),
        url=_checked_url(url, is_looked_up=is_looked_up),
        events=_checked_events(events),
        secret=secret,
        created_by=actor,
        created_at=now,
        not_before=now,
    )
    with transaction.atomic():
        endpoint.save(force_insert=True)
        changes = {"url": ("", endpoint.url), "events": ([], endpoint.events)}
        _record(endpoint, AuditEntry.Action.ADDED, actor=actor, now=now, changes=changes)
    return endpoint, secret


def change_endpoint(
    *,
    endpoint_id: int,
    actor: str,
    now: datetime,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    enabled: bool | None = None,
    is_looked_up: bool = False,
    is_as_seen: Condition | None = None,
) -> WebhookEndpoint:
    """Change what is given; the rest stays. A webhook that is enabled again starts anew.

    The host is looked up as in ``create_endpoint``. Raises ``WebhookRefused``, with ``changed_meanwhile`` when the
    webhook is not ``is_as_seen`` any more.
    """
    columns: dict[str, Any] = {}
    if name is not None:
        columns["name"] = _checked_name(name)
    if url is not None:
        # Another address deserves a new beginning, and whoever waits for it a quick one.
        columns |= {
            "url": _checked_url(url, is_looked_up=is_looked_up),
            "failing_since": None,
            "failures": 0,
            "not_before": now,
        }
    if events is not None:
        columns["events"] = _checked_events(events)
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, is_as_seen)
        if enabled is True and not endpoint.is_enabled:
            columns |= _anew(now)
        elif enabled is False and endpoint.is_enabled:
            columns |= {"disabled_at": now, "disabled_reason": DisabledReason.BY_HAND}
        changes = {
            column: (getattr(endpoint, column), value)
            for column, value in columns.items()
            if column in AUDITED and getattr(endpoint, column) != value
        }
        for column, value in columns.items():
            setattr(endpoint, column, value)
        endpoint.save(update_fields=list(columns))
        if changes:
            _record(endpoint, AuditEntry.Action.CHANGED, actor=actor, now=now, changes=changes)
        if endpoint.is_enabled:
            ring_sender(endpoint.pk)
    return endpoint


def enable_endpoints(*, endpoint_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Start those anew that are disabled, in the caller's transaction; how many it was."""
    disabled = WebhookEndpoint.objects.filter(pk__in=endpoint_ids, disabled_at__isnull=False).values_list("pk")
    keys = [key for (key,) in disabled.order_by("pk")]
    for key in keys:
        change_endpoint(endpoint_id=key, actor=actor, now=now, enabled=True)
    return len(keys)


def rotate_secret(
    *,
    endpoint_id: int,
    actor: str,
    now: datetime,
    keep_former: timedelta = FORMER_SECRET_KEPT,
    is_as_seen: Condition | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Sign with a new secret, which is returned and shown only now; with the former one too for ``keep_former``.

    No more than two are valid: one that was still ending ends at once. Raises ``WebhookRefused``.
    """
    if not timedelta(0) <= keep_former <= FORMER_SECRET_KEPT_AT_MOST:
        raise WebhookRefused(
            "former_secret_too_long",
            _("The former secret can stay valid for 0 to %(most)s hours.")
            % {"most": FORMER_SECRET_KEPT_AT_MOST // timedelta(hours=1)},
            field="former_secret_hours",
        )
    secret = new_secret()
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, is_as_seen)
        endpoint.former_secret, endpoint.former_secret_until = endpoint.secret, now + keep_former
        if not keep_former:
            endpoint.former_secret, endpoint.former_secret_until = None, None
        endpoint.secret = secret
        endpoint.save(update_fields=["secret", "former_secret", "former_secret_until"])
        _record(endpoint, AuditEntry.Action.CHANGED, actor=actor, now=now, changes={"secret": SECRET})
    return endpoint, secret


def delete_endpoint(*, endpoint_id: int, actor: str, now: datetime, is_as_seen: Condition | None = None) -> None:
    """With all its deliveries. Raises ``WebhookRefused`` as ``change_endpoint``."""
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, is_as_seen)
        changes = {"url": (endpoint.url, "")}
        _record(endpoint, AuditEntry.Action.REMOVED, actor=actor, now=now, changes=changes)
        WebhookDelivery.objects.filter(endpoint=endpoint_id).delete()
        WebhookEndpoint.objects.filter(pk=endpoint_id).delete()


def end_by_itself(endpoint: WebhookEndpoint, reason: DisabledReason, *, now: datetime) -> None:
    """Nothing more is sent, and staff are told; what waits stays until somebody enables it again."""
    WebhookEndpoint.objects.enabled().filter(pk=endpoint.pk).update(disabled_at=now, disabled_reason=reason)


def send_test_event(*, endpoint_id: int, now: datetime) -> WebhookDelivery:
    """Have a ``webhook.test`` sent to one endpoint, whatever events it wants. Raises ``WebhookRefused``."""
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id)
        check_enabled(endpoint)
        event = WebhookEvent.objects.create(
            message_id=new_message_id(), kind=WEBHOOK_TEST, at=now, data={"webhook": endpoint.pk}, distributed_at=now
        )
        # Whoever presses the button wants to know now.
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(not_before=now)
        delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event, created_at=now, not_before=now)
        ring_sender(endpoint.pk)
    return delivery


def look_up_host(url: str) -> None:
    """Refuse an address whose host cannot be found, or leads where it must not. Raises ``WebhookRefused``.

    It may take some seconds, so call it in no transaction: on SQLite nobody else could write meanwhile.
    """
    _checked_url(url, is_looked_up=False)


def lock_endpoint(endpoint_id: int, is_as_seen: Condition | None = None) -> WebhookEndpoint:
    """Before anything of it is locked or made, which whoever deletes it meanwhile would wait for, or not see.

    Raises ``WebhookRefused``.
    """
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise WebhookRefused("webhook_deleted", _("This webhook was deleted meanwhile."))
    if is_as_seen and not is_as_seen(endpoint):
        raise WebhookRefused("changed_meanwhile", _("Somebody else changed this webhook meanwhile. Read it again."))
    return endpoint


def check_enabled(endpoint: WebhookEndpoint) -> None:
    """Raises ``WebhookRefused``."""
    if not endpoint.is_enabled:
        raise WebhookRefused("webhook_disabled", _("This webhook is disabled. Enable it first."))


def _record(
    endpoint: WebhookEndpoint,
    action: AuditEntry.Action,
    *,
    actor: str,
    now: datetime,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    record_change(
        area=Area.WEBHOOK,
        action=action,
        subject=endpoint.name,
        subject_id=endpoint.pk,
        actor=actor,
        now=now,
        changes=changes,
    )


def _anew(now: datetime) -> dict[str, Any]:
    return {
        "disabled_at": None,
        "disabled_reason": "",
        "failing_since": None,
        "failures": 0,
        "not_before": now,
        "mailed_at": None,
        "mail_claimed_until": None,
    }


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise WebhookRefused("name_missing", _("Give the webhook a name of 1 to 80 characters."), field="name")
    return name


def _checked_url(url: str, *, is_looked_up: bool) -> str:
    try:
        address = read_address(url)
        if not is_looked_up:
            look_up(address)
    except AddressRefused as refusal:
        raise WebhookRefused(refusal.code, refusal.detail, field="url") from refusal
    except (OSError, UnicodeError) as error:
        raise WebhookRefused(
            "address_unknown", _("No host of the name %(host)s can be found.") % {"host": address.host}, field="url"
        ) from error
    return address.url


def _checked_events(events: Sequence[str]) -> list[str]:
    allowed = ", ".join(WebhookEventType.values)
    if not events:
        raise WebhookRefused(
            "events_missing", _("Choose at least one event of: %(allowed)s.") % {"allowed": allowed}, field="events"
        )
    for event in events:
        if event not in WebhookEventType.values:
            raise WebhookRefused(
                "event_unknown",
                _("There is no event %(event)s. Choose from: %(allowed)s.") % {"event": event, "allowed": allowed},
                field="events",
            )
    return [event for event in WebhookEventType.values if event in events]
