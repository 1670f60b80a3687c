"""Documents and feeds: what is sent where, and what comes back instead of an answer."""

import gzip

import pytest

from amazon_channel.gateway import feeds
from amazon_channel.gateway.acknowledgements import (
    FEED_TYPE,
    OrderCancellation,
    ProcessingReport,
    Refusal,
    read_report,
    write_cancellations,
)
from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonProtocolError, AmazonRejected, AmazonTransient
from amazon_channel.gateway.feeds import FeedGateway, UploadPlace
from tests.amazon_channel.gateways import CREDENTIALS, PLAIN, US, operations

STORED = ("uploadFeedDocument", "downloadFeedDocument")


@pytest.fixture
def gateway(amazon):
    return FeedGateway(CREDENTIALS, region="na")


def cancellation(amazon, number=7, reason="NoInventory"):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])
    items = tuple(item["orderItemId"] for item in order["orderItems"])
    return OrderCancellation(number, order["orderId"], items, reason)


def send(gateway, *cancellations):
    place, _ = gateway.create_document()
    gateway.upload(place, write_cancellations(cancellations, merchant_token="A1DEMOSELLER00"))
    feed_id, rate = gateway.create_feed(FEED_TYPE, place.document_id, [US])
    return feed_id, rate


@pytest.mark.parametrize("compressed", [False, True])
def test_a_feed_goes_out_and_its_report_comes_back(amazon, gateway, compressed):
    amazon.set_options(gzip_feed_reports=compressed)
    good, bad = cancellation(amazon), cancellation(amazon, 8, "Boredom")

    feed_id, rate = send(gateway, good, bad)

    reading, _ = gateway.get_feed(feed_id)
    content, _ = gateway.get_document(reading.result_document_id)
    assert (reading.status, rate, gateway.calls) == ("DONE", 10000.0, 4)
    assert read_report(content) == ProcessingReport(
        is_complete=True,
        messages_processed=2,
        messages_with_error=1,
        errors={8: Refusal("18028", "The CancelReason Boredom is not valid.")},
        merchant_token="A1DEMOSELLER00",
    )
    assert operations(amazon.log())[1:] == [
        "createFeedDocument",
        "uploadFeedDocument",
        "createFeed",
        "getFeed",
        "getFeedDocument",
        "downloadFeedDocument",
    ]
    # The storage refuses whatever carries an access token, so that the way through shows that none was sent.
    assert {entry["status"] for entry in amazon.log() if entry["operation"] in STORED} == {200}


def test_a_token_that_ran_out_is_renewed_once(amazon, gateway):
    amazon.add_fault("createFeed", "expire_token", times=1)

    feed_id, _ = send(gateway, cancellation(amazon))

    assert amazon.feeds()[0]["feedId"] == feed_id
    assert operations(amazon.log()).count("createFeed") == 2


def test_hostile_texts_do_not_break_the_feed_of_the_others(amazon, gateway):
    good = cancellation(amazon)
    hostile = OrderCancellation(8, "111-0000000-0000000\x00\x0b", ("<Item>&\ud800",), "NoInventory")

    feed_id, _ = send(gateway, good, hostile)

    assert gateway.get_feed(feed_id)[0].status == "DONE"
    assert [message["code"] for message in amazon.feeds()[0]["messages"]] == ["", "18028"]


@pytest.mark.parametrize(
    ("fault", "args", "error", "code", "words"),
    [
        ("status", {"status": 403}, AmazonTransient, "storage_refused", "replied 403 AccessDenied. Access Denied"),
        ("status", {"status": 404, "code": "NoSuchKey"}, AmazonTransient, "storage_refused", "replied 404 NoSuchKey"),
        ("status", {"status": 500}, AmazonTransient, "unavailable", "replied 500"),
        ("throttle", {}, AmazonTransient, "unavailable", "replied 503 SlowDown"),
        ("html", {"status": 502}, AmazonTransient, "unavailable", "replied 502"),
        ("redirect", {"location": "http://127.0.0.1:9/"}, AmazonProtocolError, "redirected", "replied 302"),
        ("disconnect", {}, AmazonTransient, "unreachable", "Amazon's storage"),
    ],
)
@pytest.mark.parametrize("operation", STORED)
def test_storage_that_does_not_serve(amazon, gateway, operation, fault, args, error, code, words):
    feed_id, _ = send(gateway, cancellation(amazon))
    reading, _ = gateway.get_feed(feed_id)
    amazon.add_fault(operation, fault, args=args)

    with pytest.raises(error) as caught:
        if operation == "uploadFeedDocument":
            send(gateway, cancellation(amazon))
        else:
            gateway.get_document(reading.result_document_id)

    assert caught.value.code == code
    assert words in caught.value.detail
    assert len(amazon.feeds()) == 1


