"""Doors for the workers: load, one service call."""

from datetime import timedelta

from django.utils import timezone

from commerce_orders.services.replies import forget_replies

REPLIES_KEPT = timedelta(days=7)


def forget_old_replies() -> None:
    forget_replies(older_than=timezone.now() - REPLIES_KEPT)
