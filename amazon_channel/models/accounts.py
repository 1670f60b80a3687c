"""Seller accounts: credentials, settings, and where each stands with Amazon."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from amazon_channel.states import CHANNEL
from commerce_orders.models import ApiToken, Store
from commerce_orders.wording import WordingField
from customers.encryption import EncryptedJSONField

MERCHANT_TOKEN = re.compile(r"[A-Z0-9_]{5,40}", re.ASCII)


class Region(models.TextChoices):
    NORTH_AMERICA = "na", _("North America")
    EUROPE = "eu", _("Europe")
    FAR_EAST = "fe", _("Far East")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Login with Amazon credentials of one seller. Never printed."""

    client_id: str
    client_secret: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class SellerAccountQuerySet(models.QuerySet["SellerAccount"]):
    def visible_to(self, token: ApiToken) -> Self:
        """What a token of the REST interface may know of."""
        return self.filter(pk__in=token.accounts_at(CHANNEL)) if token.accounts else self

    def active(self) -> Self:
        return self.filter(is_active=True)

    def due_for_pull(self, now: datetime, *, every: timedelta) -> Self:
        return self.active().filter(
            models.Q(pull_state__pulled_at=None) | models.Q(pull_state__pulled_at__lte=now - every),
            models.Q(pull_state__not_before=None) | models.Q(pull_state__not_before__lte=now),
            models.Q(pull_state__leased_until=None) | models.Q(pull_state__leased_until__lte=now),
        )


class SellerAccount(models.Model):
    """One seller at Amazon, in one region."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    region = models.CharField(_("region"), max_length=2, choices=Region)
    marketplaces = models.JSONField(_("marketplaces"))
    store = models.ForeignKey(Store, verbose_name=_("store"), on_delete=models.PROTECT, related_name="+")
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC")
    merchant_token = models.CharField(_("merchant token"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    encrypted_credentials = EncryptedJSONField(_("credentials"), editable=False)
    created_at = models.DateTimeField(_("connected"), editable=False)

    error_code = models.CharField(max_length=40, blank=True, editable=False)
    error_detail = WordingField(blank=True, editable=False)
    error_since = models.DateTimeField(null=True, editable=False)

    objects = SellerAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("seller account")
        verbose_name_plural = _("seller accounts")
        ordering = ["name"]
        permissions = [("sync_selleraccount", gettext_noop("Can pull orders and test connections"))]

    def __str__(self) -> str:
        return self.name

    @property
    def credentials(self) -> Credentials:
        return Credentials(**self.encrypted_credentials)

    @credentials.setter
    def credentials(self, credentials: Credentials) -> None:
        self.encrypted_credentials = {
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "refresh_token": credentials.refresh_token,
        }

    @property
    def reference(self) -> str:
        """How Commerce orders name this account."""
        return str(self.pk)


class ImportOrders(models.TextChoices):
    ENABLED = "enabled", _("Create Commerce orders")
    DISABLED = "disabled", _("Show Amazon orders only")


class CustomerCreation(models.TextChoices):
    GUEST = "guest", _("No Customer Creation (guest)")
    CREATE = "create", _("Build New Customer Account")


class OrderNumberSource(models.TextChoices):
    COMMERCE = "commerce", _("Commerce order number")
    AMAZON = "amazon", _("Amazon order number")


class NewOrderStatus(models.TextChoices):
    PROCESSING = "processing", _("Processing")
    PENDING = "pending", _("Pending")


class FbaOrders(models.TextChoices):
    CREATE = "create", _("Create a complete Commerce order")
    IGNORE = "ignore", _("Show on the Orders tab only")


class YesNo(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")


class UnknownSku(models.TextChoices):
    IMPORT = "import", _("Import with an unmatched line")
    HOLD = "hold", _("Hold the order and report a problem")


class OrderSettings(models.Model):
    """What becomes of an account's orders."""

    account = models.OneToOneField(SellerAccount, on_delete=models.CASCADE, related_name="order_settings")
    import_orders = models.CharField(
        _("import orders"), max_length=10, choices=ImportOrders, default=ImportOrders.ENABLED
    )
    customer_creation = models.CharField(
        _("customer creation"), max_length=10, choices=CustomerCreation, default=CustomerCreation.GUEST
    )
    order_number_source = models.CharField(
        _("order number"), max_length=10, choices=OrderNumberSource, default=OrderNumberSource.COMMERCE
    )
    new_order_status = models.CharField(
        _("status of new orders"), max_length=10, choices=NewOrderStatus, default=NewOrderStatus.PROCESSING
    )
    fba_orders = models.CharField(
        _("orders fulfilled by Amazon"), max_length=10, choices=FbaOrders, default=FbaOrders.CREATE
    )
    reserve_pending_stock = models.CharField(
        _("pending orders reserve stock"), max_length=3, choices=YesNo, default=YesNo.YES
    )
    unknown_sku = models.CharField(_("unknown SKU"), max_length=10, choices=UnknownSku, default=UnknownSku.IMPORT)

    KEYS = (
        "import_orders",
        "customer_creation",
        "order_number_source",
        "new_order_status",
        "fba_orders",
        "reserve_pending_stock",
        "unknown_sku",
    )

    class Meta:
        verbose_name = _("order settings")
        verbose_name_plural = _("order settings")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return str(self.account)

    def as_json(self) -> dict[str, str]:
        return {key: getattr(self, key) for key in self.KEYS}


class PullState(models.Model):
    """How far an account's orders are read, and which worker is reading.

    Apart from the account, so that editing an account cannot move the cursor. ``fence`` grows with every lease;
    a worker whose lease was taken over finds it changed and stores nothing.

    Everything that changed before ``cursor`` is stored. While windows are left to be read, live reading goes on ahead
    of it, up to ``read_to``. ``unended_runs`` and ``suspects``: see ``services.quarantine``.
    """

    account = models.OneToOneField(SellerAccount, on_delete=models.CASCADE, related_name="pull_state")
    cursor = models.DateTimeField(null=True)
    read_to = models.DateTimeField(null=True)
    is_backlogs_turn = models.BooleanField(default=False)
    unended_runs = models.PositiveSmallIntegerField(default=0)
    suspects = models.JSONField(default=dict)
    fence = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    pulled_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.cursor}"

    @property
    def live_from(self) -> datetime | None:
        """Up to where the newest changes are read; ``None`` before the first page."""
        return self.read_to or self.cursor


class SyncRun(models.Model):
    """One pull, with what it did."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", pgettext_lazy("run", "Done")
        WAITING = "waiting", _("Waiting for Amazon")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="runs", db_index=False)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.RUNNING)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    api_calls = models.PositiveIntegerField(_("calls"), default=0)
    seen = models.PositiveIntegerField(_("seen"), default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    problems = models.PositiveIntegerField(_("problems"), default=0)
    commerce_orders_created = models.PositiveIntegerField(_("Commerce orders"), default=0)
    cursor = models.DateTimeField(_("read up to"), null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = WordingField(_("error"), blank=True)
    goes_on_at = models.DateTimeField(_("goes on"), null=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["account", "-id"], name="sync_run_latest")]

    def __str__(self) -> str:
        return f"{self.account} {self.started_at:%Y-%m-%d %H:%M}"

    def counts(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "api_calls": self.api_calls,
            "seen": self.seen,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "problems": self.problems,
            "commerce_orders_created": self.commerce_orders_created,
        }
