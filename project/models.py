"""What belongs to no single app: who changed the set-up, and how each person likes to see it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.TextChoices):
    SETTINGS = "settings", _("Order settings")
    ACCOUNT = "account", _("Seller accounts")
    TOKEN = "token", _("API tokens")
    PRODUCT = "product", _("Products")
    WEBHOOK = "webhook", _("Webhooks")
    USER = "user", _("Users and groups")


class AuditEntry(models.Model):
    """Who changed what, when, from what to what. Written in the transaction of the change; never changed.

    ``changes`` is [before, after] by field. It holds no secret: of one, only that it was changed (``[None, None]``).
    """

    class Action(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        REMOVED = "removed", _("Removed")
        REVOKED = "revoked", _("Revoked")

    at = models.DateTimeField(_("time"), editable=False)
    actor = models.CharField(_("who"), max_length=150, editable=False)
    area = models.CharField(_("what"), max_length=10, choices=Area, editable=False)
    action = models.CharField(_("done"), max_length=10, choices=Action, editable=False)
    # What it was called then, and its key, which outlives the name.
    subject = models.CharField(_("which"), max_length=200, editable=False)
    subject_id = models.BigIntegerField(null=True, editable=False)
    changes = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("change of the set-up")
        verbose_name_plural = _("changes of the set-up")
        ordering = ["-at", "-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_entry_latest"),
            models.Index(fields=["area", "subject_id", "-at", "-id"], name="audit_entry_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"


class Preferences(models.Model):
    """How one member of staff likes to see these pages."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    language = models.CharField(max_length=10)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.language}"
