"""From an order that was read to the draft of a Commerce order, or the reason why there is none yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from amazon_channel import states
from amazon_channel.mapping.money import OrderMoney
from amazon_channel.mapping.orders import ItemReading, OrderReading
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models.accounts import (
    CustomerCreation,
    FbaOrders,
    ImportOrders,
    NewOrderStatus,
    OrderNumberSource,
    OrderSettings,
    UnknownSku,
)
from amazon_channel.states import Problem
from commerce_orders.models.money import ZERO, minor_unit
from commerce_orders.services.drafts import LineDraft, OrderDraft, PackageDraft, Totals
from commerce_orders.states import OrderStatus
from commerce_orders.wording import Amount, wording
from customers.models import PersonalDetails


@dataclass(frozen=True, slots=True)
class Held:
    """No draft, because of something that a person should know."""

    problem: Problem
    detail: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """No draft yet: Amazon will send what is missing, in a version or a minute."""

    missing: tuple[str, ...]


NOT_WANTED = None
Outcome = OrderDraft | Held | Waiting | None


def make_draft(
    reading: OrderReading,
    *,
    settings: OrderSettings,
    contact_id: int | None,
    details: PersonalDetails,
    products: Mapping[str, int],
) -> Outcome:
    """What should become of an order that has no Commerce order yet.

    ``details`` is what is known of buyer and recipient, also from earlier versions; ``products`` are keys by those of
    Amazon's SKUs that the catalogue knows. ``NOT_WANTED`` where the settings or the order's status ask for no
    Commerce order.
    """
    if settings.import_orders == ImportOrders.DISABLED or not reading.is_placed_on_amazon:
        return NOT_WANTED
    if reading.status not in states.STATUS_LABELS or reading.fulfilled_by not in states.FULFILLED_BY_LABELS:
        return Held(
            Problem.STATUS_UNKNOWN,
            wording(
                "Amazon says “%(status)s”, fulfilled by “%(fulfilled_by)s”. The order is kept and watched.",
                status=reading.status,
                fulfilled_by=reading.fulfilled_by or "–",
            ),
        )
    if reading.is_fulfilled_by_amazon:
        if reading.status != states.SHIPPED or settings.fba_orders == FbaOrders.IGNORE:
            return NOT_WANTED
    elif reading.status not in states.VERIFIED:
        return NOT_WANTED
    totals = reading.money.totals or (_nothing() if reading.is_replacement else None)
    missing = missing_parts(
        details,
        has_prices=totals is not None,
        has_items=reading.units_ordered > 0,
        is_fulfilled_by_amazon=reading.is_fulfilled_by_amazon,
    )
    if missing:
        return Waiting(missing)
    assert totals is not None
    if wrong := wrong_sums(reading, totals):
        return wrong
    unknown = unknown_skus(reading, products) if settings.unknown_sku == UnknownSku.HOLD else []
    if unknown:
        return Held(Problem.UNKNOWN_SKU, wording("No product matches: %(skus)s.", skus=tuple(unknown)))
    return _draft(
        reading,
        totals=totals,
        settings=settings,
        contact_id=contact_id,
        buyer_email=details.buyer_email,
        products=products,
    )


def missing_parts(
    details: PersonalDetails, *, has_prices: bool, has_items: bool, is_fulfilled_by_amazon: bool
) -> tuple[str, ...]:
    """What Amazon has yet to send before there can be a Commerce order."""
    missing = []
    if not has_prices:
        missing.append(wording("prices"))
    if not has_items:
        missing.append(wording("items"))
    if not is_fulfilled_by_amazon:
        # Amazon withholds these until it has verified the order, and gives them together.
        if not details.display_name and not details.buyer_email:
            missing.append(wording("buyer"))
        if details.address is None or not details.address.is_deliverable:
            missing.append(wording("address"))
    return tuple(missing)


def unknown_skus(reading: OrderReading, products: Mapping[str, int]) -> list[str]:
    """The SKUs of ordered items that lead to no product; an item without a SKU is named by its ASIN."""
    unknown = {
        item.sku or wording("an item without SKU (%(asin)s)", asin=item.asin or item.order_item_id)
        for item in reading.items
        if item.quantity_ordered and item.sku not in products
    }
    return sorted(unknown)


def _nothing() -> Totals:
    """A replacement costs nothing, and Amazon may leave its proceeds out."""
    return Totals(grand_total=ZERO)


def wrong_sums(reading: OrderReading, totals: Totals) -> Held | None:
    """The problem of amounts that do not make Amazon's grand total, with both figures; ``None`` where they do."""
    if reading.money.adds_up and _is_whole(totals, reading.money.currency):
        return None
    return Held(Problem.DOES_NOT_ADD_UP, _sums_in_words(reading, totals))


