"""Amazon as a sales channel of Commerce orders."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel import states
from amazon_channel.advice import advice_for
from amazon_channel.cancel_reasons import BUYER_CANCELED, cancel_reasons
from amazon_channel.carriers import OTHER, carriers_at
from amazon_channel.handling import requirements_of
from amazon_channel.models import AmazonOrder, SellerAccount, ShipmentConfirmation
from amazon_channel.problems import problems_of
from amazon_channel.problems.order_links import RETRY_ORDERS
from amazon_channel.queries import carrier_books, document_styles, notes_on
from amazon_channel.services.cancellations.outbox import queue_cancellation
from amazon_channel.services.following import status_in_words
from amazon_channel.services.outbox import queue_confirmation, queue_correction
from amazon_channel.services.settling import settle_conflict
from amazon_channel.services.stock import decide_again_about_skus
from amazon_channel.states import CONFLICTS, ConfirmationState, Problem
from commerce_orders.channels import (
    CancelReason,
    Carrier,
    CarrierBook,
    ChannelAccount,
    ChannelConflict,
    ChannelNote,
    ChannelStatus,
    DocumentStyle,
)
from commerce_orders.models import Cancellation, Order, Shipment
from commerce_orders.states import ChannelState

# What the order's own page shows in a place of its own.
SHOWN_ELSEWHERE = CONFLICTS | {Problem.CANCELLATION_REFUSED, Problem.UNFULFILLABLE, Problem.STATUS_UNKNOWN}
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
    settle_permission = RETRY_ORDERS

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
            if problem.reason not in SHOWN_ELSEWHERE:
                warnings.append(": ".join(filter(None, (str(problem.what), problem.detail, problem.words))))
        return [*warnings, *map(str, requirements_of(amazon_order))]

    def hold(self, order: Order) -> str:
        amazon_order = self._amazon_order(order)
        if order.is_fulfilled_by_channel or states.is_understood(
            amazon_order.status, amazon_order.fulfilled_by, by_amazon=False
        ):
            return ""
        problem = Problem.UNFULFILLABLE if amazon_order.status == states.UNFULFILLABLE else Problem.STATUS_UNKNOWN
        return f"{status_in_words(amazon_order)} {advice_for(problem)}"

    def conflict(self, order: Order) -> ChannelConflict | None:
        amazon_order = self._amazon_order(order)
        if not amazon_order.has_conflict or amazon_order.problem_since is None:
            return None
        return ChannelConflict(
            what=str(Problem(amazon_order.conflict_code).label),
            detail=str(amazon_order.conflict_detail),
            advice=advice_for(amazon_order.conflict_code),
            since=amazon_order.problem_since,
        )

    def settle_conflict(self, order: Order, *, actor: str, now: datetime) -> None:
        settle_conflict(amazon_order=self._amazon_order(order), actor=actor, now=now)

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
                detail=str(confirmation.error_detail),
                advice=confirmation.advice,
            )
            for confirmation in ShipmentConfirmation.objects.filter(shipment__in=shipments)
        }

    def notes(self, order: Order) -> Sequence[ChannelNote]:
        return notes_on(self._amazon_order(order))

    def time_zones(self, orders: Sequence[Order]) -> dict[int, str]:
        mirrored = AmazonOrder.objects.filter(commerce_order__in=orders)
        return dict(mirrored.values_list("commerce_order_id", "account__time_zone"))

    def accounts(self) -> Sequence[ChannelAccount]:
        rows = SellerAccount.objects.order_by("name").values_list("pk", "name", "store__name", "time_zone")
        return [ChannelAccount(self.code, str(pk), *others) for pk, *others in rows]

    def document_styles(self, orders: Sequence[Order]) -> dict[int, DocumentStyle]:
        return document_styles(orders)

    def order_address(self, order: Order) -> str:
        return reverse("admin:amazon_channel_amazonorder_change", args=[self._amazon_order(order).pk])

    @staticmethod
    def _amazon_order(order: Order) -> AmazonOrder:
        amazon_order: AmazonOrder = order.amazon_order
        return amazon_order
