from commerce_orders.models.events import OrderEvent
from commerce_orders.models.orders import NumberSequence, Order, OrderLine, Store
from commerce_orders.models.shipments import Shipment, ShipmentLine
from commerce_orders.models.tokens import ApiToken, IdempotentReply

__all__ = [
    "ApiToken",
    "IdempotentReply",
    "NumberSequence",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Shipment",
    "ShipmentLine",
    "Store",
]
