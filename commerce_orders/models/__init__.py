from commerce_orders.models.cancellations import Cancellation
from commerce_orders.models.catalogue import Product, ProductFile, Reservation, SkuAlias
from commerce_orders.models.documents import DocumentJob, DocumentPart
from commerce_orders.models.events import OrderEvent
from commerce_orders.models.lists import ColumnChoice, SavedView
from commerce_orders.models.orders import NumberSequence, Order, OrderLine, Store
from commerce_orders.models.retries import ProblemRetry
from commerce_orders.models.shipments import Shipment, ShipmentLine
from commerce_orders.models.tokens import ApiToken, IdempotentReply, RequestBudget
from commerce_orders.models.uploads import ShipmentUpload, UploadRow
from commerce_orders.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookReplay

__all__ = [
    "ApiToken",
    "Cancellation",
    "ColumnChoice",
    "DocumentJob",
    "DocumentPart",
    "IdempotentReply",
    "NumberSequence",
    "Order",
    "OrderEvent",
    "OrderLine",
    "ProblemRetry",
    "Product",
    "ProductFile",
    "RequestBudget",
    "Reservation",
    "SavedView",
    "Shipment",
    "ShipmentLine",
    "ShipmentUpload",
    "SkuAlias",
    "Store",
    "UploadRow",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookReplay",
]
