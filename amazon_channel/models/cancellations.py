"""The outbox of cancellations: what Amazon is asked to cancel, by feed."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.orders import AmazonOrder
from amazon_channel.states import CancellationRequestState
from commerce_orders.models import Cancellation

UNANSWERED = [CancellationRequestState.WAITING, CancellationRequestState.SENDING, CancellationRequestState.SENT]


class CancellationRequestQuerySet(models.QuerySet["CancellationRequest"]):
    def to_send(self, now: datetime) -> Self:
        """Ready to be sent, oldest first; also those whose sender died."""
        return self.filter(
            state__in=[CancellationRequestState.WAITING, CancellationRequestState.SENDING], not_before__lte=now
        ).order_by("id")

    def to_ask_about(self, now: datetime) -> Self:
        """Sent in a feed whose result is to be looked for again."""
        return self.filter(state=CancellationRequestState.SENT, not_before__lte=now).order_by("id")


class CancellationRequest(models.Model):
    """One order that Amazon must cancel. Its key is the message's number in the feed.

    Many requests share one feed, as Amazon takes few feeds. ``not_before`` is when it may be sent, when another
    worker may take over, or when the feed is asked about (next).
    """

    amazon_order = models.ForeignKey(AmazonOrder, on_delete=models.PROTECT, related_name="cancellation_requests")
    cancellation = models.OneToOneField(Cancellation, on_delete=models.PROTECT, related_name="amazon_request")
    state = models.CharField(
        _("state"), max_length=10, choices=CancellationRequestState, default=CancellationRequestState.WAITING
    )
    feed_id = models.CharField(_("feed"), max_length=64, blank=True)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(_("Amazon's words"), blank=True)

    objects = CancellationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancellation request")
        verbose_name_plural = _("cancellation requests")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state__in=UNANSWERED), name="cancellation_unanswered")
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order}: {self.get_state_display()}"
