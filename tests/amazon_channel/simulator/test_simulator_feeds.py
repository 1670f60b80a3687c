import json

import pytest

from .feeding import (
    DOCUMENTS,
    FEEDS,
    US,
    XML,
    create_feed,
    envelope,
    failure,
    place,
    post,
    read_feed,
    read_report,
    send,
    upload,
)
from .test_simulator_confirmation import body_for


def status_of(caller, order):
    return caller.simulator.order(order["orderId"])["fulfillment"]["fulfillmentStatus"]


def test_a_feed_waits_is_worked_on_and_cancels_the_order(caller):
    order = place(caller)
    caller.simulator.set_options(feed_delay_seconds=60)

    feed_id = send(caller, failure(order, "PricingError"))

    common = {"feedId": feed_id, "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA", "marketplaceIds": [US]}
    now = caller.simulator.clock()["now"]
    assert read_feed(caller, feed_id) == {**common, "createdTime": now, "processingStatus": "IN_QUEUE"}
    caller.simulator.set_clock(advance_seconds=30)
    assert read_feed(caller, feed_id)["processingStatus"] == "IN_PROGRESS"
    assert status_of(caller, order) == "UNSHIPPED"
    caller.simulator.set_clock(advance_seconds=30)
    done = read_feed(caller, feed_id)
    assert (done["processingStatus"], bool(done["resultFeedDocumentId"])) == ("DONE", True)
    assert read_report(caller, feed_id) == {
        "status": "Complete",
        "rows": {},
        "MessagesProcessed": 1,
        "MessagesSuccessful": 1,
        "MessagesWithError": 0,
        "MessagesWithWarning": 0,
    }
    canceled = caller.order(order["orderId"])
    assert canceled["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    executions = [item["cancellation"]["cancellationExecution"] for item in canceled["orderItems"]]
    assert executions == [{"cancelledBy": "MERCHANT", "cancelReason": "PricingError"}] * len(executions)
    assert canceled["lastUpdatedTime"] > order["lastUpdatedTime"]


def test_orders_that_cannot_be_cancelled_are_errors_of_their_own_message(caller):
    good, unknown = place(caller), {**place(caller), "orderId": "111-0000000-0000000"}
    pending, shipped, fba = (
        place(caller, status="PENDING"),
        place(caller, status="SHIPPED"),
        place(caller, fulfilled_by="AMAZON"),
    )
    partly = place(caller, items=[{"sku": "A", "quantity": 2}])
    caller.simulator.act(partly["orderId"], "ship", items={partly["orderItems"][0]["orderItemId"]: 1})
    canceled = place(caller)
    caller.simulator.act(canceled["orderId"], "cancel")
    bad = [pending, shipped, partly, canceled, unknown, fba]

    feed_id = send(caller, *[failure(order) for order in bad], failure(good), failure(place(caller), "Boredom"))

    report = read_report(caller, feed_id)
    words = [
        "is PENDING",
        "is SHIPPED",
        "is PARTIALLY_SHIPPED",
        "already been cancelled",
        "does not exist",
        "by Amazon",
    ]
    assert [report["rows"][number][1].count(said) for number, said in enumerate(words, start=1)] == [1] * 6
    assert report["rows"][8] == ("18028", "The CancelReason Boredom is not valid.")
    assert set(report["rows"]) == {1, 2, 3, 4, 5, 6, 8}
    assert (report["MessagesProcessed"], report["MessagesSuccessful"]) == (8, 1)
    assert [status_of(caller, order) for order in (pending, shipped, partly, good)] == [
        "PENDING",
        "SHIPPED",
        "PARTIALLY_SHIPPED",
        "CANCELLED",
    ]


def test_an_order_whose_shipment_is_on_its_way_into_amazon_cannot_be_cancelled(caller):
    order = place(caller)
    caller.simulator.set_options(confirmation_delay_seconds=600)
    assert caller.confirm(order["orderId"], body_for(caller, order["orderId"])).status_code == 204

    assert set(read_report(caller, send(caller, failure(order)))["rows"]) == {1}


def test_some_items_can_be_cancelled(caller):
    order = place(caller, items=[{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}])

    send(caller, failure({**order, "orderItems": order["orderItems"][:1]}))

    truth = caller.simulator.order(order["orderId"])
    assert [item["quantityOrdered"] for item in truth["orderItems"]] == [0, 1]
    assert truth["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


def test_success_keeps_the_merchants_order_number(caller):
    order = place(caller)
    message = f"<AmazonOrderID>{order['orderId']}</AmazonOrderID><MerchantOrderID>100000017</MerchantOrderID>"

    send(caller, message + "<StatusCode>Success</StatusCode>")

    aliases = caller.order(order["orderId"])["orderAliases"]
    assert {"aliasId": "100000017", "aliasType": "SELLER_ORDER_ID"} in aliases
    assert status_of(caller, order) == "UNSHIPPED"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"feedType": "POST_PRODUCT_DATA"}, 400),
        ({"inputFeedDocumentId": "unknown"}, 400),
        ({"inputFeedDocumentId": ["x"]}, 400),
        ({"marketplaceIds": []}, 400),
        ({"marketplaceIds": [US] * 26}, 400),
        ({"marketplaceIds": ["X"]}, 403),
    ],
)
def test_feeds_that_amazon_does_not_take(caller, changes, status):
    document_id, _ = upload(caller, envelope(failure(place(caller))))

    assert create_feed(caller, document_id, **changes).status_code == status
    assert caller.simulator.feeds() == []


