"""Which seller accounts do not get their orders, though nobody switched them off."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce

from amazon_channel.gateway.errors import NEEDS_A_PERSON
from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import SellerAccountQuerySet

PATIENCE = timedelta(minutes=15)  # outages of Amazon's that are shorter end by themselves
PULLS_MISSED = 5
BEHIND_AFTER = timedelta(hours=6)
GOOD_UNTIL = Coalesce("pull_state__succeeded_at", "created_at")
READ_UNTIL = Coalesce("pull_state__cursor", "created_at")


def stalled_after() -> timedelta:
    """How long ago an account's last good pull may be."""
    return max(PATIENCE, PULLS_MISSED * timedelta(seconds=settings.AMAZON_PULL_SECONDS))


def accounts_with_error(now: datetime) -> SellerAccountQuerySet:
    """Every call fails: until a person does something, or for longer than Amazon's usual hiccups."""
    return SellerAccount.objects.active().filter(_has_error(now))


def accounts_stalled(now: datetime) -> SellerAccountQuerySet:
    """No good pull since ``good_until``, and Amazon did not ask to wait."""
    return (
        SellerAccount.objects.active()
        .annotate(good_until=GOOD_UNTIL)
        .filter(~_has_error(now), ~_is_waiting(now), good_until__lte=now - stalled_after())
    )


def accounts_behind(now: datetime) -> SellerAccountQuerySet:
    """Pulls go well or wait for Amazon's budget, but ``read_until``, to which orders are read, stays far behind."""
    return (
        SellerAccount.objects.active()
        .annotate(good_until=GOOD_UNTIL, read_until=READ_UNTIL)
        .filter(
            _is_waiting(now) | Q(good_until__gt=now - stalled_after()),
            ~_has_error(now),
            read_until__lte=now - BEHIND_AFTER,
        )
    )


def _has_error(now: datetime) -> Q:
    lasts = Q(error_since__isnull=False, error_since__lte=now - PATIENCE)
    return Q(error_code__in=NEEDS_A_PERSON) | (~Q(error_code="") & lasts)


def _is_waiting(now: datetime) -> Q:
    """Amazon said when to ask again, and that time is not long over."""
    return Q(pull_state__not_before__isnull=False, pull_state__not_before__gt=now - stalled_after())
