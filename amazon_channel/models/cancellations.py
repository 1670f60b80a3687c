"""The outbox of cancellations: what Amazon is asked to cancel, by feed."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.accounts import SellerAccount
from amazon_channel.models.orders import AmazonOrder
from amazon_channel.states import ENDED, CancellationRequestState, Problem
from commerce_orders.models import Cancellation
from commerce_orders.wording import WordingField

ANSWERED_WITHIN = timedelta(hours=24)  # Amazon processes a feed in minutes, on its worst days in hours
UNANSWERED = [CancellationRequestState.WAITING, CancellationRequestState.SENDING, CancellationRequestState.SENT]


class CancellationRequestQuerySet(models.QuerySet["CancellationRequest"]):
    def of_account(self, account: SellerAccount) -> Self:
        """Not by a join, from whose other end SQLite would read all orders of the account."""
        return self.filter(Exists(AmazonOrder.objects.filter(pk=OuterRef("amazon_order"), account=account)))

    def to_work_on(self, now: datetime) -> Self:
        """To be sent, or to be asked about; also those whose sender died."""
        return self.filter(answered_at=None, not_before__lte=now)

    def to_send(self, now: datetime) -> Self:
        """Ready to be sent, oldest first."""
        return self.to_work_on(now).exclude(state=CancellationRequestState.SENT).order_by("created_at", "id")

    def to_ask_about(self, now: datetime) -> Self:
        """Sent in a feed whose result is to be looked for again."""
        return self.to_work_on(now).filter(state=CancellationRequestState.SENT).order_by("created_at", "id")

    def unanswered(self, now: datetime) -> Self:
        """Not sent, or sent and not answered, for longer than Amazon takes, or until a person does something."""
        lasts = Q(created_at__lt=now - ANSWERED_WITHIN)
        needs_a_person = Q(amazon_order__problem_code=Problem.CANCELLATION_UNANSWERED)
        return self.filter(lasts | needs_a_person, state__in=UNANSWERED, answered_at=None)

    def refused_by_report(self) -> Self:
        """Sent, and refused by the feed's report; whether that is true the order has yet to show."""
        return self.filter(state=CancellationRequestState.SENT).exclude(error_detail="")

    def refused_for_now(self) -> Self:
        """Amazon's last word on orders of which somebody must now ship what is left, or cancel it anew."""
        later = CancellationRequest.objects.filter(amazon_order=OuterRef("amazon_order"), pk__gt=OuterRef("pk"))
        is_open = ~Q(amazon_order__status__in=ENDED) & Q(cancellation__order__closed_at=None)
        return self.filter(is_open, ~Exists(later), state=CancellationRequestState.REFUSED)


class CancellationRequest(models.Model):
    """One order that Amazon must cancel. Its key is the message's number in the feed.

    Many requests share one feed, as Amazon takes few feeds. ``not_before`` is when it may be sent, when another
    worker may take over, or when the feed is asked about (next).
    """

    amazon_order = models.ForeignKey(AmazonOrder, on_delete=models.PROTECT, related_name="cancellation_requests")
    cancellation = models.OneToOneField(Cancellation, on_delete=models.PROTECT, related_name="amazon_request")
    state = models.CharField(
        _("status"), max_length=10, choices=CancellationRequestState, default=CancellationRequestState.WAITING
    )
    feed_id = models.CharField(_("feed"), max_length=64, blank=True)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = WordingField(_("Amazon's message"), blank=True)

    objects = CancellationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancellation request")
        verbose_name_plural = _("cancellation requests")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["feed_id"], name="cancellation_feed"),
            # SQLite uses no index whose condition has an IN.
            models.Index(fields=["not_before"], condition=Q(answered_at=None), name="cancellation_unanswered"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(answered_at=None),
                name="cancellation_unanswered_newest",
            ),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state=CancellationRequestState.REFUSED),
                name="cancellation_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order}: {self.get_state_display()}"

    def is_unanswered(self, now: datetime) -> bool:
        """As ``unanswered`` finds it."""
        lasts = now - self.created_at > ANSWERED_WITHIN
        needs_a_person = self.amazon_order.problem_code == Problem.CANCELLATION_UNANSWERED
        return self.state in UNANSWERED and (lasts or needs_a_person)

    @property
    def is_refused_for_now(self) -> bool:
        """As ``refused_for_now`` finds it, for the order's last request."""
        is_open = self.amazon_order.status not in ENDED and self.cancellation.order.is_open
        return self.state == CancellationRequestState.REFUSED and is_open
