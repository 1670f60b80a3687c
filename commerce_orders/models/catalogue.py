"""What is sold, under which SKUs, and what of it is promised to orders."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """Something in stock. ``quantity`` is units on hand; below zero when more left than had been counted."""

    sku = models.CharField(_("SKU"), max_length=120, unique=True)
    name = models.TextField(_("name"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    quantity = models.IntegerField(_("on hand"), default=0)
    updated_at = models.DateTimeField(_("updated"), editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["sku"]

    def __str__(self) -> str:
        return self.sku


class SkuAlias(models.Model):
    """A sales channel's own SKU for one of our products."""

    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="aliases")
    channel = models.CharField(_("sales channel"), max_length=20)
    sku = models.CharField(_("SKU at the sales channel"), max_length=120)

    class Meta:
        verbose_name = _("SKU alias")
        verbose_name_plural = _("SKU aliases")
        ordering = ["channel", "sku"]
        constraints = [models.UniqueConstraint(fields=["channel", "sku"], name="one_product_per_channel_sku")]

    def __str__(self) -> str:
        return f"{self.sku} → {self.product}"


class Reservation(models.Model):
    """What one line of a channel's order takes of a product; there from the first sight of the order.

    Keyed by the channel's own names, as an order that the channel still holds has no Commerce order yet.
    ``reserved`` is units that are still to leave; ``shipped`` is units that left, those before the first sight
    included, which never touched the stock.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reservations", db_index=False)
    channel = models.CharField(max_length=20)
    channel_account = models.CharField(max_length=40)
    channel_order_id = models.CharField(max_length=64)
    channel_line_id = models.CharField(max_length=64)
    reserved = models.PositiveIntegerField(_("reserved"))
    shipped = models.PositiveIntegerField(_("shipped"), default=0)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["product"], condition=Q(reserved__gt=0), name="reservation_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "channel_account", "channel_order_id", "channel_line_id"],
                name="one_reservation_per_channel_line",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_order_id}: {self.reserved} × {self.product_id}"


class ProductFile(models.Model):
    """A file of products that somebody has had checked and may import; one for each person, and not for long."""

    uploaded_by = models.CharField(max_length=150, unique=True)
    uploaded_at = models.DateTimeField()
    name = models.CharField(max_length=255)
    content = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
