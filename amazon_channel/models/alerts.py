"""What staff are told of without looking: an account that stands still, or falls behind."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.accounts import SellerAccount
from amazon_channel.states import Standing
from commerce_orders.wording import WordingField


class AlertQuerySet(models.QuerySet["Alert"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def to_announce(self) -> Self:
        return self.filter(ended_at=None, mailed_at=None)

    def to_call_off(self) -> Self:
        """Those that staff got a mail about; of what began and ended unnoticed there is nothing to call off."""
        return self.filter(ended_at__isnull=False, mailed_at__isnull=False, end_mailed_at=None)


class Alert(models.Model):
    """One incident of one account, from the look that found it to the look that did not any more.

    ``claimed_until`` is when another worker may mail it; who died between sending and marking is the one way to a
    second mail.
    """

    account = models.ForeignKey(
        SellerAccount, verbose_name=_("seller account"), on_delete=models.CASCADE, related_name="alerts"
    )
    kind = models.CharField(_("what"), max_length=40, choices=Standing)
    detail = WordingField(_("Amazon's message"), blank=True)
    since = models.DateTimeField(_("since"))
    noticed_at = models.DateTimeField(_("noticed"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    mailed_at = models.DateTimeField(null=True)
    end_mailed_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(ended_at__isnull=False, mailed_at__isnull=False, end_mailed_at=None),
                name="alert_end_not_mailed",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"], condition=Q(ended_at=None), name="one_running_alert_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"
