"""Rows with problems, for tests."""

from datetime import datetime, timedelta
from typing import Any

from amazon_channel.models import AmazonOrder, CancellationRequest, SellerAccount, ShipmentConfirmation
from commerce_orders.models import Cancellation, Shipment
from tests.factories import NOW, make_amazon_order


def make_held_order(code: str = "does_not_add_up", *, since: datetime = NOW, **columns: Any) -> AmazonOrder:
    """An order without Commerce order, because of a problem."""
    return make_amazon_order(problem_code=code, problem_since=since, with_commerce_order=False, **columns)


def make_confirmation(
    state: str, *, order: AmazonOrder | None = None, at: datetime = NOW, **columns: Any
) -> ShipmentConfirmation:
    """A package of ``order`` that was sent, or refused, ``at`` that time."""
    order = order or make_amazon_order()
    assert order.commerce_order
    shipment = Shipment.objects.create(
        order=order.commerce_order,
        carrier_code="UPS",
        tracking_number="1Z999",
        shipped_at=at,
        origin="staff",
        recorded_by="ada",
        recorded_at=at,
    )
    return ShipmentConfirmation.objects.create(
        **{
            "amazon_order": order,
            "shipment": shipment,
            "package_reference_id": str(shipment.pk),
            "state": state,
            "not_before": at,
            "created_at": at,
            "sent_at": at if state == "sent" else None,
            "refused_at": at if state == "rejected" else None,
            "error_detail": "It does not match the expected format." if state == "rejected" else "",
        }
        | columns
    )


def make_cancellation(state: str, *, order: AmazonOrder | None = None, at: datetime = NOW) -> CancellationRequest:
    """What Amazon was asked to cancel ``at`` that time, and refused if ``state`` says so."""
    order = order or make_amazon_order()
    assert order.commerce_order
    is_refused = state == "refused"
    cancellation = Cancellation.objects.create(
        order=order.commerce_order,
        reason="NoInventory",
        state="refused" if is_refused else "requested",
        requested_by="ada",
        requested_at=at,
        answered_at=at if is_refused else None,
    )
    return CancellationRequest.objects.create(
        amazon_order=order,
        cancellation=cancellation,
        state=state,
        not_before=at + timedelta(days=1),
        created_at=at,
        answered_at=at if is_refused else None,
        error_detail="The order is shipped." if is_refused else "",
    )


def set_standing(account: SellerAccount, **columns: Any) -> None:
    """How far ``account`` is read, and what its last call said."""
    for name, value in columns.items():
        setattr(account if name.startswith("error") else account.pull_state, name, value)
    account.save()
    account.pull_state.save()
