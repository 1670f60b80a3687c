"""A clock that was ahead and was set back.

Leases, pauses and next attempts are moments by the clock of their time. Without this all of them would last until the
clock is there once more, and nothing would complain: what is judged by its age would be younger than now.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import F

# Every column that something waits for, or whose age says that something stands still.
WAITED_FOR: Mapping[str, tuple[str, ...]] = {
    "amazon_channel.AccessToken": ("asked_until", "good_until"),
    "amazon_channel.Alert": ("claimed_until",),
    "amazon_channel.AmazonOrder": ("read_again_at",),
    "amazon_channel.CancellationRequest": ("not_before",),
    "amazon_channel.ConnectionTest": ("started_at",),
    "amazon_channel.DayCount": ("counted_to",),
    "amazon_channel.OrderAudit": ("not_before",),
    "amazon_channel.PullState": ("leased_until", "not_before", "pulled_at", "succeeded_at"),
    "amazon_channel.RateBudget": ("refilled_at", "resumes_at"),
    "amazon_channel.ReadingWindow": ("not_before",),
    "amazon_channel.Reconciliation": ("leased_until", "not_before"),
    "amazon_channel.ShipmentConfirmation": ("not_before",),
    "commerce_orders.DocumentJob": ("progressed_at",),
    "commerce_orders.ShipmentUpload": ("progressed_at",),
    "commerce_orders.WebhookDelivery": ("not_before",),
    "commerce_orders.WebhookEndpoint": ("mail_claimed_until", "not_before", "sending_until"),
}


def take_back_waits(by: timedelta, *, now: datetime) -> None:
    """Move everything that is waited for, and still to come, nearer by ``by``."""
    for label, columns in WAITED_FOR.items():
        rows = apps.get_model(label)._base_manager
        for column in columns:
            rows.filter(**{f"{column}__gt": now}).update(**{column: F(column) - by})
