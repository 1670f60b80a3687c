"""What the page of an Amazon order says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amazon_channel.admin.pills import CONFIRMATION_TONES, request_pills, state_pill
from amazon_channel.handling import (
    buyers_reason,
    dig,
    programs_of,
    replaced_orders,
    requirements_of,
    rows_in,
    shipping_speed,
)
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.problems import problems_of
from amazon_channel.queries import notes_on
from amazon_channel.states import ACTOR, FULFILLED_BY_LABELS, UNFULFILLABLE, UNSHIPPED, ConfirmationState, status_label
from commerce_orders.admin.order_page import ship_form
from commerce_orders.admin.ship_form import ShipForm
from commerce_orders.admin.timeline import TimelineRow, note_row, timeline_rows
from commerce_orders.presentation.pills import Tone
from customers.models import Contact
from customers.services.access import VIEW_PERSONAL_DATA, reveal_contacts

RETRY = "amazon_channel.change_amazonorder"
AMOUNT_LABELS = {
    "ITEM": gettext_lazy("Items"),
    "SHIPPING": gettext_lazy("Shipping"),
    "GIFT_WRAP": gettext_lazy("Gift wrap"),
    "COD_FEE": gettext_lazy("Cash on delivery fee"),
    "TAX": gettext_lazy("Tax"),
    "DISCOUNT": gettext_lazy("Discount"),
    "DELIVERY_TIP": gettext_lazy("Delivery tip"),
    "OTHER": gettext_lazy("Other"),
}


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """One amount of the order as Amazon states it."""

    label: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One package: as recorded here, as Amazon shows it, or both."""

    reference: str
    carrier: str
    tracking_number: str
    at_amazon: str
    confirmation: ShipmentConfirmation | None
    tone: Tone
    advice: str
    may_be_sent_again: bool


def find_order(order_id: int) -> AmazonOrder:
    return get_object_or_404(AmazonOrder.objects.with_account(), pk=order_id)


def describe(
    order: AmazonOrder, *, user: User | AnonymousUser, submitted: ShipForm | None, reveal: bool, now: datetime
) -> dict[str, Any]:
    """The template's context; a ``submitted`` form that was refused is shown as it came.

    With ``reveal`` the buyer's data is decrypted and the look recorded.
    """
    marketplace = MARKETPLACES.get(order.marketplace_id)
    zone = order.account.time_zone
    contact = Contact.objects.defer("data").filter(pk=order.contact_id).first() if order.contact_id else None
    commerce_order = order.commerce_order
    is_to_cancel = commerce_order is None or commerce_order.is_to_ship
    may_see_commerce_order = user.has_perm("commerce_orders.view_order")
    problems = problems_of(order, now=now)
    details = None
    if reveal and contact is not None:
        details = reveal_contacts([contact], actor=user.get_username(), user=user, purpose="amazon_order", now=now)[
            contact.pk
        ]
    return {
        "order": order,
        "zone": zone,
        "now": now,
        "state": state_pill(order),
        "marketplace": marketplace.name if marketplace else order.marketplace_id,
        "seller_central": f"https://{marketplace.seller_central}/orders-v3/order/{order.amazon_order_id}"
        if marketplace
        else "",
        "fulfilled_by": FULFILLED_BY_LABELS.get(order.fulfilled_by, order.fulfilled_by),
        "wishes": request_pills(order),
        "is_to_ship": order.is_to_ship,
        "is_asked_to_cancel": order.buyer_wants_to_cancel and order.is_to_ship and is_to_cancel,
        "may_grant": order.status_here == UNSHIPPED
        and may_see_commerce_order
        and user.has_perm("commerce_orders.cancel_order"),
        "problems": problems,
        "is_waiting": any(problem.is_being_retried for problem in problems),
        "flags": list(flags(order)),
        "items": order.items.all(),
        "amounts": list(stated_amounts(order.payload)),
        "packages": package_rows(order),
        "timeline": timeline_of(order),
        "note_address": note_address(order, user),
        "requirements": requirements_of(order) if order.is_to_ship else [],
        "buyers_reason": buyers_reason(order),
        "replaced_orders": replaced_orders(order),
        "shipping_speed": shipping_speed(order),
        "is_unfulfillable": order.status == UNFULFILLABLE,
        "is_late": order.is_to_ship and order.ship_by is not None and order.ship_by < now,
        "is_being_read": order.read_again_at is not None and order.read_again_at <= now,
        "contact": contact,
        "details": details,
        "may_retry": user.has_perm(RETRY),
        "may_reveal": user.has_perm(VIEW_PERSONAL_DATA),
        "may_see_commerce_order": may_see_commerce_order,
        **shipping_of(
            order,
            may_ship=user.has_perm("commerce_orders.ship_order") and may_see_commerce_order,
            submitted=submitted,
            now=now,
        ),
    }


