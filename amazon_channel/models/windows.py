"""What is left to be read of an account's orders, apart from what is new."""

from datetime import datetime
from typing import Self

from django.db import models

from amazon_channel.models.accounts import SellerAccount


class ReadingWindowQuerySet(models.QuerySet["ReadingWindow"]):
    def due(self, now: datetime) -> Self:
        """Those that may be read now, the newest first; first of all those that the cursor waits for."""
        return self.filter(models.Q(not_before=None) | models.Q(not_before__lte=now)).order_by(
            "-holds_cursor", "-updated_before", "pk"
        )


class ReadingWindow(models.Model):
    """A search that is not finished: a pull that was interrupted, or a part of a backfill.

    ``token`` is Amazon's for the next page, given at ``token_at``; without one the window is read from its start.
    Amazon takes it only with the bounds and marketplaces of its first page, hence ``is_bounded``: whether
    ``updated_before`` was asked for, or is where Amazon said that an open search ended. ``holds_cursor``: what changed
    in here lies behind no cursor yet. ``since`` is what a person asked to have read.
    """

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="reading_windows")
    updated_after = models.DateTimeField()
    updated_before = models.DateTimeField()
    is_bounded = models.BooleanField(default=False)
    marketplaces = models.JSONField()
    holds_cursor = models.BooleanField(default=True)
    since = models.DateTimeField(null=True)
    token = models.TextField(blank=True)
    token_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)

    objects = ReadingWindowQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return "{account}: {since} to {until} UTC".format(account=self.account_id, **self.span)

    @property
    def span(self) -> dict[str, str]:
        """Of the changes that it holds, in UTC, for a text."""
        return {
            "since": f"{self.updated_after:%Y-%m-%d %H:%M:%S}",
            "until": f"{self.updated_before:%Y-%m-%d %H:%M:%S}",
        }
