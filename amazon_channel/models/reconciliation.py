"""The proof of completeness: what Amazon listed, what we held, and every difference between the two."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amazon_channel.models.accounts import SellerAccount
from amazon_channel.models.orders import AmazonOrder
from commerce_orders.wording import WordingField

WANTING = Q(outcome="failed") | Q(unsettled__gt=0)


class Occasion(models.TextChoices):
    NIGHTLY = "nightly", _("Nightly")
    ASKED = "asked", _("Asked for")


class DifferenceKind(models.TextChoices):
    MISSING = "missing", _("Missing here")
    STALE = "stale", _("Other version here")
    ALTERED = "altered", _("Altered here")
    ORDER_GONE = "order_gone", _("Commerce order gone here")
    EXTRA = "extra", _("Not listed by Amazon")
    NOT_FOUND = "not_found", _("Unknown to Amazon")


# What Amazon lists and we hold, but not as Amazon says.
HELD_OTHERWISE = [DifferenceKind.STALE, DifferenceKind.ALTERED, DifferenceKind.ORDER_GONE]


class Unsettled(models.TextChoices):
    """Why a difference is not repaired."""

    NOT_STORED = "not_stored", _("The order could not be stored.")
    UNREADABLE = "unreadable", _("Amazon's data cannot be read.")
    UNCHECKED = "unchecked", _("Amazon is still to be asked for it by its number.")
    NOT_FOUND = "not_found", _("Amazon does not know this number for this account.")
    UNANSWERED = "unanswered", _("Amazon gave no usable answer about it.")


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def free(self, now: datetime) -> Self:
        """Unfinished, and no worker is at it."""
        return self.unfinished().filter(Q(leased_until=None) | Q(leased_until__lte=now))

    def wanting(self) -> Self:
        """Ended without the proof: not compared to the end, or with differences that are open."""
        return self.filter(WANTING, finished_at__isnull=False).exclude(error_code="replaced")

    def latest_of_accounts(self) -> Self:
        """Those that no later one of the same account has followed to its end."""
        later = Reconciliation.objects.filter(
            account=OuterRef("account"), pk__gt=OuterRef("pk"), finished_at__isnull=False
        ).exclude(error_code="replaced")
        return self.exclude(Exists(later))

    def due(self, now: datetime) -> Self:
        """To go on with now, nightly ones first: they are short, and late orders wait for them."""
        waited = Q(not_before=None) | Q(not_before__lte=now)
        return self.free(now).filter(waited).order_by("-occasion", "id")


class Reconciliation(models.Model):
    """One comparison of what Amazon lists as created in a window with what is stored.

    ``place`` is where the walk stands, so that any worker goes on after an empty budget, a fault or a crash;
    ``until`` is Amazon's own upper bound. ``fence`` grows with every worker that takes the run, and ``attempts``
    with every one that got nowhere. The counts are exact once it is done.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting for Amazon")
        DONE = "done", pgettext_lazy("run", "Done")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="reconciliations", db_index=False)
    occasion = models.CharField(max_length=10, choices=Occasion)
    asked_by = models.CharField(max_length=150, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    marketplaces = models.JSONField()
    place = models.JSONField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    fence = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)
    amazon = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    unsettled = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = WordingField(blank=True)

    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("completeness")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["account", "occasion", "-id"], name="reconciliation_latest"),
            models.Index(fields=["finished_at"], name="reconciliation_finished"),
            models.Index(fields=["-finished_at", "-id"], condition=WANTING, name="reconciliation_wanting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "occasion"], condition=Q(finished_at=None), name="one_open_reconciliation"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["running", "waiting"], finished_at=None)
                | Q(outcome__in=["done", "failed"], finished_at__isnull=False),
                name="reconciliation_ended_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_complete(self) -> bool:
        """Everything that Amazon lists was compared."""
        return self.outcome == self.Outcome.DONE


class OrderDifference(models.Model):
    """One order that Amazon and we had differently; ``…_version`` is the time of its last change as each had it.

    Two versions with one time differ in content. ``reason`` says why it is not repaired. While it is not, there is one
    row, of the last run that found it, which says since when.
    """

    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.CASCADE, related_name="differences", db_index=False
    )
    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    amazon_order_id = models.CharField(_("Amazon order number"), max_length=64)
    kind = models.CharField(max_length=10, choices=DifferenceKind)
    day = models.DateField(null=True)
    amazon_version = models.DateTimeField(null=True)
    stored_version = models.DateTimeField(null=True)
    is_repaired = models.BooleanField(default=False)
    reason = models.CharField(max_length=20, blank=True, choices=Unsettled)
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["account", "day"], name="difference_of_day"),
            models.Index(fields=["account", "amazon_order_id"], condition=Q(is_repaired=False), name="difference_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reconciliation", "amazon_order_id"], name="one_difference_per_order")
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order_id}: {self.get_kind_display()}"


class ReconciledDay(models.Model):
    """ "Amazon lists N, we hold N": the orders bought on one day, on the account's clock, as last counted."""

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="reconciled_days", db_index=False)
    day = models.DateField()
    amazon = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="one_row_per_reconciled_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}: {self.amazon}, {self.held}"


class ListedOrder(models.Model):
    """What an unfinished reconciliation has seen in Amazon's list; gone when it ends."""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="listed", db_index=False)
    amazon_order_id = models.CharField(max_length=64)
    day = models.DateField()
    was_stored = models.BooleanField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["reconciliation", "amazon_order_id"], name="one_row_per_listed_order")
        ]

    def __str__(self) -> str:
        return self.amazon_order_id


class OrderAudit(models.Model):
    """An order to be asked for by its number, since the last reconciliation's list did not show it.

    Apart from the order, so that the mirror's rows stay as narrow and as rarely written as they are. Rows go when
    Amazon has answered, and those that wait longest come first. ``attempts`` is the fence of whoever asks.
    """

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="order_audits", db_index=False)
    amazon_order = models.OneToOneField(AmazonOrder, on_delete=models.CASCADE, related_name="+")
    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="audits")
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["account", "id"], name="order_audit_oldest")]

    def __str__(self) -> str:
        return str(self.amazon_order_id)
