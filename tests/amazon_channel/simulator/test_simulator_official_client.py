"""Amazon's own Python client, whose models are strict, drives the simulator."""

import logging
import warnings
from collections.abc import Iterator

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # escapes in the client's own texts that Python no longer likes
    import spapi
    from spapi.api.feeds_v2021_06_30.feeds_api import FeedsApi
    from spapi.api.sellers_v1.sellers_api import SellersApi

from amazon_channel.simulator import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN

from .conftest import EVERYTHING
from .feeding import US, XML, envelope, failure
from .test_simulator_confirmation import body_for

INCLUDED = EVERYTHING.split(",")


@pytest.fixture
def api_client(amazon, simulator) -> Iterator[spapi.ApiClient]:
    config = spapi.SPAPIConfig(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token=REFRESH_TOKEN, region="NA"
    )
    client = spapi.SPAPIClient(config, oauth_endpoint=f"{amazon.url}/auth/o2/token", endpoint=amazon.url)
    yield client.api_client
    client.api_client.rest_client.pool_manager.clear()
    for name in ("spapi", "urllib3"):  # the client adds a handler for every model it makes
        logging.getLogger(name).handlers.clear()


def test_search_reads_every_page(api_client, simulator):
    ids = simulator.create_orders(count=25)
    api = spapi.SearchOrdersApi(api_client)
    found, token = [], None
    while True:
        more = {"pagination_token": token} if token else {}
        page = api.search_orders(
            last_updated_after="2026-01-01T00:00:00Z", max_results_per_page=10, included_data=INCLUDED, **more
        )
        found += [order.order_id for order in page.orders]
        if page.pagination is None:
            break
        token = page.pagination.next_token
    assert found == ids


def test_get_reads_one_order(api_client, simulator):
    [order_id] = simulator.create_orders(status="UNSHIPPED", fulfilled_by="MERCHANT")
    order = spapi.GetOrderApi(api_client).get_order(order_id, included_data=INCLUDED).order
    assert (order.order_id, order.fulfillment.fulfillment_status) == (order_id, "UNSHIPPED")
    truth = simulator.order(order_id)
    assert order.proceeds.grand_total.amount == truth["proceeds"]["grandTotal"]["amount"]


def test_confirm_ships_and_is_read_back(api_client, caller):
    [order_id] = caller.simulator.create_orders(status="UNSHIPPED", fulfilled_by="MERCHANT")
    body = body_for(caller, order_id)
    data, status, _ = spapi.OrdersV0Api(api_client).confirm_shipment_with_http_info(order_id, body)
    assert (data, status) == (None, 204)
    order = spapi.GetOrderApi(api_client).get_order(order_id, included_data=INCLUDED).order
    assert order.fulfillment.fulfillment_status == "SHIPPED"
    assert order.packages[0].tracking_number == body["packageDetail"]["trackingNumber"]


def test_refusal_is_an_api_exception(api_client, caller):
    with pytest.raises(spapi.ApiException) as refused:
        spapi.GetOrderApi(api_client).get_order("111-0000000-0000000")
    assert refused.value.status == 404


def test_participations(api_client, simulator):
    payload = SellersApi(api_client).get_marketplace_participations().payload
    assert len(payload) == 23


def test_feed_cancels_an_order(api_client, caller):
    [order_id] = caller.simulator.create_orders(status="UNSHIPPED", fulfilled_by="MERCHANT", marketplace_id=US)
    api = FeedsApi(api_client)
    document = api.create_feed_document({"contentType": XML})
    content = envelope(failure(caller.simulator.order(order_id)))
    assert caller.http.put(document.url, content=content, headers={"content-type": XML}).status_code == 200
    specification = {
        "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        "marketplaceIds": [US],
        "inputFeedDocumentId": document.feed_document_id,
    }
    feed = api.get_feed(api.create_feed(specification).feed_id)
    report = api.get_feed_document(feed.result_feed_document_id)
    assert (feed.processing_status, report.compression_algorithm) == ("DONE", None)
    assert "<MessagesSuccessful>1<" in caller.http.get(report.url).text
    listed = api.get_feeds(feed_types=["POST_ORDER_ACKNOWLEDGEMENT_DATA"])
    assert [row.feed_id for row in listed.feeds] == [feed.feed_id]
    assert caller.simulator.order(order_id)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
