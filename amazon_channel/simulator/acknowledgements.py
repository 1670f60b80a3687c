"""POST_ORDER_ACKNOWLEDGEMENT_DATA: reading the XML of the feed and carrying out its messages.

Sources: the Amazon page "Order feeds" and the OrderAcknowledgement schema. The codes of results are not documented;
18028 is what merchants report for order feeds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from . import statuses, transitions
from .marketplaces import MARKETPLACES
from .orders import Order
from .world import World

CANCEL_REASONS = frozenset(
    {
        "NoInventory", "ShippingAddressUndeliverable", "CustomerExchange", "BuyerCanceled", "GeneralAdjustment",
        "PricingError", "CarrierCreditDecision", "RiskAssessmentInformationNotValid", "CarrierCoverageFailure",
        "CustomerReturn", "MerchandiseNotReceived",
    }
)  # fmt: skip
_ORDER_ID = re.compile(r"\w{3}-\w{7}-\w{7}", re.ASCII)
INVALID_DATA = "18028"
ACKNOWLEDGED, CANCELLED = "Success", "Failure"


class UnreadableFeed(ValueError):
    """The document is no feed of this kind: Amazon aborts it (FATAL)."""


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    order_id: str
    status_code: str
    merchant_order_id: str = ""
    reasons: dict[str, str] = field(default_factory=dict)  # order item id -> CancelReason


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message; `code` is empty where it succeeded."""

    message: Message
    code: str = ""
    description: str = ""


@dataclass(frozen=True)
class MessageRefused(Exception):
    description: str


def read_messages(content: bytes, merchant: str | None = None) -> list[Message]:
    """The messages of an AmazonEnvelope; UnreadableFeed names what is wrong with it.

    With `merchant` the feed must be of that one: the help page 23071 of Seller Central knows the refusal, but not
    every kind of feed is looked at.
    """
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableFeed(f"XML Parsing Fatal Error: {error}") from error
    if root.tag != "AmazonEnvelope" or root.findtext("MessageType") != "OrderAcknowledgement":
        raise UnreadableFeed("The feed is no AmazonEnvelope with MessageType OrderAcknowledgement")
    stated = (root.findtext("Header/MerchantIdentifier") or "").strip()
    if not stated:
        raise UnreadableFeed("The Header has no MerchantIdentifier")
    if merchant not in (None, stated):
        raise UnreadableFeed("The MerchantIdentifier provided in the XML payload is not valid for your credentials.")
    messages = [_read_message(element) for element in root.iterfind("Message")]
    if not messages:
        raise UnreadableFeed("The feed has no Message")
    if len({message.id for message in messages}) != len(messages):
        raise UnreadableFeed("A MessageID comes twice")
    return messages


def _read_message(element: Any) -> Message:
    number = element.findtext("MessageID") or ""
    acknowledgement = element.find("OrderAcknowledgement")
    if not number.isdecimal() or acknowledgement is None:
        raise UnreadableFeed("A Message needs a MessageID of digits and an OrderAcknowledgement")
    status_code = acknowledgement.findtext("StatusCode") or ""
    if status_code not in {ACKNOWLEDGED, CANCELLED}:
        raise UnreadableFeed(f"StatusCode {status_code!r} is neither Success nor Failure")
    order_id = acknowledgement.findtext("AmazonOrderID") or ""
    if not _ORDER_ID.fullmatch(order_id):
        raise UnreadableFeed(f"AmazonOrderID {order_id!r} is not valid")
    return Message(
        id=int(number),
        order_id=order_id,
        status_code=status_code,
        merchant_order_id=acknowledgement.findtext("MerchantOrderID") or "",
        reasons={
            item.findtext("AmazonOrderItemCode") or "": item.findtext("CancelReason") or ""
            for item in acknowledgement.iterfind("Item")
        },
    )


def carry_out(world: World, seller: str, messages: Iterable[Message]) -> list[Result]:
    """Do what the messages ask, each for itself."""
    results = []
    for message in messages:
        try:
            _carry_out(world, seller, message)
        except MessageRefused as refusal:
            results.append(Result(message, INVALID_DATA, refusal.description))
        else:
            results.append(Result(message))
    return results


def _carry_out(world: World, seller: str, message: Message) -> None:
    order = world.find(message.order_id, seller)
    if order is None:
        raise MessageRefused(f"The AmazonOrderID {message.order_id} does not exist for this merchant.")
    document: Any = order.document
    try:
        if message.status_code == ACKNOWLEDGED:
            _acknowledge(document, message.merchant_order_id)
            world.change(order, document, "acknowledged")
        else:
            _cancel(document, order, message)
            world.change(order, document, "cancelled by feed")
    except (KeyError, TypeError, AttributeError) as error:  # a test has spoilt the order
        raise MessageRefused("The order cannot be processed at this time.") from error


def _acknowledge(document: Any, merchant_order_id: str) -> None:
    if merchant_order_id:
        aliases = [row for row in document.get("orderAliases", []) if row["aliasType"] != "SELLER_ORDER_ID"]
        document["orderAliases"] = [*aliases, {"aliasId": merchant_order_id, "aliasType": "SELLER_ORDER_ID"}]


def _cancel(document: Any, order: Order, message: Message) -> None:
    """All lines end the order, some of them only those lines; units of one line cannot be told apart."""
    if order.fulfilled_by != statuses.MERCHANT:
        raise MessageRefused(f"Order {order.id} is fulfilled by Amazon and cannot be cancelled by the merchant.")
    if order.status == statuses.CANCELLED:
        raise MessageRefused(f"Order {order.id} has already been cancelled.")
    if order.status != statuses.UNSHIPPED or order.awaiting:
        status = "shipped" if order.awaiting else order.status
        raise MessageRefused(f"Order {order.id} is {status} and can no longer be cancelled.")
    units = {item["orderItemId"]: item["quantityOrdered"] for item in transitions.items(document)}
    for item_id, reason in message.reasons.items():
        if item_id not in units:
            raise MessageRefused(f"The AmazonOrderItemCode {item_id} is not part of order {order.id}.")
        if reason not in CANCEL_REASONS:
            raise MessageRefused(f"The CancelReason {reason} is not valid.")
    if not message.reasons:
        raise MessageRefused("A CancelReason is required for every item of a cancelled order.")
    if {item_id for item_id, quantity in units.items() if quantity} <= set(message.reasons):
        transitions.cancel(document, by="MERCHANT", reason=next(iter(message.reasons.values())))
        return
    currency = MARKETPLACES[order.marketplace_id].currency
    for item_id in message.reasons:
        transitions.cancel_units(document, item_id, units[item_id], currency)
