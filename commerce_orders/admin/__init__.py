from commerce_orders.admin.orders import OrderAdmin
from commerce_orders.admin.products import ProductAdmin
from commerce_orders.admin.tokens import ApiTokenAdmin
from commerce_orders.admin.uploads import ShipmentUploadAdmin
from commerce_orders.admin.webhook_deliveries import WebhookDeliveryAdmin
from commerce_orders.admin.webhooks import WebhookEndpointAdmin

__all__ = [
    "ApiTokenAdmin",
    "OrderAdmin",
    "ProductAdmin",
    "ShipmentUploadAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
