"""Orders of a sales channel become Commerce orders, many at once and each only once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from commerce_orders.models import Order, OrderLine, Shipment, ShipmentLine, Store
from commerce_orders.services.change_times import change_time
from commerce_orders.services.drafts import LineDraft, OrderDraft
from commerce_orders.services.numbers import take_order_numbers
from commerce_orders.services.timeline import Entry, write_entries
from commerce_orders.services.webhooks.outbox import Subject
from commerce_orders.states import FINAL, EventKind, ShipmentOrigin
from commerce_orders.wording import wording
from customers.services.customers import find_or_create_customers
from project.bulk import Row, insert_rows
from project.checkpoints import checkpoint

FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a draft made no order: a stable code, and words for staff."""

    code: str
    detail: str


@dataclass(slots=True)
class Intake:
    """What became of each draft: keys of orders, by channel order id; of shipments, also by package reference."""

    created: dict[str, int] = field(default_factory=dict)
    existing: dict[str, int] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    shipments: dict[tuple[str, str], int] = field(default_factory=dict)


def create_orders(
    drafts: Sequence[OrderDraft],
    *,
    store: Store,
    channel: str,
    channel_account: str,
    actor: str,
    now: datetime,
) -> Intake:
    """Make one Commerce order per draft, with its lines, customer and first event, in one transaction.

    A draft whose order exists already makes none (``existing``); one that cannot be made is ``refused`` and does
    not stop the others. The number of statements does not depend on the number of drafts. The stock is left to the
    caller, who settles it (``services.stock``) for all that its transaction did.
    """
    intake = Intake()
    if not drafts:
        return intake
    with transaction.atomic():
        new = _sort_out(drafts, intake, channel=channel, channel_account=channel_account)
        if new:
            same = {"store_id": store.pk, "channel": channel, "channel_account": channel_account}
            intake.created, numbers = _insert_orders(new, same, now=now)
            checkpoint("CP_ORDERS_WRITTEN")
            line_ids = _insert_lines(new, intake.created)
            checkpoint("CP_LINES_WRITTEN")
            _write_entries(new, intake.created, numbers, channel=channel, actor=actor, now=now)
            intake.shipments = _insert_packages(new, intake.created, line_ids, actor=actor, now=now)
    return intake


def _sort_out(drafts: Sequence[OrderDraft], intake: Intake, *, channel: str, channel_account: str) -> list[OrderDraft]:
    """Leave the drafts that make a new order; the others go to ``intake`` with what is known of them."""
    intake.existing = dict(
        Order.objects.of_channel(channel=channel, channel_account=channel_account)
        .filter(channel_order_id__in=[draft.channel_order_id for draft in drafts])
        .values_list("channel_order_id", "pk")
    )
    new = [draft for draft in drafts if draft.channel_order_id not in intake.existing]
    intake.refused = find_refusals(new)
    return [draft for draft in new if draft.channel_order_id not in intake.refused]


def find_refusals(drafts: Sequence[OrderDraft]) -> dict[str, Refusal]:
    """The drafts that cannot become orders, by channel order id; writes nothing."""
    wanted = [draft.number for draft in drafts if draft.number is not None]
    taken = set(Order.objects.filter(number__in=wanted).values_list("number", flat=True)) if wanted else set()
    refused = {}
    for draft in drafts:
        if draft.number in taken:
            refused[draft.channel_order_id] = Refusal(
                "order_number_taken",
                wording("Another order already has the number %(number)s.", number=draft.number or ""),
            )
        elif draft.wants_customer and not draft.buyer_email:
            refused[draft.channel_order_id] = Refusal(
                "customer_email_missing",
                wording("A customer cannot be found or created without the buyer's e-mail address."),
            )
    return refused


