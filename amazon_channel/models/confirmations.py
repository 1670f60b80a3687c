"""The outbox: what Amazon must be told about shipments."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.accounts import SellerAccount
from amazon_channel.models.orders import AmazonOrder
from amazon_channel.refusals import PACKAGE_REMOVED, advice_on
from amazon_channel.states import ConfirmationState
from commerce_orders.models import Shipment
from commerce_orders.wording import WordingField

SHOWN_WITHIN = timedelta(hours=24)
# Said by what it is not: SQLite uses no index whose condition has an IN.
UNSETTLED = (
    ~Q(state=ConfirmationState.CONFIRMED) & ~Q(state=ConfirmationState.REJECTED) & ~Q(state=ConfirmationState.WITHDRAWN)
)


class ShipmentConfirmationQuerySet(models.QuerySet["ShipmentConfirmation"]):
    def of_account(self, account: SellerAccount) -> Self:
        """Not by a join, from whose other end SQLite would read all orders of the account."""
        return self.filter(Exists(AmazonOrder.objects.filter(pk=OuterRef("amazon_order"), account=account)))

    def to_work_on(self, now: datetime) -> Self:
        """To be sent, or to be looked for at Amazon; also those whose sender died."""
        return self.filter(UNSETTLED, not_before__lte=now)

    def put_off(self, now: datetime) -> Self:
        return self.filter(UNSETTLED, not_before__gt=now)

    def due(self, now: datetime) -> Self:
        """Ready to be sent, soonest ship-by first."""
        ready = self.to_work_on(now).exclude(state=ConfirmationState.SENT)
        return ready.order_by(F("ship_by").asc(nulls_last=True), "id")

    def to_read_back(self, now: datetime) -> Self:
        """Sent and not shown yet, those first that were looked for longest ago."""
        return self.to_work_on(now).filter(state=ConfirmationState.SENT).order_by("not_before")

    def overdue(self, now: datetime, *, near: timedelta, patience: timedelta) -> Self:
        """Recorded before ``patience`` and still waiting to be sent, though ship-by is as ``near`` or has passed."""
        return self.filter(state=ConfirmationState.WAITING, ship_by__lte=now + near, created_at__lte=now - patience)

    def refused(self) -> Self:
        return self.filter(state=ConfirmationState.REJECTED)

    def missing_at_amazon(self, now: datetime) -> Self:
        """Accepted so long ago that Amazon should show them."""
        return self.filter(state=ConfirmationState.SENT, sent_at__lt=now - SHOWN_WITHIN)


class ShipmentConfirmation(models.Model):
    """One package that Amazon must know, or has shown us.

    ``package_reference_id`` is fixed when the shipment is recorded and is Amazon's idempotency key: sending it
    again edits the same package. ``not_before`` is when it may be sent (next), or, while being sent, when another
    worker may take over. ``units_sent`` is what Amazon was told last, by its item number: it may expect fewer units
    than left.
    """

    amazon_order = models.ForeignKey(
        AmazonOrder, on_delete=models.PROTECT, related_name="confirmations", db_index=False
    )
    shipment = models.OneToOneField(Shipment, on_delete=models.PROTECT, related_name="amazon_confirmation")
    package_reference_id = models.CharField(_("package reference"), max_length=64)
    state = models.CharField(_("status"), max_length=10, choices=ConfirmationState, default=ConfirmationState.WAITING)
    ship_by = models.DateTimeField(_("ship by"), null=True)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    deaths = models.PositiveSmallIntegerField(_("senders that stopped"), default=0)
    units_sent = models.JSONField(_("items reported"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    # A correction moves ``sent_at``; the buyer's tracking number was there before.
    first_sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    refused_at = models.DateTimeField(_("refused"), null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = WordingField(_("Amazon's message"), blank=True)

    objects = ShipmentConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("shipment confirmation")
        verbose_name_plural = _("shipment confirmations")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["not_before"], condition=UNSETTLED, name="confirmation_due"),
            models.Index(
                fields=["ship_by", "created_at"],
                condition=Q(state=ConfirmationState.WAITING),
                name="confirmation_waiting",
            ),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state=ConfirmationState.REJECTED),
                name="confirmation_refused",
            ),
            models.Index(
                fields=["-sent_at", "-id"], condition=Q(state=ConfirmationState.SENT), name="confirmation_sent"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["amazon_order", "package_reference_id"], name="one_confirmation_per_package"
            ),
            models.CheckConstraint(
                condition=~Q(state=ConfirmationState.CONFIRMED) | Q(confirmed_at__isnull=False),
                name="confirmation_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order} #{self.package_reference_id}"

    def is_missing_at_amazon(self, now: datetime) -> bool:
        """Whether Amazon accepted the package so long ago that it should show it."""
        return self.state == ConfirmationState.SENT and self.sent_at is not None and now - self.sent_at > SHOWN_WITHIN

    @property
    def is_correction(self) -> bool:
        """Whether Amazon accepted the package before, and has not accepted what was corrected of it since."""
        unsettled = {ConfirmationState.WAITING, ConfirmationState.SENDING, ConfirmationState.REJECTED}
        return self.sent_at is not None and self.state in unsettled and self.error_code != PACKAGE_REMOVED

    @property
    def advice(self) -> str:
        """What staff should do about a refusal; empty when there is none."""
        return advice_on(self.error_detail, self.error_code) if self.state == ConfirmationState.REJECTED else ""
