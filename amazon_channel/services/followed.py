"""A Commerce order beside the version of its Amazon order that was read now."""

from dataclasses import dataclass, field

from amazon_channel.mapping.drafts import Held
from amazon_channel.mapping.orders import OrderReading
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from commerce_orders.models import Order, OrderLine


@dataclass(slots=True)
class Followed:
    """An order with the version of it that Amazon sent now."""

    amazon_order: AmazonOrder
    order: Order
    reading: OrderReading
    confirmations: list[ShipmentConfirmation]
    problem: Held | None = None
    lines: dict[str, OrderLine] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = {line.channel_line_id: line for line in self.order.lines.all()}

    def reload(self) -> None:
        """Read the order again after a package of it was adopted."""
        self.order.refresh_from_db()
        self.lines = {line.channel_line_id: line for line in self.order.lines.all()}

    @property
    def takes_stock(self) -> bool:
        return not self.order.is_fulfilled_by_channel and any(line.product_id for line in self.lines.values())

    @property
    def units_shipped(self) -> int:
        return sum(line.quantity_shipped for line in self.lines.values())

    @property
    def units_to_ship(self) -> int:
        return sum(line.quantity_to_ship for line in self.lines.values())
