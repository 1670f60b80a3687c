"""The mirror of Amazon's orders: few columns to find them by, and the whole payload without personal data."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amazon_channel import states
from amazon_channel.models.accounts import SellerAccount
from commerce_orders.models import ApiToken, Order
from commerce_orders.models.money import AmountField
from commerce_orders.wording import WordingField
from customers.models import Contact


class AmazonOrderQuerySet(models.QuerySet["AmazonOrder"]):
    def with_account(self) -> Self:
        """For pages. The account's credentials are left out, which to read would be to decrypt."""
        return self.select_related("account", "commerce_order").defer("account__encrypted_credentials")

    def visible_to(self, token: ApiToken) -> Self:
        """What a token of the REST interface may know of."""
        return self.filter(account__in=token.accounts_at(states.CHANNEL)) if token.accounts else self

    def listed(self) -> Self:
        """What the Orders tab shows: nothing that Amazon still holds."""
        return self.filter(states.LISTED)

    def held(self) -> Self:
        return self.filter(status__in=states.HELD_BY_AMAZON)

    def to_ship(self) -> Self:
        """Something is still to leave; what left here counts already, though Amazon may not show it yet."""
        return self.filter(status__in=states.TO_SHIP, fulfilled_by=states.MERCHANT, units_to_ship__gt=0)

    def shipped(self) -> Self:
        """Also what left here in full and Amazon does not show yet; see ``AmazonOrder.status_here``."""
        left_here = Q(status__in=states.TO_SHIP, fulfilled_by=states.MERCHANT, units_to_ship=0, units_ordered__gt=0)
        is_shipped = Q(status=states.SHIPPED) | left_here & Q(commerce_order__isnull=False)
        # Nearly all orders are. For a plain OR, SQLite would collect and sort them; so it reads the newest until a page
        # is full.
        return self.exclude(~is_shipped)

    def canceled(self) -> Self:
        return self.filter(status=states.CANCELLED)

    def fulfilled_by_amazon(self) -> Self:
        return self.filter(fulfilled_by=states.AMAZON)

    def open_at_amazon(self) -> Self:
        """Those of which Amazon still expects something, whoever fulfils them."""
        return self.filter(status__in=states.OPEN)

    def with_problem(self) -> Self:
        return self.exclude(problem_code="")

    def undecided(self) -> Self:
        """Readable and without a Commerce order, though it is ours to ship or has a problem.

        That is what other settings, or another catalogue, may change.
        """
        ours = Q(status__in=states.TO_SHIP | states.HELD_BY_AMAZON, fulfilled_by=states.MERCHANT)
        return (
            self.filter(commerce_order=None)
            .filter(ours | ~Q(problem_code=""))
            .exclude(problem_code__in=states.NOT_MIRRORED)
        )

    def due_for_reading(self, now: datetime) -> Self:
        return self.filter(read_again_at__lte=now)


