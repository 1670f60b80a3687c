"""What Amazon is asked, and where."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from amazon_channel.gateway.client import INCLUDED_DATA, Window
from amazon_channel.marketplaces import MARKETPLACES
from tests.amazon_channel.gateways import PLAIN, US, WINDOW, make_gateway, make_package

NORTH_AMERICA = "https://sellingpartnerapi-na.amazon.com"
EUROPE = "https://sellingpartnerapi-eu.amazon.com"
FAR_EAST = "https://sellingpartnerapi-fe.amazon.com"
# Amazon, "Marketplace IDs" and "SP-API Endpoints".
WHERE = {
    "ATVPDKIKX0DER": ("US", NORTH_AMERICA),
    "A2EUQ1WTGCTBG2": ("CA", NORTH_AMERICA),
    "A1AM78C64UM0Y8": ("MX", NORTH_AMERICA),
    "A2Q3Y263D00KWC": ("BR", NORTH_AMERICA),
    "A1F83G8C2ARO7P": ("GB", EUROPE),
    "A28R8C7NBKEWEA": ("IE", EUROPE),
    "A1PA6795UKMFR9": ("DE", EUROPE),
    "A13V1IB3VIYZZH": ("FR", EUROPE),
    "APJ6JRA9NG5V4": ("IT", EUROPE),
    "A1RKKUPIHCS9HS": ("ES", EUROPE),
    "A1805IZSGTT6HS": ("NL", EUROPE),
    "AMEN7PMS3EDWL": ("BE", EUROPE),
    "A2NODRKZP88ZB9": ("SE", EUROPE),
    "A1C3SOZRARQ6R3": ("PL", EUROPE),
    "A33AVAJ2PDY3EV": ("TR", EUROPE),
    "A2VIGQ35RCS4UG": ("AE", EUROPE),
    "A17E79C6D8DWNP": ("SA", EUROPE),
    "ARBP9OOSHTCHU": ("EG", EUROPE),
    "AE08WJ6YKNBMC": ("ZA", EUROPE),
    "A21TJRUUN4KGV": ("IN", EUROPE),
    "A1VC38T7YXB528": ("JP", FAR_EAST),
    "A39IBJ37TRP1C6": ("AU", FAR_EAST),
    "A19VAU5U5O7RUS": ("SG", FAR_EAST),
}


class Recorder(BaseHTTPRequestHandler):
    """Answers every call with an empty page and keeps its headers; the local Amazon's log has none."""

    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        body = b'{"orders": []}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[tuple[str, list]]:
    seen: list = []
    server = HTTPServer(("127.0.0.1", 0), type("OneRecorder", (Recorder,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_marketplace_has_its_endpoint_and_host(amazon, settings):
    settings.AMAZON_SP_API_URL = ""
    assert {key: marketplace.country_code for key, marketplace in MARKETPLACES.items()} == {
        key: country for key, (country, _endpoint) in WHERE.items()
    }
    for key, (_country, endpoint) in WHERE.items():
        client = make_gateway(region=MARKETPLACES[key].region)._client
        assert (client.endpoint, client.headers["host"]) == (endpoint, endpoint.removeprefix("https://"))


def test_login_goes_to_amazon_unless_told_otherwise(settings):
    settings.AMAZON_LWA_URL = ""
    assert make_gateway()._client._auth._url == "https://api.amazon.com/auth/o2/token"


def test_a_call_carries_host_token_and_user_agent(amazon, settings, recorder):
    host, seen = recorder
    settings.AMAZON_SP_API_URL = f"http://{host}"

    make_gateway().search_orders(WINDOW)

    ((path, headers),) = seen
    assert path.startswith("/orders/2026-01-01/orders?")
    assert headers["host"] == host
    assert headers["x-amz-access-token"].startswith("Atza|")
    assert headers["user-agent"] == "CommerceBackOffice/1.0 (Language=Python)"
    assert "Atza" not in path


@pytest.mark.parametrize("name", ["JP", "DE", "nowhere"])
def test_the_librarys_default_marketplace_changes_nothing(amazon, settings, monkeypatch, name):
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", name)
    amazon.create_orders(**PLAIN)

    page = make_gateway().search_orders(WINDOW)

    assert len(page.orders) == 1
    assert amazon.log(operation="searchOrders")[0]["query"]["marketplaceIds"] == US
    settings.AMAZON_SP_API_URL = ""
    assert make_gateway(region="eu")._client.endpoint == EUROPE


def test_a_search_asks_for_everything_and_sets_no_upper_bound(amazon):
    zone = timezone(timedelta(hours=9))
    window = Window(datetime(2026, 11, 20, 9, 0, 1, tzinfo=zone), (US, "A2EUQ1WTGCTBG2"))
    amazon.create_orders(**PLAIN, count=101)

    first = make_gateway().search_orders(window)
    second = make_gateway().search_orders(window, token=first.next_token)

    assert (len(first.orders), len(second.orders), second.next_token) == (100, 1, None)
    assert first.last_updated_before == amazon.now()
    queries = [entry["query"] for entry in amazon.log(operation="searchOrders")]
    asked = {
        "lastUpdatedAfter": "2026-11-20T00:00:01Z",
        "marketplaceIds": f"{US},A2EUQ1WTGCTBG2",
        "includedData": "BUYER,RECIPIENT,FULFILLMENT,PROCEEDS,PROMOTION,CANCELLATION,PACKAGES,TAX",
        "maxResultsPerPage": "100",
    }
    assert queries == [asked, asked | {"paginationToken": first.next_token}]


def test_a_search_by_creation_names_its_bounds_and_nothing_of_changes(amazon):
    since = amazon.now() - timedelta(days=3)
    order_id = amazon.create_orders(**PLAIN)[0]
    open_ended = Window(None, (US,), created_after=since)
    bounded = Window(None, (US,), created_after=since, created_before=since + timedelta(hours=1))

    page, empty = make_gateway().search_orders(open_ended), make_gateway().search_orders(bounded)

    assert [order["orderId"] for order in page.orders] == [order_id]
    assert (page.created_before, page.last_updated_before) == (amazon.now(), None)
    assert (list(empty.orders), empty.created_before) == ([], bounded.created_before.replace(microsecond=0))
    first, second = (entry["query"] for entry in amazon.log(operation="searchOrders"))
    assert {name for name in first if name.startswith(("created", "lastUpdated"))} == {"createdAfter"}
    assert {name for name in second if name.startswith(("created", "lastUpdated"))} == {"createdAfter", "createdBefore"}


@pytest.mark.parametrize("bounds", [{}, {"created_before": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_a_window_is_of_changes_or_of_creations(bounds):
    with pytest.raises(ValueError, match="either of changes or of creations"):
        Window(None, (US,), **bounds)
    with pytest.raises(ValueError, match="either of changes or of creations"):
        Window(WINDOW.last_updated_after, (US,), created_after=WINDOW.last_updated_after)


def test_one_order_is_read_with_the_same_data_as_in_a_search(amazon):
    order_id = amazon.create_orders(**PLAIN)[0]
    gateway = make_gateway()

    order, rate = gateway.get_order(order_id)

    assert (order, rate) == (gateway.search_orders(WINDOW).orders[0], 10000.0)
    (entry,) = amazon.log(operation="getOrder")
    assert entry["query"] == {"includedData": ",".join(INCLUDED_DATA)}
    assert entry["path"] == f"/orders/2026-01-01/orders/{order_id}"


def test_a_confirmation_names_its_package_by_a_text_of_digits(amazon):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])
    zone = timezone(timedelta(hours=2))
    package = make_package(order, shipped_at=datetime(2026, 11, 20, 14, tzinfo=zone), shipping_method="Ground")

    rate = make_gateway().confirm_shipment(package)

    (entry,) = amazon.log(operation="confirmShipment")
    assert (entry["status"], rate) == (204, 10000.0)
    assert entry["path"] == f"/orders/v0/orders/{order['orderId']}/shipmentConfirmation"
    assert entry["body"] == {
        "marketplaceId": US,
        "packageDetail": {
            "packageReferenceId": "1000001",
            "carrierCode": "UPS",
            "shippingMethod": "Ground",
            "trackingNumber": "1Z999AA10123456784",
            "shipDate": "2026-11-20T12:00:00Z",
            "orderItems": [{"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 2}],
        },
    }
    assert amazon.order(order["orderId"])["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_an_unlisted_carrier_is_named(amazon):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])

    make_gateway().confirm_shipment(make_package(order, carrier_code="Other", carrier_name="Bike courier"))

    detail = amazon.log(operation="confirmShipment")[0]["body"]["packageDetail"]
    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Bike courier")
    assert amazon.order(order["orderId"])["packages"][0]["carrier"] == "Bike courier"


def test_participations_name_the_sellers_marketplaces(amazon):
    participations = make_gateway().marketplace_participations()

    assert {row.marketplace_id for row in participations} == set(WHERE)
    assert all(row.is_participating for row in participations)


def test_a_moment_without_a_zone_is_no_bound(amazon):
    amazon.add_fault("searchOrders", "wrong_shape", args={"json": {"orders": [], "lastUpdatedBefore": "2026-11-20"}})

    assert make_gateway().search_orders(Window(datetime(2026, 1, 1, tzinfo=UTC), (US,))).last_updated_before is None
