"""Packages that left, and what was in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce_orders.models.orders import Order, OrderLine
from commerce_orders.states import ShipmentOrigin


class Shipment(models.Model):
    """One package with its tracking number."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    carrier_code = models.CharField(_("carrier"), max_length=60)
    carrier_name = models.CharField(_("carrier name"), max_length=60, blank=True)
    shipping_method = models.CharField(_("service"), max_length=60, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100)
    shipped_at = models.DateTimeField(pgettext_lazy("date", "shipped"))
    origin = models.CharField(_("origin"), max_length=10, choices=ShipmentOrigin)
    recorded_by = models.CharField(_("recorded by"), max_length=150)
    recorded_at = models.DateTimeField(_("recorded"), editable=False)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ["id"]
        indexes = [models.Index(fields=["tracking_number"], name="shipment_tracking_number")]
        constraints = [
            # What staff and systems ship must have one; a channel may adopt a package that has none.
            models.CheckConstraint(
                condition=~Q(tracking_number="") | Q(origin=ShipmentOrigin.CHANNEL),
                name="shipment_has_tracking_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"

    @property
    def carrier(self) -> str:
        return self.carrier_name or self.carrier_code


class ShipmentLine(models.Model):
    """How many units of a line are in a package."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("shipped line")
        verbose_name_plural = _("shipped lines")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="one_row_per_line_in_package"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"
