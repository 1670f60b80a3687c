from amazon_channel.models.accounts import OrderSettings, PullState, SellerAccount, SyncRun
from amazon_channel.models.alerts import Alert
from amazon_channel.models.budgets import RateBudget
from amazon_channel.models.cancellations import CancellationRequest
from amazon_channel.models.carriers import CarrierSpelling
from amazon_channel.models.confirmations import ShipmentConfirmation
from amazon_channel.models.connection_tests import ConnectionTest
from amazon_channel.models.days import DayCount, OrderDay
from amazon_channel.models.documents import DocumentSettings
from amazon_channel.models.notes import OrderNote
from amazon_channel.models.orders import AmazonOrder, AmazonOrderItem
from amazon_channel.models.reconciliation import (
    ListedOrder,
    OrderAudit,
    OrderDifference,
    ReconciledDay,
    Reconciliation,
)
from amazon_channel.models.tokens import AccessToken
from amazon_channel.models.windows import ReadingWindow

__all__ = [
    "AccessToken",
    "Alert",
    "AmazonOrder",
    "AmazonOrderItem",
    "CancellationRequest",
    "CarrierSpelling",
    "ConnectionTest",
    "DayCount",
    "DocumentSettings",
    "ListedOrder",
    "OrderAudit",
    "OrderDay",
    "OrderDifference",
    "OrderNote",
    "OrderSettings",
    "PullState",
    "RateBudget",
    "ReadingWindow",
    "ReconciledDay",
    "Reconciliation",
    "SellerAccount",
    "ShipmentConfirmation",
    "SyncRun",
]
