"""Access of other systems: tokens, and the replies kept for repeated writes."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

ACTOR_PREFIX = "token:"  # which no user name can begin with


class Scope(models.TextChoices):
    ORDERS_READ = "orders:read", _("Read orders")
    ORDERS_WRITE = "orders:write", _("Change orders")
    SHIPMENTS_WRITE = "shipments:write", _("Record shipments")
    SETTINGS_WRITE = "settings:write", _("Read and change order settings")
    CUSTOMERS_READ = "customers:read", _("Read buyers' names and addresses")
    WEBHOOKS_WRITE = "webhooks:write", _("Manage webhooks")


class ApiToken(models.Model):
    """A system's key to the REST interface. Only its SHA-256 is kept."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    scopes = models.JSONField(_("scopes"))
    # Keys of the channel accounts whose orders it may see; all, if there are none.
    accounts = models.JSONField(_("stores"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """How events and access records name this system."""
        return f"{ACTOR_PREFIX}{self.name}"

    def accounts_at(self, channel: str) -> list[str]:
        """The accounts at ``channel`` that a limited token may see."""
        keys = [key.partition(":") for key in self.accounts]
        return [reference for code, _colon, reference in keys if code == channel]

    def channels(self) -> set[str]:
        """The channels at which a limited token may see anything."""
        return {key.partition(":")[0] for key in self.accounts}

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class RequestBudget(models.Model):
    """How much of its requests a token has used, as a moment: the one at which all of them are free again.

    A table of its own, since the row changes all the time.
    """

    token = models.OneToOneField(ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="+")
    spent_until = models.FloatField()  # seconds since 1970, as a single statement can reckon with on every database

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.token_id}: {self.spent_until}"


class IdempotentReply(models.Model):
    """The first answer to a write that carried an ``Idempotency-Key``; given again to a repetition."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_reply_per_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_reply_age")]

    def __str__(self) -> str:
        return self.key
