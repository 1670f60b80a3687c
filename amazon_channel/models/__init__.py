from amazon_channel.models.accounts import OrderSettings, PullState, RateBudget, SellerAccount, SyncRun
from amazon_channel.models.alerts import Alert
from amazon_channel.models.cancellations import CancellationRequest
from amazon_channel.models.confirmations import ShipmentConfirmation
from amazon_channel.models.orders import AmazonOrder, AmazonOrderItem
from amazon_channel.models.reconciliation import (
    ListedOrder,
    OrderAudit,
    OrderDifference,
    ReconciledDay,
    Reconciliation,
)

__all__ = [
    "Alert",
    "AmazonOrder",
    "AmazonOrderItem",
    "CancellationRequest",
    "ListedOrder",
    "OrderAudit",
    "OrderDifference",
    "OrderSettings",
    "PullState",
    "RateBudget",
    "ReconciledDay",
    "Reconciliation",
    "SellerAccount",
    "ShipmentConfirmation",
    "SyncRun",
]
