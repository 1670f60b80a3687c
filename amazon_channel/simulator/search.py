"""searchOrders: a live result set, read page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .listing import Listing, Position
from .marketplaces import MARKETPLACES
from .orders import Order
from .search_query import Filters

_TWO_YEARS = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Page:
    orders: list[Order]
    end: Position | None  # behind which the next page starts; None on the last page


def find_page(
    listing: Listing,
    filters: Filters,
    *,
    position: Position | None,
    size: int,
    now: datetime,
    latest: datetime,
) -> Page:
    """The next `size` orders behind `position`, oldest first.

    `latest` is now less the search delay: an order last updated after it is not yet found. The set is live: an
    order updated while a client pages has moved behind the pages it has read.
    """
    orders: list[Order] = []
    ends: list[Position] = []
    for at, order in _matches(listing, filters, position, now, latest):
        if len(orders) == size:
            return Page(orders, ends[-1])
        orders.append(order)
        ends.append(at)
    return Page(orders, None)


def is_out_of_reach(order: Order, now: datetime) -> bool:
    """Orders older than two years are not returned, except in Japan, Australia and Singapore."""
    if now - order.created_at <= _TWO_YEARS:
        return False
    marketplace = MARKETPLACES.get(order.marketplace_id)
    return marketplace is None or not marketplace.keeps_old_orders


def is_not_yet_visible(order: Order, now: datetime) -> bool:
    return order.visible_at is not None and now < order.visible_at


def _matches(
    listing: Listing, filters: Filters, position: Position | None, now: datetime, latest: datetime
) -> Iterator[tuple[Position, Order]]:
    end = latest if filters.before is None else min(filters.before, latest)
    for at, order in listing.between(filters.after, end, position):
        if (
            order.listed
            and order.last_updated_at <= latest
            and (not filters.marketplace_ids or order.marketplace_id in filters.marketplace_ids)
            and (not filters.fulfillment_statuses or order.status in filters.fulfillment_statuses)
            and (not filters.fulfilled_by or order.fulfilled_by in filters.fulfilled_by)
            and not is_not_yet_visible(order, now)
            and not is_out_of_reach(order, now)
        ):
            yield at, order
