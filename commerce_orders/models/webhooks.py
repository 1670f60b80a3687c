"""Webhooks: who is told, what there is to tell, and what became of each telling."""

import json
from datetime import UTC, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from commerce_orders.states import DeliveryState, DisabledReason
from customers.encryption import EncryptedJSONField

UNDONE = (DeliveryState.WAITING, DeliveryState.SENDING)


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> Self:
        return self.filter(disabled_at=None)

    def to_send_to(self, now: datetime) -> Self:
        """Those that may be sent to now and have something due."""
        due = WebhookDelivery.objects.due(now).filter(endpoint=OuterRef("pk"))
        return self.enabled().free(now).filter(Exists(due), not_before__lte=now)

    def free(self, now: datetime) -> Self:
        """No worker is sending to it, or the one that was has outlived its lease."""
        return self.filter(Q(sending_until=None) | Q(sending_until__lte=now))

    def disabled_as(self, reason: DisabledReason) -> Self:
        return self.filter(disabled_reason=reason)

    def to_announce(self, now: datetime) -> Self:
        """Those that were disabled by themselves, and nobody has been told."""
        unclaimed = Q(mail_claimed_until=None) | Q(mail_claimed_until__lte=now)
        return self.filter(unclaimed, disabled_reason__in=DisabledReason.by_themselves(), mailed_at=None)

    def without_secrets(self) -> Self:
        """For pages: to read a secret is to decrypt it."""
        return self.defer("secret", "former_secret")


class WebhookEndpoint(models.Model):
    """An address of another system that is told what happens to orders.

    ``not_before`` is when it may be sent to again, ``sending_until`` the lease of the one worker that sends to it.
    ``failing_since`` is the first failure after which nothing was taken any more, ``failures`` how often it was tried.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=2000)
    events = models.JSONField(_("events"))
    secret = EncryptedJSONField(_("secret"), editable=False)
    former_secret = EncryptedJSONField(null=True, editable=False)
    former_secret_until = models.DateTimeField(_("former secret ends"), null=True, editable=False)
    created_by = models.CharField(_("created by"), max_length=150, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)

    disabled_at = models.DateTimeField(_("disabled"), null=True, editable=False)
    disabled_reason = models.CharField(_("why disabled"), max_length=10, choices=DisabledReason, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures"), default=0, editable=False)
    not_before = models.DateTimeField(editable=False)
    sending_until = models.DateTimeField(null=True, editable=False)
    mailed_at = models.DateTimeField(null=True, editable=False)
    mail_claimed_until = models.DateTimeField(null=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["disabled_reason", "-disabled_at", "-id"], name="webhook_endpoint_disabled"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="webhook_endpoint_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(former_secret=None, former_secret_until=None)
                | Q(former_secret__isnull=False, former_secret_until__isnull=False),
                name="webhook_endpoint_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def secrets(self, now: datetime) -> list[str]:
        """What messages are signed with, the newest first."""
        if self.former_secret_until is not None and self.former_secret_until > now:
            return [self.secret, self.former_secret]
        return [self.secret]


class WebhookEvent(models.Model):
    """Something to tell, written in the transaction in which it happened. Holds no personal data.

    ``message_id`` goes out as ``webhook-id``, the same to every endpoint and in every attempt.
    """

    message_id = models.CharField(_("message"), max_length=40, unique=True)
    kind = models.CharField(_("event"), max_length=40)
    at = models.DateTimeField(_("time"))
    number = models.CharField(_("order number"), max_length=40, blank=True)
    data = models.JSONField()
    distributed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], condition=Q(distributed_at=None), name="webhook_event_undistributed"),
            models.Index(fields=["at", "id"], name="webhook_event_time"),
            models.Index(fields=["number"], name="webhook_event_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def body(self) -> dict[str, Any]:
        return {"type": self.kind, "timestamp": self.at.astimezone(UTC).isoformat(), "data": self.data}

    @property
    def text(self) -> str:
        return json.dumps(self.body, separators=(",", ":"))


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime) -> Self:
        """Those whose time has come, and those whose sender was given up."""
        return self.filter(state__in=UNDONE, not_before__lte=now)

    def done(self) -> Self:
        return self.exclude(state__in=UNDONE)


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint.

    ``claim`` is the fence: only the worker that wrote it may write the outcome. ``failures`` is the place in the
    schedule of retries, which a redelivery begins anew; ``attempts`` counts all that there ever were.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(
        WebhookEvent, verbose_name=_("event"), on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(_("status"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(_("created"))
    not_before = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    failures = models.PositiveIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    response_code = models.PositiveSmallIntegerField(_("response code"), null=True)
    error = models.CharField(_("error"), max_length=20, blank=True)
    milliseconds = models.PositiveIntegerField(_("duration"), null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["endpoint", "not_before", "id"],
                condition=Q(state__in=UNDONE),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["endpoint", "state", "created_at", "id"], name="webhook_delivery_state"),
            models.Index(fields=["endpoint", "created_at", "id"], name="webhook_delivery_list"),
        ]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint")]

    def __str__(self) -> str:
        return str(self.event)

    @property
    def next_attempt_at(self) -> datetime | None:
        """``None`` once it is delivered or given up."""
        return self.not_before if self.state in UNDONE else None


class WebhookReplay(models.Model):
    """Deliveries that somebody wants made again: all failed ones, or every event of a time.

    They are taken in slices by a worker; ``place`` is how far it got, so that any other can go on.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="replays")
    only_failed = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    place_at = models.DateTimeField(null=True)
    place_id = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook replay")
        verbose_name_plural = _("webhook replays")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="webhook_replay_unfinished")]
        constraints = [
            models.CheckConstraint(
                condition=Q(only_failed=True, since=None, until=None)
                | Q(only_failed=False, since__isnull=False, until__isnull=False),
                name="webhook_replay_of_failed_or_of_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.count}"
