"""The latest test of an account's connection, step by step."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.accounts import SellerAccount

GIVEN_UP_AFTER = timedelta(minutes=6)  # longer than a worker's job may take


class Step(models.TextChoices):
    """What is tried, in this order; each needs the ones before it."""

    APPLICATION = "application", _("Application: client ID and client secret")
    AUTHORISATION = "authorisation", _("Authorization: refresh token")
    REGION = "region", _("Region")
    MARKETPLACES = "marketplaces", _("Marketplaces")
    ORDERS = "orders", _("Reading orders")
    PERSONAL_DATA = "personal_data", _("Buyers' names and addresses")


class Result(models.TextChoices):
    PASSED = "passed", _("Works")
    FAILED = "failed", _("Does not work")
    UNKNOWN = "unknown", _("Cannot be told yet")


class ConnectionTestQuerySet(models.QuerySet["ConnectionTest"]):
    def free(self, now: datetime) -> Self:
        """Asked for, and no worker is at it."""
        late = Q(started_at__lte=now - GIVEN_UP_AFTER)
        return self.filter(Q(started_at=None) | late, finished_at=None)


class ConnectionTest(models.Model):
    """``results`` is one entry a step done: step, result, ``code``, Amazon's words and facts; no personal data."""

    account = models.OneToOneField(SellerAccount, on_delete=models.CASCADE, related_name="connection_test")
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    results = models.JSONField(default=list)

    objects = ConnectionTestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["started_at"], condition=Q(finished_at=None), name="connection_test_open"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        return self.finished_at is None

    @property
    def has_passed(self) -> bool:
        """Nothing fails; what cannot be told yet is no fault."""
        return not self.is_running and all(entry["result"] != Result.FAILED for entry in self.results)

    def result_of(self, step: str) -> dict[str, Any] | None:
        return next((entry for entry in self.results if entry["step"] == step), None)
