"""A second sales channel, kept in memory: what commerce orders do must not depend on Amazon."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import pytest

from commerce_orders import channels
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
from tests.commerce_orders.drafted import make_draft, take_in


class Bazaar:
    """Remembers what it was told."""

    code = "bazaar"
    name = "Bazaar"
    other_carrier = "Other"
    buyers_cancel_reason = "regret"
    settle_permission = "commerce_orders.ship_order"

    def __init__(self) -> None:
        self.cancellations: list[int] = []
        self.shipments: list[int] = []
        self.corrections: list[int] = []
        self.held_because = ""
        self.settled: list[int] = []

    def carriers(self, order: Order) -> Sequence[Carrier]:
        return [Carrier("UPS", "UPS"), Carrier("GLS", "General Logistics"), Carrier("Other", "Other")]

    def carrier_books(self, orders: Sequence[Order]) -> dict[int, CarrierBook]:
        return {order.pk: CarrierBook(self.carriers(order), self.other_carrier) for order in orders}

    def accounts(self) -> Sequence[ChannelAccount]:
        return [ChannelAccount("bazaar", "7", "Bazaar stall", "Main store")]

    def warnings(self, order: Order) -> Sequence[str]:
        return []

    def hold(self, order: Order) -> str:
        return self.held_because

    def conflict(self, order: Order) -> ChannelConflict | None:
        return None

    def settle_conflict(self, order: Order, *, actor: str, now: datetime) -> None:
        self.settled.append(order.pk)

    def shipment_recorded(self, *, shipment: Shipment, now: datetime) -> None:
        self.shipments.append(shipment.pk)

    def shipment_corrected(self, *, shipment: Shipment, now: datetime) -> None:
        self.corrections.append(shipment.pk)

    def cancel_reasons(self, order: Order) -> Sequence[CancelReason]:
        return [CancelReason("sold_out", "Sold out"), CancelReason("regret", "The buyer changed their mind")]

    def cancellation_requested(self, *, cancellation: Cancellation, now: datetime) -> None:
        self.cancellations.append(cancellation.pk)

    def catalogue_changed(self, *, skus: Collection[str], now: datetime) -> None:
        """Nothing waits here for a SKU."""

    def shipment_statuses(self, shipments: Sequence[Shipment]) -> dict[int, ChannelStatus]:
        return {}

    def notes(self, order: Order) -> Sequence[ChannelNote]:
        return []

    def time_zones(self, orders: Sequence[Order]) -> dict[int, str]:
        return {}

    def document_styles(self, orders: Sequence[Order]) -> dict[int, DocumentStyle]:
        return {order.pk: DocumentStyle(seller="Bazaar") for order in orders}

    def order_address(self, order: Order) -> str:
        return ""


@pytest.fixture
def bazaar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bazaar]:
    channel = Bazaar()
    monkeypatch.setitem(channels._channels, channel.code, channel)
    yield channel


def make_bazaar_order(serial: int = 1, *, channel: str = Bazaar.code, **changes: object) -> Order:
    """An order of 1 and 2 units."""
    intake = take_in(make_draft(serial, **changes), channel=channel)
    return Order.objects.get(pk=intake.created[f"O-{serial}"])
