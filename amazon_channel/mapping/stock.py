"""What an Amazon order takes of our stock; pure."""

from collections.abc import Mapping

from amazon_channel import states
from amazon_channel.mapping.orders import OrderReading
from amazon_channel.models.accounts import OrderSettings, YesNo
from commerce_orders.services.drafts import StockClaim

NOTHING: tuple[StockClaim, ...] = ()
OVER = frozenset({states.CANCELLED, states.UNFULFILLABLE})


def stock_claims(
    reading: OrderReading, *, settings: OrderSettings, products: Mapping[str, int]
) -> tuple[StockClaim, ...] | None:
    """What an order takes for which there was no Commerce order; ``None`` leaves it as it is.

    Whoever ships takes from the stock, whether or not a Commerce order is wanted or held up. ``products`` are keys by
    those of Amazon's SKUs that the catalogue knows.
    """
    if reading.status not in states.STATUS_LABELS:
        return None
    if reading.fulfilled_by != states.MERCHANT or not reading.is_placed_on_amazon or reading.status in OVER:
        return NOTHING
    is_held = reading.status in states.HELD_BY_AMAZON
    may_reserve = not is_held or settings.reserve_pending_stock == YesNo.YES
    claims = []
    for item in reading.items:
        shipped = item.quantity_shipped
        if reading.status == states.SHIPPED:
            shipped = item.quantity_ordered
        shipped = min(shipped, item.quantity_ordered)
        claims.append(
            StockClaim(
                channel_line_id=item.order_item_id,
                product_id=products.get(item.sku),
                to_ship=item.quantity_ordered - shipped if may_reserve else 0,
                shipped=shipped,
            )
        )
    return tuple(claims)
