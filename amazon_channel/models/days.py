"""What each account's days were: counted once, so that no page reads the orders for a chart."""

from django.db import models

from amazon_channel.models.accounts import SellerAccount


class OrderDay(models.Model):
    """The orders that were bought on one day of an account's own clock, of one kind of fulfilment and one currency.

    Nothing that is not in the orders: ``services.order_days`` counts whole days anew, never adds to them. Canceled
    orders, and those that Amazon still holds, are left out. ``shipped_on_time`` and ``shipped_late`` are orders all of
    which left, by when Amazon was told last; ``confirmation_times`` are the ``Durations`` from purchase until then.
    """

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="order_days", db_index=False)
    day = models.DateField()
    fulfilled_by = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    orders = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    # Wider than an order's amounts, so that no sum of a day can be too large for it.
    revenue = models.DecimalField(max_digits=20, decimal_places=4)
    shipped_on_time = models.PositiveIntegerField(default=0)
    shipped_late = models.PositiveIntegerField(default=0)
    confirmation_times = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["day", "account", "fulfilled_by", "currency"], name="one_row_per_order_day")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.fulfilled_by} {self.currency}: {self.orders}"


class DayCount(models.Model):
    """How far the days are counted. The one row is also the lock of whoever counts a day."""

    counted_to = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.counted_to}"