def line_total(money: OrderMoney, item: ItemReading) -> Decimal:
    """Amazon's ITEM proceeds; the price times the units where it states none."""
    stated = money.item_totals.get(item.order_item_id)
    return stated if stated is not None else money.unit_prices.get(item.order_item_id, ZERO) * item.quantity_ordered


def _is_whole(totals: Totals, currency: str) -> bool:
    return totals.grand_total % minor_unit(currency) == 0 if currency else True


def _sums_in_words(reading: OrderReading, totals: Totals) -> str:
    currency = reading.money.currency
    return wording(
        "Amazon states %(stated)s; its parts add up to %(computed)s.",
        stated=Amount(totals.grand_total, currency),
        computed=Amount(reading.money.sum_of_parts, currency),
    )


def _draft(
    reading: OrderReading,
    *,
    totals: Totals,
    settings: OrderSettings,
    contact_id: int | None,
    buyer_email: str,
    products: Mapping[str, int],
) -> OrderDraft:
    money = reading.money
    marketplace = MARKETPLACES.get(reading.marketplace_id)
    return OrderDraft(
        channel_order_id=reading.amazon_order_id,
        number=reading.amazon_order_id if settings.order_number_source == OrderNumberSource.AMAZON else None,
        status=_first_status(reading, settings),
        is_fulfilled_by_channel=reading.is_fulfilled_by_amazon,
        # Amazon gives no e-mail address for the orders that it ships itself.
        wants_customer=settings.customer_creation == CustomerCreation.CREATE and not reading.is_fulfilled_by_amazon,
        contact_id=contact_id,
        buyer_email=buyer_email,
        currency=money.currency or (marketplace.currency if marketplace else ""),
        totals=totals,
        lines=tuple(
            LineDraft(
                channel_line_id=item.order_item_id,
                sku=item.sku,
                name=item.title,
                quantity=item.quantity_ordered,
                quantity_shipped=_shipped(reading, item.quantity_ordered, item.quantity_shipped),
                unit_price=money.unit_prices.get(item.order_item_id),
                total=line_total(money, item),
                product_id=products.get(item.sku),
            )
            for item in reading.items
            if item.quantity_ordered  # Amazon keeps a wholly canceled item with quantity 0
        ),
        packages=tuple(
            PackageDraft(
                reference=package.reference,
                carrier_code=package.carrier,
                shipping_method=package.shipping_service,
                tracking_number=package.tracking_number,
                shipped_at=package.shipped_at or reading.last_updated_at,
                quantities=package.quantities,
            )
            for package in reading.packages
        ),
        placed_at=reading.purchased_at,
        ship_by=reading.ship_by,
        deliver_by=reading.deliver_by,
        buyer_wants_to_cancel=reading.buyer_wants_to_cancel,
    )


def _first_status(reading: OrderReading, settings: OrderSettings) -> OrderStatus:
    if reading.status == states.SHIPPED:
        return OrderStatus.COMPLETE
    if reading.status == states.PARTIALLY_SHIPPED and any(item.quantity_shipped for item in reading.items):
        return OrderStatus.PARTIALLY_SHIPPED
    if settings.new_order_status == NewOrderStatus.PENDING:
        return OrderStatus.PENDING
    return OrderStatus.PROCESSING


def _shipped(reading: OrderReading, ordered: int, shipped: int) -> int:
    return ordered if reading.status == states.SHIPPED else min(shipped, ordered)
