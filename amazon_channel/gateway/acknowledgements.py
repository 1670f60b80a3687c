"""The order acknowledgement feed: the XML that cancels orders, and the report of what became of it.

Sources: Amazon, "Order feeds", the OrderAcknowledgement schema, and "Download the feed processing report".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from amazon_channel.gateway.errors import AmazonProtocolError
from amazon_channel.models.accounts import MERCHANT_TOKEN
from commerce_orders.wording import wording

FEED_TYPE = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
# The schema wants one. Where the account's is not known, Amazon may say it in its report.
UNKNOWN_MERCHANT = "SELLER"
WHOLE_FEED = 0  # message id of an error that is not about one message
LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True)
class OrderCancellation:
    """One message: cancel these items of this order, which are all it has."""

    message_id: int
    amazon_order_id: str
    order_item_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ProcessingReport:
    """``errors`` by message id. Amazon does not list what succeeded, only counts it."""

    is_complete: bool
    messages_processed: int
    messages_with_error: int
    errors: dict[int, Refusal] = field(default_factory=dict)
    merchant_token: str = ""

    @property
    def rejection(self) -> Refusal | None:
        """Why Amazon did nothing of the feed; ``None`` when it did what it could."""
        if WHOLE_FEED in self.errors:
            return self.errors[WHOLE_FEED]
        return None if self.is_complete else Refusal("", "")

    def accepts_the_rest(self, messages_sent: int) -> bool:
        """Whether a message without an error was carried out: only if every one is accounted for."""
        return (
            self.rejection is None
            and self.messages_processed >= messages_sent
            and self.messages_with_error <= len(self.errors)
        )


def write_cancellations(cancellations: Sequence[OrderCancellation], *, merchant_token: str) -> bytes:
    envelope = Element("AmazonEnvelope")
    header = SubElement(envelope, "Header")
    SubElement(header, "DocumentVersion").text = "1.01"
    SubElement(header, "MerchantIdentifier").text = merchant_token or UNKNOWN_MERCHANT
    SubElement(envelope, "MessageType").text = "OrderAcknowledgement"
    for cancellation in cancellations:
        message = SubElement(envelope, "Message")
        SubElement(message, "MessageID").text = str(cancellation.message_id)
        acknowledgement = SubElement(message, "OrderAcknowledgement")
        SubElement(acknowledgement, "AmazonOrderID").text = _printable(cancellation.amazon_order_id)
        SubElement(acknowledgement, "StatusCode").text = "Failure"
        for item_id in cancellation.order_item_ids:
            item = SubElement(acknowledgement, "Item")
            SubElement(item, "AmazonOrderItemCode").text = _printable(item_id)
            SubElement(item, "CancelReason").text = cancellation.reason
    indent(envelope)  # lines, as Amazon's words about what is wrong go by them
    return tostring(envelope, encoding="UTF-8", xml_declaration=True)


def read_report(content: bytes) -> ProcessingReport:
    """Raises ``AmazonProtocolError`` for what is no report."""
    try:
        root = fromstring(content)
        report = root if root.tag == "ProcessingReport" else root.find("Message/ProcessingReport")
        if report is None:
            raise ValueError("no ProcessingReport")
        return ProcessingReport(
            is_complete=report.findtext("StatusCode") == "Complete",
            messages_processed=int(report.findtext("ProcessingSummary/MessagesProcessed", "")),
            messages_with_error=int(report.findtext("ProcessingSummary/MessagesWithError", "")),
            errors=dict(_error(row) for row in report.iterfind("Result") if row.findtext("ResultCode") == "Error"),
            merchant_token=_merchant_token(root.findtext("Header/MerchantIdentifier", "")),
        )
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise AmazonProtocolError("unreadable_reply", wording("Amazon's processing report cannot be read")) from error


def _error(row: Any) -> tuple[int, Refusal]:
    words = " ".join(row.findtext("ResultDescription", "").split())
    return int(row.findtext("MessageID", "")), Refusal(
        row.findtext("ResultMessageCode", "").strip()[:40], words[:LONGEST_WORDS]
    )


def _merchant_token(text: str) -> str:
    token = text.strip()
    return token if MERCHANT_TOKEN.fullmatch(token) and token != UNKNOWN_MERCHANT else ""


def _printable(text: str) -> str:
    """One character that XML cannot carry would make Amazon refuse the feed with everybody else's orders in it."""
    return "".join(character for character in text if character.isprintable())
