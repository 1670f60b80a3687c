import httpx
import pytest

from .feeding import DOCUMENTS, XML, create_feed, envelope, failure, place, post, read_feed, read_report, send, upload


@pytest.mark.parametrize(
    "content",
    [
        b"order-id\tcancellation-reason-code",
        b"<AmazonEnvelope><MessageType>OrderAcknowledgement",
        b"<AmazonEnvelope><Header><MerchantIdentifier>A</MerchantIdentifier></Header></AmazonEnvelope>",
        envelope(),
        envelope("<StatusCode>Perhaps</StatusCode>"),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + envelope("<StatusCode>Failure</StatusCode>"),
    ],
)
def test_what_is_no_feed_is_fatal(caller, content):
    document_id, _ = upload(caller, content)
    feed_id = create_feed(caller, document_id).json()["feedId"]

    assert read_feed(caller, feed_id)["processingStatus"] == "FATAL"
    assert read_report(caller, feed_id)["status"] == "Rejected"


def test_a_document_that_was_not_uploaded_is_fatal(caller):
    document_id = post(caller, DOCUMENTS, {"contentType": XML}).json()["feedDocumentId"]
    feed_id = create_feed(caller, document_id).json()["feedId"]

    assert read_feed(caller, feed_id)["processingStatus"] == "FATAL"


def test_report_may_come_compressed(caller):
    caller.simulator.set_options(gzip_feed_reports=True)

    assert read_report(caller, send(caller, failure(place(caller))))["MessagesSuccessful"] == 1


def code_of(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/xml"
    return reply.status_code, reply.text.partition("<Code>")[2].partition("</Code>")[0]


def test_upload_address_takes_the_stated_type_only_for_five_minutes_and_no_token(caller):
    url = post(caller, DOCUMENTS, {"contentType": XML}).json()["url"]

    def put(address=url, **headers):
        return caller.http.put(address, content=b"<a/>", headers={"content-type": XML} | headers)

    assert code_of(put(**{"content-type": "text/xml"})) == (403, "SignatureDoesNotMatch")
    assert code_of(put(url.replace("feed-documents/", "feed-documents/x"))) == (403, "SignatureDoesNotMatch")
    assert code_of(put(**caller.headers)) == (403, "AccessDenied")
    assert code_of(caller.http.get(url)) == (403, "SignatureDoesNotMatch")
    caller.simulator.set_clock(advance_seconds=299)
    assert put().status_code == 200
    caller.simulator.set_clock(advance_seconds=1)
    assert code_of(put()) == (403, "AccessDenied")
    assert "expired" in put().text


def test_download_address_expires_too(caller):
    feed_id = send(caller, failure(place(caller)))
    url = caller.get(f"{DOCUMENTS}/{read_feed(caller, feed_id)['resultFeedDocumentId']}").json()["url"]
    caller.simulator.set_clock(advance_seconds=300)

    assert code_of(caller.http.get(url)) == (403, "AccessDenied")


def test_storage_refuses_in_its_own_language(caller):
    caller.simulator.add_fault("uploadFeedDocument", "throttle", times=1)
    caller.simulator.add_fault("downloadFeedDocument", "status", args={"status": 403})

    assert code_of(upload(caller, b"")[1]) == (503, "SlowDown")
    feed_id = send(caller, failure(place(caller)))
    url = caller.get(f"{DOCUMENTS}/{read_feed(caller, feed_id)['resultFeedDocumentId']}").json()["url"]
    assert code_of(caller.http.get(url)) == (403, "AccessDenied")
