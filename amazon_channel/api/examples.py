"""Examples for the OpenAPI document."""

ORDER_SETTINGS = {
    "import_orders": "enabled",
    "customer_creation": "guest",
    "order_number_source": "commerce",
    "new_order_status": "processing",
    "fba_orders": "create",
    "reserve_pending_stock": "yes",
    "unknown_sku": "import",
}
CHANGED_SETTINGS = {"customer_creation": "create"}
AMAZON_ORDER = {
    "amazon_order_id": "111-1234567-1234567",
    "account": 1,
    "marketplace_id": "ATVPDKIKX0DER",
    "status": "UNSHIPPED",
    "fulfilled_by": "MERCHANT",
    "purchased_at": "2026-11-20T08:12:45Z",
    "last_updated_at": "2026-11-20T08:42:10Z",
    "ship_by": "2026-11-22T07:59:59Z",
    "grand_total": {"amount": "46.59", "currency": "USD"},
    "items": [
        {
            "order_item_id": "05015851154158",
            "sku": "MUG-BLUE",
            "asin": "B0ABCDEF12",
            "title": "Blue mug",
            "quantity_ordered": 2,
            "quantity_shipped": 0,
        }
    ],
    "commerce_order": "100000001",
    "problem": None,
}
