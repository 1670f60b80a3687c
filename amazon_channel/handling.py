"""What an order needs besides a label: gift wrap, signature, checks at the door, serial numbers.

Source: Orders API v2026-01-01, ``ItemPacking``, ``ItemShipping`` and ``programs``. Read from the kept payload, which
may be of any shape.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amazon_channel.models import AmazonOrder

MANDATORY = "MANDATORY"
CONSTRAINTS = {
    "signatureConfirmation": _("The recipient must sign: book a service with signature."),
    "recipientAgeVerification": _("The carrier must check the recipient's age: book a service with age check."),
    "recipientIdentityVerification": _("Only the recipient in person may take it: book a service with identity check."),
    "cashOnDelivery": _("The carrier must collect the payment on delivery."),
    "palletDelivery": _("It must be delivered on a pallet."),
}
GIFT = _("It is a gift. A message, if there is one, is shown with the buyer and address.")
SERIAL_NUMBERS = _("Amazon wants serial numbers for this order: note them before you pack.")
TRANSPARENCY = _("Amazon wants Transparency codes for this order: apply one to each unit.")
PROGRAMS = {
    "AMAZON_EASY_SHIP": _("Easy Ship: Amazon picks it up"),
    "AMAZON_HAUL": _("Amazon Haul"),
    "AMAZON_BAZAAR": _("Amazon Bazaar"),
    "DELIVERY_BY_AMAZON": _("Delivery by Amazon"),
    "FBM_SHIP_PLUS": _("Ship Plus"),
    "INVOICE_BY_AMAZON": _("Amazon writes the invoice"),
    "IN_STORE_PICK_UP": _("In-store pickup"),
    "PREMIUM": _("Premium shipping"),
    "PREORDER": _("Preorder"),
}
SPEEDS = {
    "EXPEDITED": _("Expedited"),
    "FREE_ECONOMY": _("Free economy"),
    "NEXT_DAY": _("Next day"),
    "PRIORITY": _("Priority"),
    "SAME_DAY": _("Same day"),
    "SECOND_DAY": _("Second day"),
    "SCHEDULED": _("Scheduled"),
    "STANDARD": _("Standard"),
}


def requirements_of(order: AmazonOrder) -> list[str | Promise]:
    """What whoever packs and ships must do, each once, as sentences."""
    items = rows_in(order.payload, "orderItems")
    found: list[str | Promise] = [
        words
        for constraint, words in CONSTRAINTS.items()
        if any(dig(item, "fulfillment", "shipping", "shippingConstraints", constraint) == MANDATORY for item in items)
    ]
    if any(dig(item, "fulfillment", "packing", "giftOption") for item in items):
        found.append(GIFT)
    if any(dig(item, "fulfillment", "packing", "serialNumberRequirement", "requirementType") for item in items):
        found.append(SERIAL_NUMBERS)
    if any("TRANSPARENCY" in words_in(item, "programs") for item in items):
        found.append(TRANSPARENCY)
    return found


def programs_of(order: AmazonOrder) -> Iterator[str]:
    """Amazon's special programs that have no column of their own; one that we do not know stays as it is."""
    for program in words_in(order.payload, "programs"):
        if program not in {"PRIME", "AMAZON_BUSINESS"}:
            yield str(PROGRAMS.get(program, program))


def shipping_speed(order: AmazonOrder) -> str:
    speed = str(dig(order.payload, "fulfillment", "fulfillmentServiceLevel") or "")
    return str(SPEEDS.get(speed, speed))


def buyers_reason(order: AmazonOrder) -> str:
    """Why the buyer asks to cancel, in Amazon's words."""
    reasons = (
        dig(item, "cancellation", "cancellationRequest", "cancelReason")
        for item in rows_in(order.payload, "orderItems")
    )
    return next((str(reason) for reason in reasons if reason), "")


def replaced_orders(order: AmazonOrder) -> list[str]:
    """Numbers of the orders that this one replaces."""
    return [str(number) for other in rows_in(order.payload, "associatedOrders") if (number := dig(other, "orderId"))]


def dig(part: Any, *names: str) -> Any:
    """A value deep in Amazon's JSON; ``None`` where the way to it ends."""
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return part


def rows_in(part: Any, name: str) -> list[dict[str, Any]]:
    rows = dig(part, name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def words_in(part: Any, name: str) -> list[str]:
    words = dig(part, name)
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