@pytest.mark.parametrize(
    ("operation", "body", "call"),
    [
        ("createFeedDocument", {"feedDocumentId": 7, "url": "https://x/"}, lambda g: g.create_document()),
        ("createFeedDocument", {"feedDocumentId": "7"}, lambda g: g.create_document()),
        ("createFeed", {"feedId": ""}, lambda g: g.create_feed(FEED_TYPE, "1", [US])),
        ("createFeed", {"feedId": "9" * 65}, lambda g: g.create_feed(FEED_TYPE, "1", [US])),
        ("getFeed", {"processingStatus": None}, lambda g: g.get_feed("1")),
        ("getFeedDocument", {"url": {}}, lambda g: g.get_document("1")),
    ],
)
def test_replies_of_another_shape_are_no_answer(amazon, gateway, operation, body, call):
    amazon.add_fault(operation, "wrong_shape", args={"json": body})

    with pytest.raises(AmazonProtocolError) as caught:
        call(gateway)
    assert caught.value.code == "unreadable_reply"


def test_amazons_refusals_are_the_usual_errors(amazon, gateway):
    with pytest.raises(AmazonRejected) as unknown:
        gateway.get_feed("../documents")
    with pytest.raises(AmazonRejected) as wrong:
        gateway.create_feed("POST_PRODUCT_DATA", "1", [US])
    with pytest.raises(AmazonMisconfigured) as foreign:
        gateway.create_feed(FEED_TYPE, "1", ["A1ELSEWHERE"])
    assert [error.value.code for error in (unknown, wrong, foreign)] == ["NotFound", "InvalidInput", "access_denied"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "ftp://example.com/x", "https:///x", "https://user:pw@example.com/x", "https://[x", "x"],
)
def test_a_document_goes_to_an_encrypted_address_only(amazon, gateway, settings, url):
    settings.AMAZON_SP_API_URL = ""

    with pytest.raises(AmazonProtocolError, match="not one to use"):
        gateway.upload(UploadPlace("1", url), b"<a/>")


@pytest.fixture
def serve(amazon, gateway, monkeypatch):
    """Have Amazon hold ``content`` as the report of a feed; reading it."""

    def read(content, compressed):
        amazon.set_options(gzip_feed_reports=compressed)
        feed_id, _ = send(gateway, cancellation(amazon))
        document_id = gateway.get_feed(feed_id)[0].result_document_id
        amazon._operations.feeding.feeds.document(document_id).content = content
        return gateway.get_document(document_id)[0]

    monkeypatch.setattr(feeds, "LARGEST_DOCUMENT", 10_000)
    return read


@pytest.mark.parametrize(
    ("content", "compressed", "words"),
    [
        (b"x" * 10_001, False, "too large"),
        (gzip.compress(b"x" * 1_000_000), True, "too large"),
        (gzip.compress(b"x" * 1_000)[:-9], True, "cut off"),
        (b"<ProcessingReport/>", True, "not compressed"),
        (b"", True, "cut off"),
    ],
    ids=["large", "large_unpacked", "cut_off", "not_compressed", "empty"],
)
def test_a_document_is_bounded_also_when_it_is_unpacked(serve, content, compressed, words):
    with pytest.raises(AmazonProtocolError, match=words):
        serve(content, compressed)


def test_a_document_of_the_largest_size_is_read(serve):
    assert serve(b"x" * 10_000, False) == serve(gzip.compress(b"x" * 10_000), True) == b"x" * 10_000


REPORT = (
    "<ProcessingReport><StatusCode>{status}</StatusCode><ProcessingSummary><MessagesProcessed>{processed}"
    "</MessagesProcessed><MessagesWithError>{failed}</MessagesWithError></ProcessingSummary>{rows}</ProcessingReport>"
)
ROW = "<Result><MessageID>{}</MessageID><ResultCode>{}</ResultCode><ResultMessageCode>1</ResultMessageCode></Result>"


@pytest.mark.parametrize(
    ("status", "processed", "failed", "rows", "accepted"),
    [
        ("Complete", 2, 0, "", True),
        ("Complete", 3, 1, ROW.format(5, "Error"), True),
        ("Complete", 2, 0, ROW.format(5, "Warning"), True),
        ("Processing", 2, 0, "", False),
        ("Rejected", 2, 0, "", False),
        ("Complete", 1, 0, "", False),
        ("Complete", 2, 1, "", False),
        ("Complete", 2, 1, ROW.format(0, "Error"), False),
    ],
)
def test_what_has_no_error_is_accepted_only_where_every_message_is_accounted_for(
    status, processed, failed, rows, accepted
):
    report = read_report(REPORT.format(status=status, processed=processed, failed=failed, rows=rows).encode())

    assert report.accepts_the_rest(2) is accepted


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Service unavailable</body></html>",
        b"<ProcessingReport/>",
        REPORT.format(status="Complete", processed="many", failed=0, rows="").encode(),
        REPORT.format(status="Complete", processed=1, failed=1, rows=ROW.format("x", "Error")).encode(),
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><ProcessingReport>&b;</ProcessingReport>',
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><ProcessingReport>&c;</ProcessingReport>',
    ],
)
def test_what_is_no_report_is_no_answer(content):
    with pytest.raises(AmazonProtocolError, match="cannot be read"):
        read_report(content)