def shipping_of(order: AmazonOrder, *, may_ship: bool, submitted: ShipForm | None, now: datetime) -> dict[str, Any]:
    """The form that ships it without leaving the page, where there is something to ship."""
    commerce_order = order.commerce_order
    if not may_ship or commerce_order is None or not commerce_order.is_to_ship:
        # The form has gone with what it was refused for, such as a parcel that somebody else has shipped.
        return {"ship_form": None, "unplaced_errors": submitted.non_field_errors() if submitted else []}
    return {
        "ship_form": submitted or ship_form(commerce_order, data=None, now=now),
        "ship_address": reverse("admin:amazon_channel_amazonorder_ship_one", args=[order.pk]),
        "shipments_seen": commerce_order.shipments.count(),
    }


def kinds_of(order: AmazonOrder) -> Iterator[str]:
    """What makes it another order than most, as far as a list knows."""
    if order.is_prime:
        yield _("Prime")
    if order.is_business:
        yield _("Business order")
    if order.is_replacement:
        yield _("Replacement, free of charge")


def flags(order: AmazonOrder) -> Iterator[str]:
    yield from kinds_of(order)
    yield from programs_of(order)
    if any(dig(item, "fulfillment", "packing", "giftOption") for item in rows_in(order.payload, "orderItems")):
        yield _("Gift")
    if any(dig(item, "product", "customization") for item in rows_in(order.payload, "orderItems")):
        yield _("Customized")


def stated_amounts(payload: Any) -> Iterator[StatedAmount]:
    """The order's proceeds by category; what cannot be read is left out, since the problem says so already."""
    for breakdown in rows_in(dig(payload, "proceeds"), "breakdowns"):
        kind, money = str(breakdown.get("type", "")), dig(breakdown, "subtotal")
        try:
            amount = Decimal(str(dig(money, "amount")))
        except InvalidOperation:
            continue
        yield StatedAmount(str(AMOUNT_LABELS.get(kind, kind)), amount, str(dig(money, "currencyCode") or ""))


def package_rows(order: AmazonOrder) -> list[PackageRow]:
    """Amazon's packages and ours, matched by the reference that Amazon keeps apart packages by."""
    ours = {
        confirmation.package_reference_id: confirmation
        for confirmation in ShipmentConfirmation.objects.filter(amazon_order=order)
        .select_related("shipment")
        .order_by("id")
    }
    theirs = {str(package.get("packageReferenceId", "")): package for package in rows_in(order.payload, "packages")}
    return [_package_row(reference, ours.get(reference), theirs.get(reference)) for reference in ours | theirs]


def _package_row(reference: str, confirmation: ShipmentConfirmation | None, package: Any) -> PackageRow:
    shipment = confirmation.shipment if confirmation else None
    return PackageRow(
        reference=reference,
        carrier=shipment.carrier if shipment else str(dig(package, "carrier") or ""),
        tracking_number=shipment.tracking_number if shipment else str(dig(package, "trackingNumber") or ""),
        at_amazon=str(dig(package, "packageStatus", "status") or ""),
        confirmation=confirmation,
        tone=CONFIRMATION_TONES.get(ConfirmationState(confirmation.state), Tone.INFO) if confirmation else Tone.NEUTRAL,
        advice=confirmation.advice if confirmation else "",
        may_be_sent_again=confirmation is not None and confirmation.state == ConfirmationState.REJECTED,
    )


def note_address(order: AmazonOrder, user: User | AnonymousUser) -> str:
    """Where a note is sent to: the Commerce order has them, and until there is one this order itself."""
    if not user.has_perm("commerce_orders.ship_order"):
        return ""
    if order.commerce_order_id is None:
        return reverse("admin:amazon_channel_amazonorder_note", args=[order.pk])
    if not user.has_perm("commerce_orders.view_order"):
        return ""
    return reverse("admin:commerce_orders_order_note", args=[order.commerce_order_id])


def timeline_of(order: AmazonOrder) -> list[TimelineRow]:
    """What happened here and at Amazon, oldest first, and by whom."""
    rows = [
        TimelineRow(
            at=datetime.fromisoformat(at),
            actor=ACTOR,
            what=_("Status at Amazon"),
            to_status=status_label(status),
        )
        for at, status in order.status_changes
    ]
    if order.commerce_order is not None:
        rows += timeline_rows(order.commerce_order)
    else:
        rows += [note_row(note) for note in notes_on(order)]
    return sorted(rows, key=lambda row: row.at)
