"""Cancellations that somebody here asked for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce_orders.models.orders import Order
from commerce_orders.states import CancellationState
from commerce_orders.wording import WordingField


class Cancellation(models.Model):
    """One request to cancel a whole order. The order is canceled only once the sales channel agrees.

    ``reason`` is a code of the channel's; ``answer`` are the channel's own words when it refused.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cancellations")
    reason = models.CharField(_("reason"), max_length=60)
    state = models.CharField(_("status"), max_length=10, choices=CancellationState, default=CancellationState.REQUESTED)
    requested_by = models.CharField(_("requested by"), max_length=150)
    requested_at = models.DateTimeField(_("requested"), editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answer = WordingField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        ordering = ["id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state=CancellationState.REQUESTED), name="one_open_cancellation_per_order"
            ),
            models.CheckConstraint(
                condition=Q(state=CancellationState.REQUESTED, answered_at=None)
                | (~Q(state=CancellationState.REQUESTED) & Q(answered_at__isnull=False)),
                name="cancellation_answered_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_state_display()}"
