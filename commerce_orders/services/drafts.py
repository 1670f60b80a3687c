"""A sales channel's order in our words, on its way to becoming a Commerce order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commerce_orders.models.money import ZERO
from commerce_orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class LineDraft:
    """``total`` is for all units, ``unit_price`` for one; both in the order's currency.

    ``product_id`` is empty where the catalogue does not know the SKU.
    """

    channel_line_id: str
    sku: str
    name: str
    quantity: int
    quantity_shipped: int
    unit_price: Decimal | None
    total: Decimal
    product_id: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts in the order's currency. ``discount`` is positive and is taken off."""

    grand_total: Decimal
    subtotal: Decimal = ZERO
    shipping: Decimal = ZERO
    gift_wrap: Decimal = ZERO
    tax: Decimal = ZERO
    other: Decimal = ZERO
    discount: Decimal = ZERO

    @property
    def sum_of_parts(self) -> Decimal:
        return self.subtotal + self.shipping + self.gift_wrap + self.tax + self.other - self.discount


@dataclass(frozen=True, slots=True)
class PackageDraft:
    """A package that left before we knew the order; ``quantities`` is units by channel line id."""

    reference: str
    carrier_code: str
    shipping_method: str
    tracking_number: str
    shipped_at: datetime
    quantities: dict[str, int]


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """``number`` is ``None`` for a number of our own; ``contact_id`` is the key of a stored contact."""

    channel_order_id: str
    number: str | None
    status: OrderStatus
    is_fulfilled_by_channel: bool
    wants_customer: bool
    contact_id: int | None
    buyer_email: str
    currency: str
    totals: Totals
    lines: tuple[LineDraft, ...]
    packages: tuple[PackageDraft, ...]
    placed_at: datetime
    ship_by: datetime | None
    deliver_by: datetime | None
    buyer_wants_to_cancel: bool = False


@dataclass(frozen=True, slots=True)
class StockClaim:
    """What one line of a channel's order takes of a product, in all: units that are still to leave, and that left."""

    channel_line_id: str
    product_id: int | None
    to_ship: int
    shipped: int
