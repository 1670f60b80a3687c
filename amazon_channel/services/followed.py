"""A Commerce order beside the version of its Amazon order that was read now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from amazon_channel import states
from amazon_channel.mapping.drafts import Held
from amazon_channel.mapping.orders import ItemReading, OrderReading
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment
from commerce_orders.states import EventKind, OrderStatus


@dataclass(slots=True)
class Followed:
    """An order with the version of it that Amazon sent now.

    ``amazon_order`` is the mirror as it was stored before. ``problem`` is what a later version heals; ``conflict``
    what only a person settles, kept from earlier versions while it is true. ``events`` are written at the end.
    """

    amazon_order: AmazonOrder
    order: Order
    reading: OrderReading
    confirmations: list[ShipmentConfirmation]
    problem: Held | None = None
    conflict: Held | None = None
    events: list[OrderEvent] = field(default_factory=list)
    lines: dict[str, OrderLine] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = {line.channel_line_id: line for line in self.order.lines.all()}
        if self.amazon_order.conflict_code:
            self.conflict = Held(Problem(self.amazon_order.conflict_code), self.amazon_order.conflict_detail)

    def reload(self) -> None:
        """Read the order again after a package of it was adopted."""
        self.order.refresh_from_db()
        self.lines = {line.channel_line_id: line for line in self.order.lines.all()}

    def note(
        self, kind: EventKind, *, actor: str, now: datetime, reason: str = "", data: Mapping[str, Any] | None = None
    ) -> None:
        """Remember an entry of the timeline that leaves the status as it is."""
        self.events.append(
            OrderEvent(order=self.order, at=now, kind=kind, actor=actor, reason=reason, data=dict(data or {}))
        )

    def keep_as_confirmed(self, shipment: Shipment, *, reference: str, now: datetime) -> None:
        """Amazon shows the package under this reference already: it is confirmed, and never sent."""
        self.confirmations.append(
            ShipmentConfirmation.objects.create(
                amazon_order=self.amazon_order,
                shipment=shipment,
                package_reference_id=reference,
                state=ConfirmationState.CONFIRMED,
                ship_by=self.reading.ship_by,
                not_before=now,
                created_at=now,
                confirmed_at=now,
            )
        )

    @property
    def is_canceled_at_amazon(self) -> bool:
        return self.reading.status == states.CANCELLED

    @property
    def is_understood(self) -> bool:
        """Whether Amazon's status says what an order that is ours should be; others are watched only."""
        return states.is_understood(
            self.reading.status, self.reading.fulfilled_by, by_amazon=self.order.is_fulfilled_by_channel
        )

    @property
    def is_said_anew(self) -> bool:
        """Whether Amazon said something else of status or shipper until now."""
        before = (self.amazon_order.status, self.amazon_order.fulfilled_by)
        return before != (self.reading.status, self.reading.fulfilled_by)

    @property
    def was_understood(self) -> bool:
        """As ``is_understood``, of the version that was stored before."""
        row = self.amazon_order
        return states.is_understood(row.status, row.fulfilled_by, by_amazon=self.order.is_fulfilled_by_channel)

    @property
    def items(self) -> Iterable[ItemReading]:
        """Amazon's items; none of an order that it canceled, whose quantities it may leave as they were."""
        return () if self.is_canceled_at_amazon else self.reading.items

    @property
    def takes_stock(self) -> bool:
        return not self.order.is_fulfilled_by_channel and any(line.product_id for line in self.lines.values())

    @property
    def units_shipped(self) -> int:
        return sum(line.quantity_shipped for line in self.lines.values())

    @property
    def units_to_ship(self) -> int:
        return sum(line.quantity_to_ship for line in self.lines.values())

    @property
    def units_canceled_late(self) -> int:
        return sum(line.quantity_canceled_late for line in self.lines.values())

    @property
    def units_beyond(self) -> int:
        """Units that Amazon wants and the Commerce order, which is closed, does not have."""
        if self.order.is_open or self.order.is_fulfilled_by_channel or self.reading.status not in states.VERIFIED:
            return 0
        return self._units_missing()

    @property
    def units_left_at_amazon(self) -> int:
        """Units that are still to leave: Amazon shows a package some time after we shipped it."""
        if self.reading.status not in states.TO_SHIP:
            return 0
        return self._units_missing()

    def _units_missing(self) -> int:
        missing = 0
        for item in self.reading.items:
            line = self.lines.get(item.order_item_id)
            left = max(item.quantity_shipped, line.quantity_shipped if line else 0)
            missing += max(item.quantity_ordered - left, 0)
        return missing

    @property
    def is_reopened(self) -> bool:
        return self.order.status == OrderStatus.CANCELED and self.reading.status in states.VERIFIED
