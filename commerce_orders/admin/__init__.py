from commerce_orders.admin.orders import OrderAdmin
from commerce_orders.admin.products import ProductAdmin
from commerce_orders.admin.tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "OrderAdmin", "ProductAdmin"]
