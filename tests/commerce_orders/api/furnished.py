"""A shop with one of everything that addresses of the REST interface name."""

import re
from dataclasses import dataclass
from typing import Any

from commerce_orders.models import WebhookDelivery
from tests.commerce_orders.api.routes import operations
from tests.commerce_orders.api.test_limited_tokens import Shop, make_shop
from tests.commerce_orders.webhooks.receivers import make_webhook, place_orders

BEGINNING = "/api/v1/"
# Method and address of every operation, as the description writes them.
OPERATIONS = [(method, BEGINNING + re.sub(r"<\w+:(\w+)>", r"{\1}", route)) for route, method, _ in operations()]


@dataclass(frozen=True)
class FurnishedShop:
    shop: Shop
    named: dict[str, dict[str, Any]]

    def parts(self, path: str) -> dict[str, Any]:
        """What stands in the braces of ``path``."""
        for beginning, values in self.named.items():
            if path.startswith(BEGINNING + beginning):
                return {name: values[name] for name in re.findall(r"{(\w+)}", path)}
        return {}


def furnish_shop() -> FurnishedShop:
    webhook = make_webhook()
    shop = make_shop("ours")
    place_orders(1)
    return FurnishedShop(
        shop,
        {
            "orders/": {"number": shop.order.number, "id": shop.shipment_id},
            "customers/": {"number": shop.customer.number},
            "webhooks/": {"id": webhook.pk},
            "deliveries/": {"id": WebhookDelivery.objects.latest("pk").pk},
            "amazon/accounts/": {"id": shop.account.pk},
            "amazon/orders/": {"amazon_order_id": shop.order.channel_order_id},
        },
    )