def test_another_sellers_feeds_and_documents_are_not_there(caller):
    feed_id = send(caller, failure(place(caller)))
    document_id = read_feed(caller, feed_id)["resultFeedDocumentId"]
    caller.simulator.add_seller(id="A2OTHER", refresh_token="Atzr|other")
    caller.log_in(refresh_token="Atzr|other")

    assert caller.get(f"{FEEDS}/{feed_id}").status_code == 404
    assert caller.get(f"{DOCUMENTS}/{document_id}").status_code == 400
    assert caller.get(FEEDS, feedTypes="POST_ORDER_ACKNOWLEDGEMENT_DATA").json() == {"feeds": []}


def test_feeds_are_listed_in_pages(caller):
    ids = [send(caller, failure(place(caller))) for _ in range(5)]
    query = {"feedTypes": "POST_ORDER_ACKNOWLEDGEMENT_DATA", "processingStatuses": "DONE", "pageSize": 3}

    first = caller.get(FEEDS, **query).json()
    second = caller.get(FEEDS, nextToken=first["nextToken"]).json()

    assert [feed["feedId"] for feed in first["feeds"] + second["feeds"]] == ids[::-1]
    assert "nextToken" not in second
    assert caller.get(FEEDS).status_code == 400
    assert caller.get(FEEDS, nextToken="x").status_code == 400
    assert caller.get(FEEDS, **query | {"processingStatuses": "LOST"}).status_code == 400
    assert caller.get(FEEDS, **query | {"processingStatuses": "FATAL"}).json() == {"feeds": []}
    assert caller.get(FEEDS, **query | {"createdUntil": "2026-06-01T11:59:59Z"}).json() == {"feeds": []}


@pytest.mark.parametrize(
    ("kind", "args", "status", "has_report", "order_status"),
    [
        ("feed_fatal", {}, "FATAL", False, "UNSHIPPED"),
        ("feed_fatal", {"after_effect": True}, "FATAL", False, "CANCELLED"),
        ("feed_cancelled", {}, "CANCELLED", False, "UNSHIPPED"),
        ("feed_stuck", {}, "IN_PROGRESS", False, "UNSHIPPED"),
        ("feed_without_result", {}, "DONE", False, "CANCELLED"),
        ("feed_half_done", {}, "DONE", True, "UNSHIPPED"),
    ],
)
def test_feeds_that_end_badly(caller, kind, args, status, has_report, order_status):
    order = place(caller)
    caller.simulator.add_fault("any", kind, times=1, args=args)

    feed = read_feed(caller, send(caller, failure(order)))

    assert (feed["processingStatus"], "resultFeedDocumentId" in feed) == (status, has_report)
    assert status_of(caller, order) == order_status
    assert read_feed(caller, send(caller, failure(place(caller))))["processingStatus"] == "DONE"


def test_plans_of_feeds(caller):
    caller.simulator.set_options(rate_scale=1)
    documents = [post(caller, DOCUMENTS, {"contentType": XML}) for _ in range(16)]
    feeds = [create_feed(caller, "unknown") for _ in range(16)]

    assert [reply.status_code for reply in documents] == [201] * 15 + [429]
    assert [reply.status_code for reply in feeds] == [400] * 15 + [429]
    assert (documents[0].headers["x-amzn-ratelimit-limit"], feeds[0].headers["x-amzn-ratelimit-limit"]) == (
        "0.5",
        "0.0083",
    )


def test_feeds_need_a_role_and_a_token(caller):
    caller.simulator.set_options(roles=["tax_invoicing"])
    assert post(caller, DOCUMENTS, {"contentType": XML}).status_code == 403
    caller.headers = {}
    assert post(caller, DOCUMENTS, {"contentType": XML}).status_code == 403


def test_feeds_are_seen_over_http_and_the_log_holds_no_document(caller):
    order = place(caller)
    feed_id = send(caller, failure(order))

    [feed] = caller.http.get("/_sim/feeds").json()["feeds"]
    assert (feed["feedId"], feed["seller"]) == (feed_id, "A1DEMOSELLER00")
    assert feed["messages"] == [
        {
            "messageId": 1,
            "amazonOrderId": order["orderId"],
            "statusCode": "Failure",
            "code": "",
            "description": "",
        }
    ]
    log = caller.simulator.log()
    assert [entry["operation"] for entry in log] == ["createFeedDocument", "uploadFeedDocument", "createFeed"]
    assert all("body" not in entry for entry in log)
    assert "signature" not in json.dumps(log)
