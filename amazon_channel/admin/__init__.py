from amazon_channel.admin.accounts import SellerAccountAdmin
from amazon_channel.admin.order_settings import OrderSettingsAdmin
from amazon_channel.admin.orders import AmazonOrderAdmin

__all__ = ["AmazonOrderAdmin", "OrderSettingsAdmin", "SellerAccountAdmin"]
