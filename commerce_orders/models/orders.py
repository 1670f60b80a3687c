"""Stores, orders and their lines."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from commerce_orders.models.catalogue import Product
from commerce_orders.models.money import AmountField
from commerce_orders.states import FINAL, OPEN, OrderStatus
from customers.models import Contact, Customer

if TYPE_CHECKING:
    from commerce_orders.models.tokens import ApiToken


class Store(models.Model):
    """The shop that an order belongs to."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """The next number of a series; advanced under a row lock, so that none is given twice."""

    name = models.CharField(max_length=20, primary_key=True)
    next_value = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.next_value}"


class OrderQuerySet(models.QuerySet["Order"]):
    def to_ship(self) -> Self:
        """Open, ours to ship, and nobody has asked the sales channel to cancel them."""
        return self.filter(closed_at=None, is_fulfilled_by_channel=False, cancellation_requested_at=None)

    def late(self, now: datetime) -> Self:
        return self.to_ship().filter(ship_by__lt=now)

    def locked(self) -> Self:
        """Locked to the end of the transaction, in one order everywhere.

        So two who take many orders wait for each other instead of blocking each other for ever.
        """
        return self.order_by("pk").select_for_update()

    def of_channel(self, *, channel: str, channel_account: str) -> Self:
        return self.filter(channel=channel, channel_account=channel_account)

    def visible_to(self, token: "ApiToken") -> Self:
        """What a token may know of; another order is to it as if there were none."""
        if not token.accounts:
            return self
        visible = Q(pk=None)
        for channel in sorted(token.channels()):
            visible |= Q(channel=channel, channel_account__in=token.accounts_at(channel))
        return self.filter(visible)


class Order(models.Model):
    """A Commerce order. Its status changes only through ``services.transitions``."""

    number = models.CharField(_("order number"), max_length=40, unique=True)
    store = models.ForeignKey(Store, verbose_name=_("store"), on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus)
    channel = models.CharField(_("sales channel"), max_length=20)
    channel_account = models.CharField(_("channel account"), max_length=40, editable=False)
    channel_order_id = models.CharField(_("channel order number"), max_length=64)
    is_fulfilled_by_channel = models.BooleanField(_("fulfilled by the channel"), default=False)

    is_guest = models.BooleanField(_("guest"))
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders",
    )
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="orders")

    currency = models.CharField(_("currency"), max_length=3)
    subtotal = AmountField(_("subtotal"))
    shipping = AmountField(_("shipping"))
    gift_wrap = AmountField(_("gift wrap"))
    tax = AmountField(_("tax"))
    other = AmountField(_("other charges"))
    discount = AmountField(_("discount"))
    grand_total = AmountField(_("grand total"))

    placed_at = models.DateTimeField(_("placed"))
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    deliver_by = models.DateTimeField(_("deliver by"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), editable=False)
    updated_at = models.DateTimeField(_("updated"), editable=False)
    closed_at = models.DateTimeField(_("completed or canceled"), null=True, editable=False)
    buyer_wants_to_cancel = models.BooleanField(_("buyer asks to cancel"), default=False)
    # While the sales channel has not answered a cancellation of ours; nothing may be shipped until then.
    cancellation_requested_at = models.DateTimeField(_("cancellation requested"), null=True, editable=False)
    # The system behind us that has taken the order over, by its own number.
    external_number = models.CharField(_("number in the connected system"), max_length=64, blank=True, editable=False)
    acknowledged_at = models.DateTimeField(_("taken over"), null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        permissions = [
            ("ship_order", gettext_noop("Can ship orders")),
            ("cancel_order", gettext_noop("Can cancel orders")),
        ]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="order_updated"),
            models.Index(fields=["status", "-id"], name="order_status"),
            models.Index(fields=["status", "updated_at", "id"], name="order_status_updated"),
            models.Index(fields=["placed_at", "id"], name="order_placed"),
            models.Index(fields=["ship_by", "id"], name="order_ship_by"),
            models.Index(fields=["channel_order_id"], name="order_channel_order_id"),
            models.Index(fields=["ship_by", "id"], condition=Q(closed_at=None), name="order_open_ship_by"),
            models.Index(fields=["updated_at", "id"], condition=Q(acknowledged_at=None), name="order_unacknowledged"),
            models.Index(fields=["external_number"], condition=~Q(external_number=""), name="order_external_number"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "channel_account", "channel_order_id"], name="one_order_per_channel_order"
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(is_guest=True, customer=None) | Q(is_guest=False, customer__isnull=False),
                name="order_guest_or_customer",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, closed_at__isnull=False) | Q(status__in=OPEN, closed_at=None),
                name="order_closed_when_final",
            ),
            models.CheckConstraint(
                condition=Q(cancellation_requested_at=None) | Q(closed_at=None),
                name="order_cancellation_only_while_open",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, external_number="")
                | (Q(acknowledged_at__isnull=False) & ~Q(external_number="")),
                name="order_acknowledged_with_number",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def why_not_to_ship(self) -> str:
        """The code of what keeps anything more from being shipped by us (``services.fulfilment``); empty if nothing."""
        if self.status == OrderStatus.CANCELED:
            return "order_canceled"
        if self.is_fulfilled_by_channel:
            return "fulfilled_by_channel"
        if not self.is_open:
            return "nothing_left_to_ship"
        return "cancellation_requested" if self.cancellation_requested_at else ""

    @property
    def is_to_ship(self) -> bool:
        """As ``OrderQuerySet.to_ship``."""
        return not self.why_not_to_ship


class OrderLine(models.Model):
    """Units of one SKU in an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    channel_line_id = models.CharField(max_length=64, editable=False)
    sku = models.CharField(_("SKU"), max_length=120, blank=True)
    name = models.TextField(_("name"), blank=True)
    # Empty while the catalogue does not know the SKU.
    product = models.ForeignKey(
        Product, verbose_name=_("product"), null=True, on_delete=models.SET_NULL, related_name="order_lines"
    )
    quantity = models.PositiveIntegerField(_("ordered"))
    quantity_shipped = models.PositiveIntegerField(_("shipped"), default=0)
    quantity_canceled = models.PositiveIntegerField(_("canceled"), default=0)
    # Shipped units that the sales channel canceled afterwards: they left, and nobody pays for them.
    quantity_canceled_late = models.PositiveIntegerField(_("canceled after they shipped"), default=0)
    unit_price = AmountField(_("unit price"), null=True)
    total = AmountField(_("total"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["id"]
        indexes = [models.Index(fields=["sku"], name="order_line_sku")]
        constraints = [
            models.UniqueConstraint(fields=["order", "channel_line_id"], name="one_line_per_channel_line"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_shipped") + F("quantity_canceled")),
                name="order_line_never_over_shipped",
            ),
            models.CheckConstraint(
                condition=Q(quantity_shipped__gte=F("quantity_canceled_late")),
                name="order_line_canceled_late_had_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku or self.name}"

    @property
    def quantity_to_ship(self) -> int:
        return self.quantity - self.quantity_shipped - self.quantity_canceled

    @property
    def quantity_expected(self) -> int:
        """Units that the sales channel wants, shipped ones included."""
        return self.quantity - self.quantity_canceled - self.quantity_canceled_late
