from amazon_channel.models.accounts import OrderSettings, PullState, RateBudget, SellerAccount, SyncRun
from amazon_channel.models.cancellations import CancellationRequest
from amazon_channel.models.confirmations import ShipmentConfirmation
from amazon_channel.models.orders import AmazonOrder, AmazonOrderItem

__all__ = [
    "AmazonOrder",
    "AmazonOrderItem",
    "CancellationRequest",
    "OrderSettings",
    "PullState",
    "RateBudget",
    "SellerAccount",
    "ShipmentConfirmation",
    "SyncRun",
]
