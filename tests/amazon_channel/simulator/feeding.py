"""Feeds at the simulated Amazon, as a caller makes them."""

import gzip
from typing import Any

import httpx
from defusedxml.ElementTree import fromstring

DOCUMENTS = "/feeds/2021-06-30/documents"
FEEDS = "/feeds/2021-06-30/feeds"
XML = "text/xml; charset=UTF-8"
US = "ATVPDKIKX0DER"


def place(caller: Any, **request: Any) -> dict[str, Any]:
    """A US order that the merchant ships, unless the request says otherwise; Amazon's JSON."""
    plain = {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "marketplace_id": US}
    [order_id] = caller.simulator.create_orders(**(plain | request))
    return caller.simulator.order(order_id)


def envelope(*messages: str) -> bytes:
    """A feed of these OrderAcknowledgements, numbered from 1."""
    rows = "".join(
        f"<Message><MessageID>{number}</MessageID><OrderAcknowledgement>{message}</OrderAcknowledgement></Message>"
        for number, message in enumerate(messages, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>'
        "<MerchantIdentifier>A1DEMOSELLER00</MerchantIdentifier></Header>"
        f"<MessageType>OrderAcknowledgement</MessageType>{rows}</AmazonEnvelope>"
    ).encode()


def failure(order: dict[str, Any], reason: str = "NoInventory") -> str:
    """The message that cancels every item of the order, which is Amazon's JSON."""
    items = "".join(
        f"<Item><AmazonOrderItemCode>{item['orderItemId']}</AmazonOrderItemCode>"
        f"<CancelReason>{reason}</CancelReason></Item>"
        for item in order["orderItems"]
    )
    return f"<AmazonOrderID>{order['orderId']}</AmazonOrderID><StatusCode>Failure</StatusCode>{items}"


def post(caller: Any, path: str, body: Any) -> httpx.Response:
    return caller.http.post(path, json=body, headers=caller.headers)


def upload(caller: Any, content: bytes, content_type: str = XML) -> tuple[str, httpx.Response]:
    """Make a document and put the content there; its id and the storage's reply."""
    document = post(caller, DOCUMENTS, {"contentType": XML}).json()
    reply = caller.http.put(document["url"], content=content, headers={"content-type": content_type})
    return document["feedDocumentId"], reply


def create_feed(caller: Any, document_id: str, **changes: Any) -> httpx.Response:
    body = {
        "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        "marketplaceIds": [US],
        "inputFeedDocumentId": document_id,
        "MarketplaceIds": [US],  # which one client library adds
    }
    return post(caller, FEEDS, body | changes)


def send(caller: Any, *messages: str) -> str:
    """Put the messages into a feed; its id."""
    document_id, _ = upload(caller, envelope(*messages))
    return create_feed(caller, document_id).json()["feedId"]


def read_feed(caller: Any, feed_id: str) -> dict[str, Any]:
    return caller.get(f"{FEEDS}/{feed_id}").json()


def read_report(caller: Any, feed_id: str) -> dict[str, Any]:
    """The counts of the processing report and its rows, by message id."""
    document = caller.get(f"{DOCUMENTS}/{read_feed(caller, feed_id)['resultFeedDocumentId']}").json()
    content = caller.http.get(document["url"]).content
    if document.get("compressionAlgorithm") == "GZIP":
        content = gzip.decompress(content)
    report = fromstring(content).find("Message/ProcessingReport")
    summary = {element.tag: int(element.text) for element in report.find("ProcessingSummary")}
    rows = {
        int(row.findtext("MessageID")): (row.findtext("ResultMessageCode"), row.findtext("ResultDescription"))
        for row in report.iterfind("Result")
    }
    return {"status": report.findtext("StatusCode"), "rows": rows, **summary}
