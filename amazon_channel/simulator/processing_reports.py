"""The XML report of what became of each message of a feed."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .acknowledgements import INVALID_DATA, Result

UNPARSEABLE = "5001"


def write_report(feed_id: str, seller: str, results: Sequence[Result]) -> bytes:
    """Amazon lists errors only; what succeeded is in the counts."""
    report, envelope = _envelope(feed_id, seller, "Complete")
    failed = [result for result in results if result.code]
    _summary(report, processed=len(results), failed=len(failed))
    for result in failed:
        row = _row(report, result.message.id, result.code, result.description)
        SubElement(SubElement(row, "AdditionalInfo"), "AmazonOrderID").text = result.message.order_id
    return _bytes(envelope)


def write_rejection(feed_id: str, seller: str, reason: str) -> bytes:
    """The report of a feed that could not be read at all."""
    report, envelope = _envelope(feed_id, seller, "Rejected")
    _summary(report, processed=0, failed=1)
    _row(report, 0, UNPARSEABLE if "Parsing" in reason else INVALID_DATA, reason)
    return _bytes(envelope)


def _envelope(feed_id: str, seller: str, status_code: str) -> tuple[Element, Element]:
    envelope = Element("AmazonEnvelope")
    header = SubElement(envelope, "Header")
    SubElement(header, "DocumentVersion").text = "1.02"
    SubElement(header, "MerchantIdentifier").text = seller
    SubElement(envelope, "MessageType").text = "ProcessingReport"
    message = SubElement(envelope, "Message")
    SubElement(message, "MessageID").text = "1"
    report = SubElement(message, "ProcessingReport")
    SubElement(report, "DocumentTransactionID").text = feed_id
    SubElement(report, "StatusCode").text = status_code
    return report, envelope


def _summary(report: Element, *, processed: int, failed: int) -> None:
    summary = SubElement(report, "ProcessingSummary")
    SubElement(summary, "MessagesProcessed").text = str(processed)
    SubElement(summary, "MessagesSuccessful").text = str(max(processed - failed, 0))
    SubElement(summary, "MessagesWithError").text = str(failed)
    SubElement(summary, "MessagesWithWarning").text = "0"


def _row(report: Element, message_id: int, code: str, description: str) -> Element:
    row = SubElement(report, "Result")
    SubElement(row, "MessageID").text = str(message_id)
    SubElement(row, "ResultCode").text = "Error"
    SubElement(row, "ResultMessageCode").text = code
    SubElement(row, "ResultDescription").text = description
    return row


def _bytes(envelope: Element) -> bytes:
    indent(envelope, "\t")
    return tostring(envelope, encoding="UTF-8", xml_declaration=True)
