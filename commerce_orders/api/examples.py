"""Examples for the OpenAPI document."""

from typing import Any

NEXT_PAGE = "https://shop.example/api/v1/orders/?cursor=WzAsIjIwMjYt"


def dollars(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def page(row: dict[str, Any]) -> dict[str, Any]:
    return {"results": [row], "next": NEXT_PAGE, "previous": None}


NEW_SHIPMENT = {
    "carrier_code": "UPS",
    "shipping_method": "Ground",
    "tracking_number": "1Z999AA10123456784",
    "shipped_at": "2026-11-20T15:30:00Z",
    "lines": [{"line": 4711, "quantity": 1}],
}
SHIPMENT = {
    "id": 815,
    "carrier_code": "UPS",
    "carrier_name": "",
    "shipping_method": "Ground",
    "tracking_number": "1Z999AA10123456784",
    "shipped_at": "2026-11-20T15:30:00Z",
    "lines": [{"line": 4711, "quantity": 1}],
    "channel_status": "waiting",
    "channel_detail": "",
}
UNKNOWN_CARRIER = "Amazon does not know the carrier “Pigeon” here. Choose one of: UPS, USPS, FedEx, Other."
BULK_ANSWER = {
    "recorded": 1,
    "refused": 1,
    "results": [
        {"row": 0, "status": 201, "shipment": SHIPMENT, "error": None},
        {
            "row": 1,
            "status": 400,
            "shipment": None,
            "error": {
                "code": "carrier_unknown",
                "detail": UNKNOWN_CARRIER,
                "fields": {"carrier_code": [UNKNOWN_CARRIER]},
            },
        },
    ],
}
ORDER: dict[str, Any] = {
    "number": "100000001",
    "status": "partially_shipped",
    "channel": "amazon",
    "channel_order_id": "111-1234567-1234567",
    "placed_at": "2026-11-20T08:12:45Z",
    "ship_by": "2026-11-22T07:59:59Z",
    "deliver_by": "2026-11-26T07:59:59Z",
    "is_guest": True,
    "customer": None,
    "recipient": {
        "name": "Ada Lovelace",
        "company": "",
        "lines": ["1 Main Street"],
        "city": "Seattle",
        "district": "",
        "region": "WA",
        "postal_code": "98101",
        "country_code": "US",
        "phone": "+1 206 555 0100",
        "buyer_email": "x7k2m9@marketplace.amazon.com",
    },
    "currency": "USD",
    "totals": {
        "subtotal": dollars("40.00"),
        "shipping": dollars("4.99"),
        "gift_wrap": dollars("0.00"),
        "tax": dollars("3.60"),
        "other": dollars("0.00"),
        "discount": dollars("2.00"),
        "grand_total": dollars("46.59"),
    },
    "lines": [
        {
            "id": 4711,
            "sku": "MUG-BLUE",
            "name": "Blue mug",
            "quantity": 2,
            "quantity_shipped": 1,
            "quantity_canceled": 0,
            "product": "MUG-BLUE",
            "unit_price": dollars("20.00"),
            "total": dollars("40.00"),
        }
    ],
    "shipments": [SHIPMENT],
    "buyer_wants_to_cancel": False,
    "cancellation": None,
    "external_number": "",
    "acknowledged_at": None,
    "version": 2,
    "updated_at": "2026-11-20T15:31:02.123456Z",
}
CORRECTION = {"tracking_number": "1Z999AA10123456785"}
CANCELED_ORDER = ORDER | {
    "status": "processing",
    "recipient": None,
    "lines": [ORDER["lines"][0] | {"quantity_shipped": 0}],
    "shipments": [],
    "cancellation": {
        "reason": "NoInventory",
        "state": "requested",
        "requested_at": "2026-11-20T15:31:02.123456Z",
        "answered_at": None,
        "answer": "",
    },
}
CUSTOMER = {
    "number": "C-5F0A91C2D3E4",
    "name": "Ada Lovelace",
    "email": "x7k2m9@marketplace.amazon.com",
    "created_at": "2026-11-20T08:20:00Z",
    "orders_count": 3,
}
