"""Rows for tests, as plain functions. Orders are what ``pull`` would have stored."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from amazon_channel.models import AmazonOrder, AmazonOrderItem, OrderSettings, PullState, Reconciliation, SellerAccount
from amazon_channel.models.accounts import Credentials
from commerce_orders.models import Order, OrderEvent, OrderLine, Store
from commerce_orders.states import FINAL, EventKind, OrderStatus
from customers.models import Contact, PersonalDetails, PostalAddress

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
US = "ATVPDKIKX0DER"
_serial = itertools.count(1)


def make_account(*, name: str = "", region: str = "na", marketplaces: tuple[str, ...] = (US,)) -> SellerAccount:
    store, _ = Store.objects.get_or_create(name="Main store")
    account = SellerAccount(
        name=name or f"Account {next(_serial)}",
        region=region,
        marketplaces=list(marketplaces),
        store=store,
        created_at=NOW,
    )
    account.credentials = Credentials(
        client_id="amzn1.application-oa2-client.demo",
        client_secret="amzn1.oa2-cs.v1.demo",
        refresh_token="Atzr|demo",
    )
    account.save()
    OrderSettings.objects.create(account=account)
    PullState.objects.create(account=account)
    return account


def make_reconciliation(account: SellerAccount, **columns: Any) -> Reconciliation:
    """A nightly one of three days, done; it is unfinished with ``finished_at=None`` and an ``outcome``."""
    return Reconciliation.objects.create(
        **{
            "account": account,
            "occasion": "nightly",
            "since": NOW - timedelta(days=3),
            "until": NOW - timedelta(minutes=2),
            "marketplaces": account.marketplaces,
            "place": {},
            "started_at": NOW - timedelta(minutes=1),
            "finished_at": NOW,
            "outcome": "done",
        }
        | columns
    )


def make_contact(*, name: str = "Ada Lovelace", email: str = "ada@marketplace.amazon.com") -> Contact:
    details = PersonalDetails(
        buyer_name=name,
        buyer_email=email,
        address=PostalAddress(
            name=name,
            lines=("1 Main Street",),
            city="Seattle",
            region="WA",
            postal_code="98101",
            country_code="US",
            phone="+1 206 555 0100",
        ),
    )
    contact = Contact(origin="amazon", created_at=NOW).fill(details)
    contact.save()
    return contact


def make_amazon_order(
    *,
    account: SellerAccount | None = None,
    status: str = "UNSHIPPED",
    fulfilled_by: str = "MERCHANT",
    quantities: tuple[int, ...] = (1, 2),
    contact: Contact | None = None,
    with_commerce_order: bool = True,
    **columns: Any,
) -> AmazonOrder:
    """An order of one item per quantity, each unit at 10.00 USD, with its Commerce order."""
    account = account or make_account()
    serial = next(_serial)
    order = AmazonOrder.objects.create(
        **{
            "account": account,
            "amazon_order_id": f"111-{serial:07d}-{serial:07d}",
            "marketplace_id": US,
            "status": status,
            "fulfilled_by": fulfilled_by,
            "purchased_at": NOW - timedelta(hours=2),
            "last_updated_at": NOW - timedelta(hours=1),
            "ship_by": NOW + timedelta(days=1),
            "deliver_by": NOW + timedelta(days=4),
            "currency": "USD",
            "grand_total": Decimal(10 * sum(quantities)),
            "units_ordered": sum(quantities),
            "units_to_ship": sum(quantities),
            "contact": contact or make_contact(),
            "payload": {},
            "content_hash": "",
            "first_seen_at": NOW,
            "stored_at": NOW,
        }
        | columns
    )
    AmazonOrderItem.objects.bulk_create(
        AmazonOrderItem(
            order=order,
            order_item_id=f"{serial}{position:04d}",
            sku=f"SKU-{position}",
            asin=f"B0{position:08d}",
            title=f"Product {position}",
            quantity_ordered=quantity,
            unit_price=Decimal(10),
            item_total=Decimal(10 * quantity),
        )
        for position, quantity in enumerate(quantities, start=1)
    )
    if with_commerce_order:
        order.commerce_order = make_commerce_order(amazon_order=order)
        order.save(update_fields=["commerce_order"])
    return order


def make_commerce_order(
    *, amazon_order: AmazonOrder, status: OrderStatus = OrderStatus.PROCESSING, **columns: Any
) -> Order:
    order = Order.objects.create(
        **{
            "number": f"{100_000_000 + next(_serial)}",
            "store": amazon_order.account.store,
            "status": status,
            "channel": "amazon",
            "channel_account": amazon_order.account.reference,
            "channel_order_id": amazon_order.amazon_order_id,
            "is_fulfilled_by_channel": amazon_order.is_fulfilled_by_amazon,
            "is_guest": True,
            "contact": amazon_order.contact,
            "currency": amazon_order.currency,
            "subtotal": amazon_order.grand_total,
            "shipping": 0,
            "gift_wrap": 0,
            "tax": 0,
            "other": 0,
            "discount": 0,
            "grand_total": amazon_order.grand_total,
            "placed_at": amazon_order.purchased_at,
            "ship_by": amazon_order.ship_by,
            "deliver_by": amazon_order.deliver_by,
            "buyer_wants_to_cancel": amazon_order.buyer_wants_to_cancel,
            "created_at": NOW,
            "updated_at": NOW,
            "closed_at": NOW if status in FINAL else None,
        }
        | columns
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            channel_line_id=item.order_item_id,
            sku=item.sku,
            name=item.title,
            quantity=item.quantity_ordered,
            unit_price=item.unit_price,
            total=item.item_total or 0,
        )
        for item in amazon_order.items.all()
    )
    OrderEvent.objects.create(order=order, at=NOW, kind=EventKind.CREATED, actor="pull", to_status=status)
    return order
