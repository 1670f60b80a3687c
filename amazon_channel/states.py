"""Amazon's own words for orders, and what each means here.

Source: Orders API v2026-01-01, ``FulfillmentStatus`` and ``OrderFulfillment.fulfilledBy``. Amazon adds values
without notice, so texts are stored as they come and compared with these.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce_orders.wording import name_wording

CHANNEL = "amazon"  # how Commerce orders and contacts name where they came from
ACTOR = "Amazon"  # how events name who did something

PENDING_AVAILABILITY = "PENDING_AVAILABILITY"
PENDING = "PENDING"
UNSHIPPED = "UNSHIPPED"
PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
SHIPPED = "SHIPPED"
CANCELLED = "CANCELLED"
UNFULFILLABLE = "UNFULFILLABLE"

STATUS_LABELS = {
    PENDING_AVAILABILITY: _("Pending availability"),
    PENDING: _("Pending"),
    UNSHIPPED: _("Unshipped"),
    PARTIALLY_SHIPPED: _("Partially shipped"),
    SHIPPED: _("Shipped"),
    CANCELLED: _("Canceled"),
    UNFULFILLABLE: _("Unfulfillable"),
}
HELD_BY_AMAZON = frozenset({PENDING_AVAILABILITY, PENDING})
TO_SHIP = frozenset({UNSHIPPED, PARTIALLY_SHIPPED})
OPEN = HELD_BY_AMAZON | TO_SHIP
VERIFIED = TO_SHIP | {SHIPPED}
ENDED = frozenset({SHIPPED, CANCELLED})

MERCHANT = "MERCHANT"
AMAZON = "AMAZON"
FULFILLED_BY_LABELS = {MERCHANT: _("Merchant"), AMAZON: _("Amazon (FBA)")}

# Held orders are not for staff yet, and Amazon's own shipping is no work of theirs until it is done.
LISTED = ~Q(status__in=HELD_BY_AMAZON) & ~(Q(fulfilled_by=AMAZON) & ~Q(status=SHIPPED) & Q(commerce_order=None))


def status_label(status: str) -> str:
    """The translated name; a status Amazon invented later is shown as it is."""
    return str(STATUS_LABELS.get(status, status or _("Unknown")))


def status_wording(status: str) -> str:
    """The name, for a text that is stored."""
    return name_wording(STATUS_LABELS.get(status, status or _("Unknown")))


def is_understood(status: str, fulfilled_by: str, *, by_amazon: bool) -> bool:
    """Whether this says what a Commerce order should be that we ship, or Amazon."""
    return status == CANCELLED or (status in VERIFIED and fulfilled_by == (AMAZON if by_amazon else MERCHANT))


class Problem(models.TextChoices):
    """Why an order, or a shipment of it, needs a person."""

    UNREADABLE = "unreadable", _("Amazon's data cannot be read")
    DOES_NOT_ADD_UP = "does_not_add_up", _("The amounts do not add up")
    DETAILS_MISSING = "details_missing", _("Amazon has not sent all details")
    UNFULFILLABLE = "unfulfillable", _("Amazon says that the order cannot be fulfilled")
    STATUS_UNKNOWN = "status_unknown", _("Unknown Amazon status")
    NOT_STORED = "not_stored", _("The order could not be stored")
    KILLED_WORKER = "killed_worker", _("The background process stopped twice on this order")
    ORDER_NUMBER_TAKEN = "order_number_taken", _("The order number is taken")
    CUSTOMER_EMAIL_MISSING = "customer_email_missing", _("The buyer's e-mail address is missing")
    CANCELED_AFTER_SHIPMENT = "canceled_after_shipment", _("Canceled at Amazon after we shipped")
    ITEMS_CANCELED_AFTER_SHIPMENT = "items_canceled_late", _("Items canceled at Amazon after we shipped")
    REOPENED_AT_AMAZON = "reopened_at_amazon", _("Open again at Amazon, canceled here")
    ITEMS_ADDED_AFTER_COMPLETION = "items_added_late", _("Items added at Amazon to a complete order")
    SHIPMENT_REFUSED = "shipment_refused", _("Amazon refused a shipment")
    SHIPMENT_NOT_SHOWN = "shipment_not_shown", _("Amazon does not show a shipment")
    CANCELLATION_REFUSED = "cancellation_refused", _("Amazon refused a cancellation")
    CANCELLATION_UNANSWERED = "cancellation_unanswered", _("Amazon does not answer a cancellation")
    UNKNOWN_SKU = "unknown_sku", _("A SKU matches no product")


# What only a person can settle: it stays a problem until somebody says that it is done, or Amazon takes it back.
CONFLICTS = frozenset(
    {
        Problem.CANCELED_AFTER_SHIPMENT,
        Problem.ITEMS_CANCELED_AFTER_SHIPMENT,
        Problem.REOPENED_AT_AMAZON,
        Problem.ITEMS_ADDED_AFTER_COMPLETION,
    }
)
# Of such an order only the payload is kept: there is nothing to decide about.
NOT_MIRRORED = frozenset({Problem.UNREADABLE, Problem.NOT_STORED, Problem.KILLED_WORKER})


class CancellationRequestState(models.TextChoices):
    """The life of a cancellation on its way to Amazon and back."""

    WAITING = "waiting", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent, not answered yet")
    ACCEPTED = "accepted", _("Accepted by Amazon")
    REFUSED = "refused", _("Refused by Amazon")


class ConfirmationState(models.TextChoices):
    """The life of a shipment confirmation on its way to Amazon."""

    WAITING = "waiting", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent, not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed by Amazon")
    REJECTED = "rejected", _("Refused by Amazon")
    WITHDRAWN = "withdrawn", _("Needs no sending any more")


class Standing(models.TextChoices):
    """Why a seller account needs a person, most urgent first."""

    ERROR = "account_error", _("Calls to Amazon fail for an account")
    OVERDUE = "shipments_overdue", _("Amazon does not learn of shipments in time")
    STALLED = "account_stalled", _("Orders of an account are no longer being pulled")
    BEHIND = "account_behind", _("An account is read, but not up to date")
