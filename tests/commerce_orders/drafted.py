"""Drafts of orders, as a sales channel would bring them."""

from decimal import Decimal
from typing import Any

from commerce_orders.models import Store
from commerce_orders.services.drafts import LineDraft, OrderDraft, PackageDraft, Totals
from commerce_orders.services.intake import Intake, create_orders
from commerce_orders.states import OrderStatus
from tests.factories import NOW


def make_draft(serial: int = 1, **changes: Any) -> OrderDraft:
    """Two lines, of 1 and 2 units at 10.00 EUR."""
    values: dict[str, Any] = {
        "channel_order_id": f"O-{serial}",
        "number": None,
        "status": OrderStatus.PROCESSING,
        "is_fulfilled_by_channel": False,
        "wants_customer": False,
        "contact_id": None,
        "buyer_email": "",
        "currency": "EUR",
        "totals": Totals(grand_total=Decimal("30.00"), subtotal=Decimal("30.00")),
        "lines": tuple(
            LineDraft(f"L-{units}", f"SKU-{units}", f"Product {units}", units, 0, Decimal(10), Decimal(10 * units))
            for units in (1, 2)
        ),
        "packages": (),
        "placed_at": NOW,
        "ship_by": NOW,
        "deliver_by": None,
    }
    return OrderDraft(**values | changes)


def make_package(reference: str = "1", **quantities: int) -> PackageDraft:
    """Quantities by line, such as ``L_1=1``."""
    units = {line.replace("_", "-"): quantity for line, quantity in quantities.items()}
    return PackageDraft(reference, "UPS", "Ground", f"TRACK-{reference}", NOW, units)


def take_in(*drafts: OrderDraft, **changes: Any) -> Intake:
    store = changes.pop("store", None) or Store.objects.get_or_create(name="Main store")[0]
    values: dict[str, Any] = {
        "store": store,
        "channel": "amazon",
        "channel_account": "7",
        "actor": "Amazon",
        "now": NOW,
    }
    return create_orders(drafts, **values | changes)