class AmazonOrder(models.Model):
    """One Amazon order at the latest version read.

    ``had_commerce_order`` stays when the link is lost, so that reconciliation can tell. ``is_to_decide``: whether the
    order becomes a Commerce order, and what it takes of the stock, is to be worked out anew, because the settings or
    the catalogue changed.
    """

    account = models.ForeignKey(
        SellerAccount,
        verbose_name=_("seller account"),
        on_delete=models.PROTECT,
        related_name="amazon_orders",
        db_index=False,
    )
    amazon_order_id = models.CharField(_("Amazon order number"), max_length=64)
    marketplace_id = models.CharField(_("marketplace"), max_length=20, blank=True)
    status = models.CharField(_("status"), max_length=40, blank=True)
    fulfilled_by = models.CharField(_("fulfilled by"), max_length=20, blank=True)
    purchased_at = models.DateTimeField(_("bought"), null=True)
    last_updated_at = models.DateTimeField(_("changed at Amazon"), null=True)
    ship_by = models.DateTimeField(_("ship by"), null=True)
    deliver_by = models.DateTimeField(_("deliver by"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    grand_total = AmountField(_("total"), null=True)
    units_ordered = models.PositiveIntegerField(_("items ordered"), default=0)
    units_to_ship = models.PositiveIntegerField(_("items to ship"), default=0)
    is_prime = models.BooleanField(_("Prime"), default=False)
    is_business = models.BooleanField(_("business order"), default=False)
    is_replacement = models.BooleanField(_("replacement"), default=False)
    buyer_wants_to_cancel = models.BooleanField(_("buyer asks to cancel"), default=False)

    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="amazon_orders")
    commerce_order = models.OneToOneField(
        Order,
        verbose_name=_("Commerce order number"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="amazon_order",
    )
    had_commerce_order = models.BooleanField(default=False)
    payload = models.JSONField(_("Amazon's data"), help_text=_("Without personal data."))
    content_hash = models.CharField(max_length=32)
    status_changes = models.JSONField(default=list)

    problem_code = models.CharField(_("problem"), max_length=40, blank=True, choices=states.Problem)
    problem_detail = WordingField(blank=True)
    problem_since = models.DateTimeField(null=True)
    # A problem that only a person can settle. It is the order's problem until then, whatever else is wrong.
    conflict_code = models.CharField(max_length=40, blank=True, choices=states.Problem)
    conflict_detail = WordingField(blank=True)
    is_to_decide = models.BooleanField(default=False)
    read_again_at = models.DateTimeField(null=True)
    readings = models.PositiveSmallIntegerField(default=0)
    first_seen_at = models.DateTimeField(_("first seen"))
    stored_at = models.DateTimeField(_("stored"))

    objects = AmazonOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("Amazon order")
        verbose_name_plural = _("Amazon orders")
        ordering = ["-id"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["-purchased_at", "-id"], name="amazon_order_newest"),
            models.Index(fields=["status", "-purchased_at", "-id"], name="amazon_order_status"),
            models.Index(
                fields=["-purchased_at", "-id"], condition=Q(fulfilled_by=states.AMAZON), name="amazon_order_fba"
            ),
            models.Index(fields=["amazon_order_id"], name="amazon_order_number"),
            models.Index(fields=["stored_at", "id"], name="amazon_order_stored"),
            # All that a count of what is to ship looks at. Its condition has no IN, for which SQLite would not use it.
            models.Index(
                fields=["ship_by", "id", "account", "status", "fulfilled_by"],
                condition=Q(units_to_ship__gt=0),
                name="amazon_order_to_ship",
            ),
            models.Index(fields=["ship_by", "id"], name="amazon_order_ship_by"),
            # For connected systems, which read what was stored since.
            models.Index(fields=["status", "stored_at", "id"], name="amazon_order_status_stored"),
            models.Index(fields=["account", "stored_at", "id"], name="amazon_order_acct_stored"),
            models.Index(fields=["account", "purchased_at"], name="amazon_order_of_day"),
            models.Index(fields=["account", "id"], condition=Q(status__in=states.OPEN), name="amazon_order_open"),
            models.Index(
                fields=["problem_code", "-problem_since", "-id"],
                condition=~Q(problem_code=""),
                name="amazon_order_problem",
            ),
            models.Index(fields=["stored_at", "id"], condition=~Q(problem_code=""), name="amazon_order_problem_stored"),
            models.Index(fields=["account", "id"], condition=Q(is_to_decide=True), name="amazon_order_to_decide"),
            models.Index(
                fields=["account", "read_again_at"],
                condition=Q(read_again_at__isnull=False),
                name="amazon_order_read_again",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "amazon_order_id"], name="one_row_per_amazon_order"),
            models.CheckConstraint(
                condition=Q(problem_code="", problem_since=None)
                | (~Q(problem_code="") & Q(problem_since__isnull=False)),
                name="amazon_order_problem_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.amazon_order_id

    @property
    def is_fulfilled_by_amazon(self) -> bool:
        return self.fulfilled_by == states.AMAZON

    @property
    def programs(self) -> list[str]:
        """Amazon's special programs, such as ``PRIME``."""
        programs: list[str] = self.payload.get("programs") or []
        return programs

    @property
    def status_label(self) -> str:
        return states.status_label(self.status)

    @property
    def is_to_ship(self) -> bool:
        return self.status in states.TO_SHIP and not self.is_fulfilled_by_amazon and self.units_to_ship > 0

    @property
    def has_conflict(self) -> bool:
        """Whether a person must say that it is done; see ``services.conflicts``."""
        return self.conflict_code != ""

    @property
    def status_here(self) -> str:
        """Amazon's status, and until Amazon shows what left here, the one that it is about to get."""
        if self.status not in states.TO_SHIP or self.is_fulfilled_by_amazon or self.commerce_order_id is None:
            return self.status
        if self.units_to_ship == 0 and self.units_ordered:
            return states.SHIPPED
        return states.PARTIALLY_SHIPPED if self.units_to_ship < self.units_ordered else self.status

    def set_problem(self, problem: states.Problem, detail: str, *, now: datetime) -> bool:
        """Whether it was set and is a new one. Not where a conflict waits for a person, which is the more urgent."""
        is_new = self.problem_code != problem
        since = self.problem_since or now
        free = AmazonOrder.objects.filter(pk=self.pk, conflict_code="")
        if free.update(problem_code=problem, problem_detail=detail, problem_since=since):
            self.problem_code, self.problem_detail, self.problem_since = problem, detail, since
            return is_new
        return False

    def clear_problem(self, problem: states.Problem) -> None:
        if self.problem_code == problem:
            self.problem_code, self.problem_detail, self.problem_since = "", "", None
            self.save(update_fields=["problem_code", "problem_detail", "problem_since"])


class AmazonOrderItem(models.Model):
    """One item of an Amazon order. Items are told apart by ``order_item_id``; one SKU may come twice."""

    order = models.ForeignKey(AmazonOrder, on_delete=models.CASCADE, related_name="items", db_index=False)
    order_item_id = models.CharField(_("Amazon item number"), max_length=64)
    sku = models.CharField(_("SKU"), max_length=120, blank=True)
    asin = models.CharField(_("ASIN"), max_length=20, blank=True)
    title = models.TextField(_("title"), blank=True)
    quantity_ordered = models.PositiveIntegerField(_("ordered"))
    quantity_shipped = models.PositiveIntegerField(_("shipped"), default=0)
    unit_price = AmountField(_("unit price"), null=True)
    item_total = AmountField(_("item total"), null=True)

    class Meta:
        verbose_name = _("Amazon order item")
        verbose_name_plural = _("Amazon order items")
        ordering = ["id"]
        default_permissions = ("view",)
        # With the order, so that a search for a SKU that thousands of orders have reads nothing but the index.
        indexes = [models.Index(fields=["sku", "order"], name="amazon_item_sku_orders")]
        constraints = [
            models.UniqueConstraint(fields=["order", "order_item_id"], name="one_row_per_amazon_item"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity_ordered} × {self.sku or self.title}"
