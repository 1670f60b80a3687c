"""Orders that look real, made from a seeded random: the same seed gives the same orders."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from . import people, statuses, transitions
from .marketplaces import MARKETPLACES, ZONES, Marketplace
from .order_items import ScriptedItem, build_items, random_line_count, random_lines
from .proceeds import order_proceeds
from .timestamps import write_timestamp, write_whole_seconds

Json = dict[str, Any]

# How often something is so, in every hundred orders.
_CHANCES: dict[str, float] = {
    "paid_shipping": 35,
    "discount": 15,
    "prime": 18,
    "business": 8,
    "gift": 6,
    "signature": 3,
    "customised": 2,
    "duplicate_sku": 2,
    "pickup_point": 3,
    "replacement": 1.5,
    "ioss": 3,
    "cash_on_delivery": 3,
}
_ONLY_ON_REQUEST = {"subscribe_and_save", "transparency", "ship_plus", "exchange"}
FEATURES = frozenset(_CHANCES) | _ONLY_ON_REQUEST

_PICKUP_COUNTRIES = {"GB", "IE", "DE", "FR", "IT", "ES", "NL", "PL", "SE", "JP"}
_IOSS_COUNTRIES = {"IE", "DE", "FR", "IT", "ES", "NL", "BE", "SE", "PL"}
_BUSY = {
    "ATVPDKIKX0DER": 8,
    "A1F83G8C2ARO7P": 4,
    "A1PA6795UKMFR9": 4,
    "A1VC38T7YXB528": 4,
    "A13V1IB3VIYZZH": 2,
}
_ORDER_PREFIXES = {
    "na": ("111", "112", "113", "114"),
    "eu": ("026", "203", "302", "405"),
    "fe": ("249", "250", "503"),
}
_SERVICE_LEVELS = ("STANDARD", "EXPEDITED", "SECOND_DAY", "NEXT_DAY", "FREE_ECONOMY")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new order must be; None leaves it to chance. `features` are then exactly those of the order."""

    status: str | None = None
    fulfilled_by: str | None = None
    marketplace_id: str | None = None
    items: int | tuple[ScriptedItem, ...] | None = None
    features: frozenset[str] | None = None


ANYTHING = Wish()


