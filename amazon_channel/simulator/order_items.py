"""Order items that look real: products of the catalogue, prices, tax, gifts, constraints."""

from dataclasses import dataclass
from random import Random
from typing import Any

from . import catalogue
from .marketplaces import Marketplace
from .money import decimals, minor_units, money
from .proceeds import Charges, item_proceeds

Json = dict[str, Any]

# Tax that Amazon reports apart from the price; elsewhere prices include it.
_SEPARATE_TAX_PER_MILLE = {"US": 86, "CA": 130}
_GIFT_MESSAGES = (
    "Happy birthday, Grandma! 🎂🎉 We love you – see you on Sunday.",
    "誕生日おめでとうございます🎁 いつもありがとう。",
    "Alles Gute zur Hochzeit 💐! Möge euch diese kleine Überraschung an unseren gemeinsamen Sommer erinnern. " * 3,
    "生日快乐!身体健康,万事如意 🧧",
    "Pour Éloïse — avec toute notre affection 👩‍👩‍👧‍👦",
)


@dataclass(frozen=True, slots=True)
class ScriptedItem:
    """One line that a test asks for; what is None is made up. `unit_price` is a decimal text in its currency."""

    sku: str | None = None
    quantity: int | None = None
    unit_price: str | None = None
    title: str | None = None
    asin: str | None = None


def build_items(
    random: Random, marketplace: Marketplace, scripted: list[ScriptedItem], features: frozenset[str]
) -> list[Json]:
    """Amazon's OrderItems for these lines; `features` apply to the first line or to all, as they do in life."""
    return [
        _build_item(random, marketplace, line, features, is_first=position == 0)
        for position, line in enumerate(scripted)
    ]


def random_lines(random: Random, count: int, duplicate_sku: bool) -> list[ScriptedItem]:
    """`count` lines of different products; with `duplicate_sku` the last repeats the first."""
    products = random.sample(catalogue.CATALOGUE, count)
    if duplicate_sku:
        products = [*products, products[0]]
    return [ScriptedItem(sku=product.sku) for product in products]


def random_line_count(random: Random) -> int:
    return random.choices((1, 2, 3, 4, 5), weights=(70, 17, 7, 4, 2))[0]


def _build_item(
    random: Random, marketplace: Marketplace, line: ScriptedItem, features: frozenset[str], *, is_first: bool
) -> Json:
    currency = marketplace.currency
    quantity = line.quantity if line.quantity is not None else random.choices((1, 2, 3, 6), weights=(84, 11, 4, 1))[0]
    product = catalogue.BY_SKU.get(line.sku or "") or random.choice(catalogue.CATALOGUE)
    if line.unit_price is not None:
        unit_price = minor_units(line.unit_price, currency)
    else:
        unit_price = product.price(currency)
    is_free = "replacement" in features
    charges = Charges(item=0) if is_free else _charges(marketplace, unit_price * quantity, features, is_first)
    item: Json = {
        "orderItemId": str(random.randint(10**13, 10**14 - 1)),
        "quantityOrdered": quantity,
        "product": {
            "asin": line.asin or product.asin,
            "title": line.title or product.title(marketplace.language),
            "sellerSku": line.sku or product.sku,
            "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
        },
        "proceeds": item_proceeds(charges, currency),
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }
    if not is_free:
        item["product"]["price"] = {"unitPrice": money(unit_price, currency)}
    _add_features(random, marketplace, item, features, is_first=is_first)
    return item


def _charges(marketplace: Marketplace, amount: int, features: frozenset[str], is_first: bool) -> Charges:
    """What the buyer is charged for one line, in minor units; order-wide charges sit on the first line."""
    one = 10 ** decimals(marketplace.currency)  # one dollar, euro, yen
    scale = 1 if one > 1 else 100  # the usual fee of 5 dollars is 500 yen
    charges = Charges(item=amount)
    if is_first and "paid_shipping" in features:
        charges.shipping = 5 * one * scale - (1 if one > 1 else 0)
    if is_first and "gift" in features:
        charges.gift_wrap = 4 * one * scale
    if is_first and "cash_on_delivery" in features:
        charges.cod_fee = 330 * one
    if "discount" in features:
        charges.discount["ITEM"] = amount // 10
        if charges.shipping:
            charges.discount["SHIPPING"] = charges.shipping
    if per_mille := _SEPARATE_TAX_PER_MILLE.get(marketplace.country_code):
        taxable = amount - charges.discount.get("ITEM", 0)
        charges.tax["ITEM"] = (taxable * per_mille + 500) // 1000
        shipping = charges.shipping - charges.discount.get("SHIPPING", 0)
        if shipping:
            charges.tax["SHIPPING"] = (shipping * per_mille + 500) // 1000
        if charges.gift_wrap:
            charges.tax["GIFT_WRAP"] = (charges.gift_wrap * per_mille + 500) // 1000
    return charges


def _add_features(
    random: Random, marketplace: Marketplace, item: Json, features: frozenset[str], *, is_first: bool
) -> None:
    shipping: Json = {}
    if "discount" in features:
        item["promotion"] = {"breakdowns": [{"promotionId": f"PAWS-V2-{random.randint(10**9, 10**10)}"}]}
    if "business" in features and "price" in item["product"]:
        item["product"]["price"]["priceDesignation"] = "BUSINESS_PRICE"
    if "subscribe_and_save" in features:
        item["programs"] = ["SUBSCRIBE_AND_SAVE"]
    if "transparency" in features:
        item["programs"] = [*item.get("programs", []), "TRANSPARENCY"]
    if is_first and "gift" in features:
        item["fulfillment"]["packing"] = {
            "giftOption": {"giftMessage": random.choice(_GIFT_MESSAGES), "giftWrapLevel": "Classic"}
        }
    if is_first and "customised" in features:
        url = f"https://zme-caps.amazon.com/t/{random.randint(10**8, 10**9)}/custom.zip"
        item["product"]["customization"] = {"customizedUrl": url}
    if "signature" in features:
        shipping["shippingConstraints"] = {"signatureConfirmation": "MANDATORY"}
    if "cash_on_delivery" in features:
        shipping.setdefault("shippingConstraints", {})["cashOnDelivery"] = "MANDATORY"
    if "ioss" in features:
        shipping["internationalShipping"] = {"iossNumber": "IM4420001201"}
        item["tax"] = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}
    if marketplace.country_code == "US" and "replacement" not in features:
        collection = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}
        item["tax"] = {"taxCollections": [collection]}
    if marketplace.country_code == "JP" and "price" in item["product"]:
        yen = minor_units(item["product"]["price"]["unitPrice"]["amount"], "JPY") // 100
        granted = {"pointsNumber": yen, "pointsMonetaryValue": money(yen, "JPY")}
        item["expense"] = {"pointsCost": {"pointsGranted": granted}}
    if shipping:
        item["fulfillment"]["shipping"] = shipping
