"""Which seller accounts need a person, though nobody switched them off, and what that person should do."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amazon_channel.gateway.errors import NEEDS_A_PERSON, advice_for
from amazon_channel.models import SellerAccount, ShipmentConfirmation
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.states import Standing

PATIENCE = timedelta(minutes=15)  # outages of Amazon's that are shorter end by themselves
PULLS_MISSED = 5
BEHIND_AFTER = timedelta(hours=6)
SHIP_BY_IS_NEAR = timedelta(hours=2)
GOOD_UNTIL = Coalesce("pull_state__succeeded_at", "created_at")
READ_UNTIL = Coalesce("pull_state__cursor", "created_at")
SINCE = {
    Standing.ERROR: "error_since",
    Standing.OVERDUE: "overdue_since",
    Standing.STALLED: "good_until",
    Standing.BEHIND: "read_until",
}
ADVICE = {
    Standing.OVERDUE: gettext_noop(
        "Check that the workers are running, and check the status of the shipments. If a ship-by date is near, "
        "confirm the shipments in Seller Central; they are not sent twice."
    ),
    Standing.STALLED: gettext_noop(
        "Check that the workers are running, and see what the account's last pulls say. Nothing is lost: the "
        "next good pull brings everything."
    ),
    Standing.BEHIND: gettext_noop(
        "Pulls succeed but lag behind: there is a long backlog, or there are more orders than Amazon's "
        "rate lets through. The account's page says how far they are; look in Seller Central for orders that are due."
    ),
}


def stalled_after() -> timedelta:
    """How long ago an account's last good pull may be."""
    return max(PATIENCE, PULLS_MISSED * timedelta(seconds=settings.AMAZON_PULL_SECONDS))


def accounts_standing(kind: Standing, now: datetime) -> SellerAccountQuerySet:
    """Those of that kind, each with when it began in the column that ``SINCE`` names."""
    find = {
        Standing.ERROR: accounts_with_error,
        Standing.OVERDUE: accounts_overdue,
        Standing.STALLED: accounts_stalled,
        Standing.BEHIND: accounts_behind,
    }[kind]
    return find(now).select_related("pull_state").defer("encrypted_credentials")


def advice_on(kind: str, error_code: str) -> str:
    """What to do, translated. ``error_code`` is what the account's calls end with."""
    if kind == Standing.ERROR:
        return advice_for(error_code) or _("Read Amazon's message and test the connection on the account's page.")
    return _(ADVICE[Standing(kind)])


def accounts_with_error(now: datetime) -> SellerAccountQuerySet:
    """Every call fails: until a person does something, or for longer than Amazon's usual hiccups."""
    return SellerAccount.objects.active().filter(_has_error(now))


def accounts_overdue(now: datetime) -> SellerAccountQuerySet:
    """What was shipped, the first of it at ``overdue_since``, waits to be told to Amazon while its ship-by comes."""
    overdue = ShipmentConfirmation.objects.overdue(now, near=SHIP_BY_IS_NEAR, patience=PATIENCE).order_by()
    first = overdue.filter(amazon_order__account=OuterRef("pk")).order_by("created_at").values("created_at")[:1]
    return (
        SellerAccount.objects.active()
        .filter(pk__in=overdue.values("amazon_order__account"))
        .annotate(overdue_since=Subquery(first))
    )


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


def accounts_lagging(now: datetime) -> SellerAccountQuerySet:
    """Those whose orders here may not be what Amazon has by now, whatever keeps them."""
    return (
        SellerAccount.objects.active()
        .annotate(good_until=GOOD_UNTIL, read_until=READ_UNTIL)
        .filter(_has_error(now) | Q(good_until__lte=now - stalled_after()) | Q(read_until__lte=now - BEHIND_AFTER))
    )


def _has_error(now: datetime) -> Q:
    lasts = Q(error_since__isnull=False, error_since__lte=now - PATIENCE)
    return Q(error_code__in=NEEDS_A_PERSON) | (~Q(error_code="") & lasts)


def _is_waiting(now: datetime) -> Q:
    """Amazon said when to ask again, and that time is not long over."""
    return Q(pull_state__not_before__isnull=False, pull_state__not_before__gt=now - stalled_after())