class OrderFactory:
    def __init__(self, random: Random) -> None:
        self._random = random

    def build(self, wish: Wish, marketplace_ids: tuple[str, ...], created_at: datetime) -> Json:
        """The complete Amazon JSON of a new order in one of these marketplaces, `lastUpdatedTime` = created."""
        random = self._random
        marketplace = MARKETPLACES[wish.marketplace_id or self._marketplace(marketplace_ids)]
        by_amazon = (wish.fulfilled_by or self._fulfilled_by(wish.status)) == statuses.AMAZON
        features = wish.features if wish.features is not None else self._features(marketplace, by_amazon, wish)
        items = build_items(random, marketplace, self._lines(wish, features), features)
        name = people.buyer_name(random, marketplace)
        document: Json = {
            "orderId": self._order_id(marketplace),
            "createdTime": write_timestamp(created_at),
            "lastUpdatedTime": write_timestamp(created_at),
            "salesChannel": {
                "channelName": "AMAZON",
                "marketplaceId": marketplace.id,
                "marketplaceName": marketplace.name,
            },
            "buyer": {"buyerName": name, "buyerEmail": people.buyer_email(random, marketplace)},
            "recipient": {"deliveryAddress": people.delivery_address(random, marketplace, name)},
            "proceeds": order_proceeds([item["proceeds"] for item in items], marketplace.currency),
            "payment": {"paymentExecutions": [{"paymentMethod": "CreditCard"}]},
            "fulfillment": self._fulfillment(marketplace, created_at, by_amazon, features),
            "orderItems": items,
        }
        self._add_features(document, marketplace, features, by_amazon)
        self._reach(document, wish.status or statuses.UNSHIPPED, created_at)
        return document

    def _marketplace(self, ids: tuple[str, ...]) -> str:
        return self._random.choices(ids, weights=[_BUSY.get(id, 1) for id in ids])[0]

    def _fulfilled_by(self, status: str | None) -> str:
        if status in statuses.TO_SHIP:  # whoever asks for one of these wants to ship it
            return statuses.MERCHANT
        return statuses.AMAZON if self._random.random() < 0.3 else statuses.MERCHANT

    def _features(self, marketplace: Marketplace, by_amazon: bool, wish: Wish) -> frozenset[str]:
        features = {name for name, percent in _CHANCES.items() if self._random.random() * 100 < percent}
        if marketplace.country_code not in _PICKUP_COUNTRIES:
            features.discard("pickup_point")
        if marketplace.country_code not in _IOSS_COUNTRIES or by_amazon:
            features.discard("ioss")
        if marketplace.country_code != "JP":
            features.discard("cash_on_delivery")
        if by_amazon:
            features -= {"customised", "signature"}
        if wish.items is not None:
            features -= {"duplicate_sku", "replacement"}
        return frozenset(features)

    def _lines(self, wish: Wish, features: frozenset[str]) -> list[ScriptedItem]:
        if isinstance(wish.items, tuple):
            lines = list(wish.items)
        else:
            count = wish.items if wish.items is not None else random_line_count(self._random)
            lines = random_lines(self._random, count, "duplicate_sku" in features)
        if wish.status == statuses.PARTIALLY_SHIPPED and len(lines) == 1 and not lines[0].quantity:
            line = lines[0]
            lines = [ScriptedItem(line.sku, 2, line.unit_price, line.title, line.asin)]
        return lines

    def _order_id(self, marketplace: Marketplace) -> str:
        random = self._random
        prefix = random.choice(_ORDER_PREFIXES[marketplace.region])
        return f"{prefix}-{random.randint(0, 9_999_999):07d}-{random.randint(0, 9_999_999):07d}"

    def _fulfillment(
        self, marketplace: Marketplace, created_at: datetime, by_amazon: bool, features: frozenset[str]
    ) -> Json:
        handling_days = self._random.choice((1, 1, 2, 3))
        transit_days = self._random.randint(1, 5)
        return {
            "fulfillmentStatus": statuses.PENDING,
            "fulfilledBy": statuses.AMAZON if by_amazon else statuses.MERCHANT,
            "fulfillmentServiceLevel": "NEXT_DAY" if "prime" in features else self._random.choice(_SERVICE_LEVELS),
            "shipByWindow": _local_days(marketplace, created_at, 0, handling_days),
            "deliverByWindow": _local_days(
                marketplace, created_at, handling_days + 1, handling_days + 1 + transit_days
            ),
        }

    def _add_features(
        self, document: Json, marketplace: Marketplace, features: frozenset[str], by_amazon: bool
    ) -> None:
        address = document["recipient"]["deliveryAddress"]
        programs = []
        if "prime" in features:
            programs.append("PRIME")
        if "ship_plus" in features:
            programs.append("FBM_SHIP_PLUS")
        if "business" in features:
            programs.append("AMAZON_BUSINESS")
            company = people.company_name(marketplace)
            document["buyer"]["buyerCompanyName"] = address["companyName"] = company
            document["buyer"]["buyerPurchaseOrderNumber"] = f"PO-{self._random.randint(10**5, 10**6)}"
            address["addressType"] = "COMMERCIAL"
            registration = {"entityType": "BUYER", "legalName": company, "taxRegistrationType": "BUSINESS"}
            document["tax"] = {"taxRegistrations": [registration]}
        if programs:
            document["programs"] = programs
        if "pickup_point" in features:
            address["addressType"] = "PICKUP_POINT"
            address["companyName"] = "Amazon Counter"
            document["recipient"]["deliveryPreference"] = {"addressInstruction": "Locker code is sent by e-mail"}
        if "cash_on_delivery" in features:
            document["payment"]["paymentExecutions"] = [{"paymentMethod": "CashOnDelivery"}]
        for feature, kind in (("replacement", "REPLACEMENT"), ("exchange", "EXCHANGE")):
            if feature in features:
                original = {
                    "orderId": self._order_id(marketplace),
                    "associationType": f"{kind}_ORIGINAL_ID",
                }
                document["associatedOrders"] = [original]
                document.pop("payment", None)
        if not by_amazon and self._random.random() < 0.1:
            alias = {"aliasId": f"WEB-{self._random.randint(1000, 99999)}", "aliasType": "SELLER_ORDER_ID"}
            document["orderAliases"] = [alias]

    def _reach(self, document: Json, status: str, created_at: datetime) -> None:
        """Bring a new order to `status` the way it would have come there."""
        by_merchant = document["fulfillment"]["fulfilledBy"] == statuses.MERCHANT
        left = transitions.left_to_ship(document)
        if status == statuses.CANCELLED:
            transitions.cancel(document, by="BUYER", reason="Ordered by mistake")
        elif status == statuses.SHIPPED and not by_merchant:
            transitions.fulfil_all(document)
        elif status == statuses.SHIPPED:
            transitions.ship_package(document, self._package(left, created_at), created_at)
        elif status == statuses.PARTIALLY_SHIPPED:
            first = next(iter(left))
            part = {first: left[first] if len(left) > 1 else max(1, left[first] - 1)}
            transitions.ship_package(document, self._package(part, created_at), created_at)
        else:
            transitions.set_status(document, status)

    def _package(self, quantities: dict[str, int], created_at: datetime) -> transitions.Package:
        tracking_number = f"1Z999AA1{self._random.randint(0, 10**10 - 1):010d}"
        shipped_at = created_at
        return transitions.Package("1", "UPS", tracking_number, shipped_at, quantities, "UPS Ground")


def _local_days(marketplace: Marketplace, start: datetime, first: int, last: int) -> Json:
    """From the start of the local day `first` days after `start` to the end of the one `last` days after, in UTC."""
    zone = ZONES[marketplace.id]
    day = start.astimezone(zone).date()
    earliest = datetime.combine(day + timedelta(days=first), time(0, 0, 0), zone)
    latest = datetime.combine(day + timedelta(days=last), time(23, 59, 59), zone)
    return {
        "earliestDateTime": write_whole_seconds(earliest.astimezone(start.tzinfo)),
        "latestDateTime": write_whole_seconds(latest.astimezone(start.tzinfo)),
    }
