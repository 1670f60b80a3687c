from amazon_channel.admin.accounts import SellerAccountAdmin
from amazon_channel.admin.carrier_names import CarrierSpellingAdmin
from amazon_channel.admin.order_settings import OrderSettingsAdmin
from amazon_channel.admin.orders import AmazonOrderAdmin
from amazon_channel.admin.reconciliations import ReconciliationAdmin

__all__ = [
    "AmazonOrderAdmin",
    "CarrierSpellingAdmin",
    "OrderSettingsAdmin",
    "ReconciliationAdmin",
    "SellerAccountAdmin",
]
