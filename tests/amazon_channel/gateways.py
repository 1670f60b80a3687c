"""A gateway to the local Amazon, without a database."""

from datetime import UTC, datetime

from amazon_channel.gateway.client import AmazonGateway, PackageConfirmation, Window
from amazon_channel.models.accounts import Credentials
from amazon_channel.simulator import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN

US = "ATVPDKIKX0DER"
CREDENTIALS = Credentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token=REFRESH_TOKEN)
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), (US,))
PLAIN = {
    "status": "UNSHIPPED",
    "fulfilled_by": "MERCHANT",
    "marketplace_id": US,
    "features": [],
    "items": [{"sku": "SKU-1", "quantity": 2, "unit_price": "10.00"}],
}


def make_gateway(credentials: Credentials = CREDENTIALS, *, region: str = "na") -> AmazonGateway:
    return AmazonGateway(credentials, region=region)


def make_package(order: dict, **changes: object) -> PackageConfirmation:
    """A package with everything in ``order``, which is Amazon's JSON."""
    values: dict = {
        "amazon_order_id": order["orderId"],
        "marketplace_id": US,
        "package_reference_id": "1000001",
        "carrier_code": "UPS",
        "carrier_name": "",
        "shipping_method": "",
        "tracking_number": "1Z999AA10123456784",
        "shipped_at": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "quantities": {item["orderItemId"]: item["quantityOrdered"] for item in order["orderItems"]},
    }
    return PackageConfirmation(**(values | changes))


def operations(log: list[dict]) -> list[str]:
    return [entry["operation"] for entry in log]
