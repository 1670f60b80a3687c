"""Shipments that Amazon refused, or took and does not show."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise

from amazon_channel.advice import advice_for
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.models.confirmations import ShipmentConfirmationQuerySet
from amazon_channel.problems.order_links import RETRY_ORDERS, VIEW_ORDERS, links_to
from amazon_channel.services.outbox import send_again
from amazon_channel.states import ConfirmationState
from amazon_channel.states import Problem as Code
from commerce_orders.problems import Problem


class ShipmentProblems:
    code = "amazon_shipments"
    view_permission = VIEW_ORDERS
    retry_permission = RETRY_ORDERS

    def reasons(self) -> Mapping[str, str | Promise]:
        return {code.value: code.label for code in (Code.SHIPMENT_REFUSED, Code.SHIPMENT_NOT_SHOWN)}

    def rows(self, reason: str, *, now: datetime, account: str = "") -> ShipmentConfirmationQuerySet:
        confirmations = ShipmentConfirmation.objects.select_related(
            "amazon_order__account", "amazon_order__commerce_order", "shipment"
        ).defer("amazon_order__payload", "amazon_order__status_changes", "amazon_order__account__encrypted_credentials")
        if reason == Code.SHIPMENT_REFUSED:
            confirmations = confirmations.refused()
        else:
            confirmations = confirmations.missing_at_amazon(now)
        return confirmations.filter(amazon_order__account=int(account)) if account else confirmations

    def rows_of_all(self, *, now: datetime) -> list[ShipmentConfirmationQuerySet]:
        return [self.rows(reason, now=now) for reason in self.reasons()]

    def since(self, reason: str) -> str:
        return "created_at" if reason == Code.SHIPMENT_REFUSED else "sent_at"

    def describe(self, rows: Sequence[ShipmentConfirmation], *, reason: str, now: datetime) -> list[Problem]:
        return [_describe(confirmation, Code(reason)) for confirmation in rows]

    def of_order(self, order: AmazonOrder, *, now: datetime) -> list[Problem]:
        problems = []
        confirmations = ShipmentConfirmation.objects.filter(amazon_order=order).select_related("shipment")
        for confirmation in confirmations.order_by("pk"):
            confirmation.amazon_order = order
            if confirmation.state == ConfirmationState.REJECTED:
                problems.append(_describe(confirmation, Code.SHIPMENT_REFUSED))
            elif confirmation.is_missing_at_amazon(now):
                problems.append(_describe(confirmation, Code.SHIPMENT_NOT_SHOWN))
        return problems

    def retry(self, rows: Sequence[ShipmentConfirmation], *, reason: str, actor: str, now: datetime) -> int:
        # Newest order first, as a pull locks them.
        ordered = sorted(rows, key=lambda confirmation: confirmation.shipment.order_id, reverse=True)
        return sum(send_again(confirmation=confirmation, actor=actor, now=now) for confirmation in ordered)


def _describe(confirmation: ShipmentConfirmation, code: Code) -> Problem:
    order = confirmation.amazon_order
    return Problem(
        key=confirmation.pk,
        reason=code.value,
        since=confirmation.refused_at or confirmation.sent_at or confirmation.created_at,
        what=str(code.label),
        detail=str(confirmation.shipment),
        words=str(confirmation.error_detail),
        advice=confirmation.advice or advice_for(code),
        about=links_to(order),
        account=order.account.name,
        zone=order.account.time_zone,
    )
