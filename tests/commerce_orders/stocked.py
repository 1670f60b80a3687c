"""A catalogue for tests, and what it says of a product."""

from typing import Any

from django.db.models import Sum

from commerce_orders.models import Product
from commerce_orders.services.catalogue import add_alias, create_product
from commerce_orders.services.drafts import StockClaim
from commerce_orders.services.stock import settle_stock
from tests.factories import NOW


def make_product(sku: str = "SKU-1", quantity: int = 10, **values: Any) -> Product:
    return create_product(
        **{"sku": sku, "name": f"Product {sku}", "quantity": quantity, "is_active": True, "now": NOW} | values
    )


def make_alias(product: Product, sku: str) -> None:
    add_alias(product_id=product.pk, channel="amazon", sku=sku, now=NOW)


def stock(sku: str = "SKU-1") -> tuple[int, int]:
    """Units on hand, and reserved."""
    product = Product.objects.annotate(promised=Sum("reservations__reserved", default=0)).get(sku=sku)
    return product.quantity, product.promised


def settle(*claims: StockClaim, order: str = "O-1", account: str = "7") -> None:
    settle_stock({order: claims}, channel="amazon", channel_account=account, now=NOW)
