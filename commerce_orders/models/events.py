"""What happened to an order: who, when, what, why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commerce_orders.models.orders import Order
from commerce_orders.states import EventKind, OrderStatus, Reason
from commerce_orders.wording import WordingField


class OrderEvent(models.Model):
    """One entry of an order's timeline, written in the transaction of the change. Holds no personal data."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField(_("time"), editable=False)
    kind = models.CharField(_("what"), max_length=20, choices=EventKind)
    actor = models.CharField(_("who"), max_length=150)
    from_status = models.CharField(max_length=20, choices=OrderStatus, blank=True)
    to_status = models.CharField(max_length=20, choices=OrderStatus, blank=True)
    reason = WordingField(_("why"), blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        ordering = ["id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["order", "id"], name="order_event_timeline")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.actor}"

    @property
    def reason_label(self) -> str:
        """The reason in the reader's language; what a person or the channel said stays as it was said."""
        return str(dict(Reason.choices).get(self.reason, self.reason))
