"""Amazon as a sales channel of Commerce orders."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel import states
from amazon_channel.cancel_reasons import BUYER_CANCELED, cancel_reasons
from amazon_channel.carriers import OTHER, carriers_at
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.problems import problems_of
from amazon_channel.queries import carrier_books
from amazon_channel.services.cancellations import queue_cancellation
from amazon_channel.services.outbox import queue_confirmation, queue_correction
from amazon_channel.services.stock import decide_again_about_skus
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.channels import CancelReason, Carrier, CarrierBook, ChannelStatus
from commerce_orders.models import Cancellation, Order, Shipment
from commerce_orders.states import ChannelState

CHANNEL_STATES = {
    ConfirmationState.WAITING: ChannelState.WAITING,
    ConfirmationState.SENDING: ChannelState.WAITING,
    ConfirmationState.SENT: ChannelState.SENT,
    ConfirmationState.CONFIRMED: ChannelState.CONFIRMED,
    ConfirmationState.REJECTED: ChannelState.REFUSED,
    ConfirmationState.WITHDRAWN: ChannelState.WITHDRAWN,
}


class AmazonChannel:
    code = states.CHANNEL
    other_carrier = OTHER
    buyers_cancel_reason = BUYER_CANCELED

    @property
    def name(self) -> str:
        return _("Amazon")

    def carriers(self, order: Order) -> Sequence[Carrier]:
        return carriers_at(self._amazon_order(order).marketplace_id)

    def carrier_books(self, orders: Sequence[Order]) -> dict[int, CarrierBook]:
        return carrier_books(orders)

    def warnings(self, order: Order) -> Sequence[str]:
        amazon_order = AmazonOrder.objects.with_account().get(commerce_order=order)
        warnings = []
        for problem in problems_of(amazon_order, now=timezone.now()):
            if problem.reason != Problem.CANCELLATION_REFUSED:  # which the order's own page shows
                warnings.append(f"{problem.what}. {problem.detail} {problem.words}".strip())
        return warnings

    def shipment_recorded(self, *, shipment: Shipment, now: datetime) -> None:
        queue_confirmation(shipment=shipment, amazon_order=self._amazon_order(shipment.order), now=now)

    def catalogue_changed(self, *, skus: Collection[str], now: datetime) -> None:
        decide_again_about_skus(skus=skus)

    def cancel_reasons(self, order: Order) -> Sequence[CancelReason]:
        return cancel_reasons()

    def cancellation_requested(self, *, cancellation: Cancellation, now: datetime) -> None:
        queue_cancellation(cancellation=cancellation, amazon_order=self._amazon_order(cancellation.order), now=now)

    def shipment_corrected(self, *, shipment: Shipment, now: datetime) -> None:
        queue_correction(shipment=shipment, amazon_order=self._amazon_order(shipment.order), now=now)

    def shipment_statuses(self, shipments: Sequence[Shipment]) -> dict[int, ChannelStatus]:
        return {
            confirmation.shipment_id: ChannelStatus(
                state=CHANNEL_STATES[ConfirmationState(confirmation.state)],
                detail=confirmation.error_detail,
                advice=confirmation.advice,
                changed_at=confirmation.confirmed_at or confirmation.sent_at,
            )
            for confirmation in ShipmentConfirmation.objects.filter(shipment__in=shipments)
        }

    def time_zones(self, orders: Sequence[Order]) -> dict[int, str]:
        mirrored = AmazonOrder.objects.filter(commerce_order__in=orders)
        return dict(mirrored.values_list("commerce_order_id", "account__time_zone"))

    def order_address(self, order: Order) -> str:
        return reverse("admin:amazon_channel_amazonorder_change", args=[self._amazon_order(order).pk])

    @staticmethod
    def _amazon_order(order: Order) -> AmazonOrder:
        amazon_order: AmazonOrder = order.amazon_order
        return amazon_order