def _insert_orders(drafts: Sequence[OrderDraft], same: Row, *, now: datetime) -> tuple[dict[str, int], dict[str, str]]:
    """Keys and numbers of the orders, by channel order id."""
    customers = find_or_create_customers(
        {draft.contact_id: draft.buyer_email for draft in drafts if draft.wants_customer and draft.contact_id},
        now=now,
    )
    updated_at = change_time(now)
    own_numbers = iter(take_order_numbers(sum(draft.number is None for draft in drafts)))
    numbers = {draft.channel_order_id: draft.number or next(own_numbers) for draft in drafts}
    keys = insert_rows(
        Order,
        [
            {
                **same,
                "number": numbers[draft.channel_order_id],
                "status": draft.status.value,
                "channel_order_id": draft.channel_order_id,
                "is_fulfilled_by_channel": draft.is_fulfilled_by_channel,
                "is_guest": not draft.wants_customer,
                "customer_id": customers[draft.contact_id] if draft.wants_customer and draft.contact_id else None,
                "contact_id": draft.contact_id,
                "currency": draft.currency,
                "subtotal": draft.totals.subtotal,
                "shipping": draft.totals.shipping,
                "gift_wrap": draft.totals.gift_wrap,
                "tax": draft.totals.tax,
                "other": draft.totals.other,
                "discount": draft.totals.discount,
                "grand_total": draft.totals.grand_total,
                "placed_at": draft.placed_at,
                "ship_by": draft.ship_by,
                "deliver_by": draft.deliver_by,
                "buyer_wants_to_cancel": draft.buyer_wants_to_cancel,
                "created_at": now,
                "updated_at": updated_at,
                "closed_at": now if draft.status in FINAL else None,
            }
            for draft in drafts
        ],
    )
    return {draft.channel_order_id: key for draft, key in zip(drafts, keys, strict=True)}, numbers


def _insert_lines(drafts: Sequence[OrderDraft], orders: dict[str, int]) -> dict[tuple[str, str], int]:
    """Keys of the lines, by channel order id and channel line id."""
    lines: list[tuple[str, LineDraft]] = [(draft.channel_order_id, line) for draft in drafts for line in draft.lines]
    keys = insert_rows(
        OrderLine,
        [
            {
                "order_id": orders[order_id],
                "channel_line_id": line.channel_line_id,
                "sku": line.sku,
                "name": line.name,
                "product_id": line.product_id,
                "quantity": line.quantity,
                "quantity_shipped": line.quantity_shipped,
                "unit_price": line.unit_price,
                "total": line.total,
            }
            for order_id, line in lines
        ],
    )
    return {(order_id, line.channel_line_id): key for (order_id, line), key in zip(lines, keys, strict=True)}


def _write_entries(
    drafts: Sequence[OrderDraft],
    orders: dict[str, int],
    numbers: dict[str, str],
    *,
    channel: str,
    actor: str,
    now: datetime,
) -> None:
    write_entries(
        [
            Entry(
                order_id=orders[draft.channel_order_id],
                subject=Subject(
                    channel, draft.channel_order_id, numbers[draft.channel_order_id], draft.status.value, FIRST_VERSION
                ),
                at=now,
                kind=EventKind.CREATED,
                actor=actor,
                to_status=draft.status.value,
            )
            for draft in drafts
        ]
    )


def _insert_packages(
    drafts: Sequence[OrderDraft],
    orders: dict[str, int],
    line_ids: dict[tuple[str, str], int],
    *,
    actor: str,
    now: datetime,
) -> dict[tuple[str, str], int]:
    packages = [(draft.channel_order_id, package) for draft in drafts for package in draft.packages]
    keys = insert_rows(
        Shipment,
        [
            {
                "order_id": orders[order_id],
                "carrier_code": package.carrier_code,
                "shipping_method": package.shipping_method,
                "tracking_number": package.tracking_number,
                "shipped_at": package.shipped_at,
                "origin": ShipmentOrigin.CHANNEL.value,
                "recorded_by": actor,
                "recorded_at": now,
            }
            for order_id, package in packages
        ],
    )
    insert_rows(
        ShipmentLine,
        [
            {"shipment_id": key, "line_id": line_ids[order_id, line_id], "quantity": quantity}
            for key, (order_id, package) in zip(keys, packages, strict=True)
            for line_id, quantity in package.quantities.items()
            if quantity and (order_id, line_id) in line_ids
        ],
    )
    return {(order_id, package.reference): key for (order_id, package), key in zip(packages, keys, strict=True)}
