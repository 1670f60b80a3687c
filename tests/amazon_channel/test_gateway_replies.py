"""Whatever comes instead of an answer is one of four errors, and never an empty success."""

import httpx
import pytest

from amazon_channel.gateway import connection
from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonProtocolError, AmazonRejected, AmazonTransient
from tests.amazon_channel.gateways import PLAIN, US, WINDOW, make_gateway, make_package, operations

ACCESS = "Access to requested resource is denied."


@pytest.fixture
def hurried(monkeypatch):
    """A connection that waits for a fifth of a second at most."""
    connection.close_connections()
    monkeypatch.setattr(connection, "TIMEOUT", httpx.Timeout(0.2))
    monkeypatch.setattr(connection, "TOTAL_SECONDS", 0.2)
    yield
    connection.close_connections()


def status(number, code="Odd", message="Amazon's words", details=""):
    return ("status", {"status": number, "code": code, "message": message, "details": details})


NOT_ANSWERS = {
    "an HTML 502": (("html", {"status": 502}), AmazonTransient, "unavailable", "Amazon replied 502"),
    "an HTML 503": (("html", {"status": 503}), AmazonTransient, "unavailable", "Amazon replied 503"),
    "an HTML 404": (("html", {"status": 404}), AmazonProtocolError, "unreadable_reply", "Amazon replied 404 without a"),
    "no body": (("empty", {}), AmazonProtocolError, "unreadable_reply", "Amazon's reply is not complete JSON"),
    "an empty object": (("wrong_shape", {}), AmazonProtocolError, "unreadable_reply", "Amazon's reply has not the"),
    "a list": (("wrong_shape", {"json": []}), AmazonProtocolError, "unreadable_reply", "Amazon's reply has not the"),
    "orders that are no list": (
        ("wrong_shape", {"json": {"orders": {}}}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's page of orders is no list",
    ),
    "pagination that is no object": (
        ("wrong_shape", {"json": {"orders": [], "pagination": ["next"]}}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's page of orders is no list",
    ),
    "a token that is a number": (
        ("wrong_shape", {"json": {"orders": [], "pagination": {"nextToken": 7}}}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's pagination token is no text",
    ),
    "errors at 200": (
        ("wrong_shape", {"json": {"errors": [{"code": "InternalFailure"}], "orders": []}}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's reply has not the",
    ),
    "text": (("not_json", {}), AmazonProtocolError, "unreadable_reply", "Amazon's reply is not complete JSON"),
    "not a number": (
        ("not_json", {"body": '{"orders":[NaN]}'}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's reply is not complete JSON",
    ),
    "endless nesting": (
        ("not_json", {"body": "[" * 50_000}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon's reply is not complete JSON",
    ),
    "Forbidden": (("message", {}), AmazonMisconfigured, "access_denied", "Forbidden"),
    "an HTML 403": (("html", {"status": 403}), AmazonMisconfigured, "access_denied", "Amazon replied 403"),
    "a 429": (("throttle", {}), AmazonTransient, "throttled", "You exceeded your quota for the requested resource."),
    "a 500": (status(500, details="Later."), AmazonTransient, "unavailable", "Amazon's words Later."),
    "a 408": (status(408), AmazonTransient, "unavailable", "Amazon's words"),
    "a 400": (status(400, code="InvalidInput"), AmazonRejected, "InvalidInput", "Amazon's words"),
    "a code with spaces": (status(400, code="Invalid Input"), AmazonRejected, "InvalidInput", "Amazon's words"),
    "a long code": (status(400, code="Long" * 20), AmazonRejected, "Long" * 10, "Amazon's words"),
    "long words": (status(400, message="x" * 9000), AmazonRejected, "Odd", "x" * 500),
    "unstorable words": (
        ("not_json", {"status": 400, "body": r'{"errors":[{"code":"Odd","message":"a\u0000b\ud83d"}]}'}),
        AmazonRejected,
        "Odd",
        "a\ufffdb\ufffd",
    ),
    "a 404": (status(404, code="NotFound"), AmazonRejected, "NotFound", "Amazon's words"),
    "a 413": (status(413), AmazonRejected, "Odd", "Amazon's words"),
    "nested nonsense at 400": (
        ("not_json", {"status": 400, "body": "[" * 50_000}),
        AmazonProtocolError,
        "unreadable_reply",
        "Amazon replied 400 without a reason",
    ),
    "a cut connection": (("disconnect", {}), AmazonTransient, "unreachable", "Amazon cannot be reached"),
}


@pytest.mark.parametrize("name", NOT_ANSWERS)
def test_search_never_takes_another_reply_for_an_empty_page(amazon, name):
    (kind, args), error_class, code, words = NOT_ANSWERS[name]
    amazon.create_orders(**PLAIN)
    amazon.add_fault("searchOrders", kind, args=args)

    with pytest.raises(error_class) as raised:
        make_gateway().search_orders(WINDOW)

    assert type(raised.value) is error_class
    assert raised.value.code == code
    assert raised.value.detail.startswith(words)
    assert len(raised.value.detail) <= 500


@pytest.mark.parametrize("at", [0, 1, 10, 500, -1])
@pytest.mark.parametrize("cut_connection", [False, True])
def test_a_truncated_page_is_refused_as_a_whole(amazon, at, cut_connection):
    order_id = amazon.create_orders(**PLAIN)[0]
    amazon.add_fault("searchOrders", "truncate", args={"at": at, "cut_connection": cut_connection})
    error_class = AmazonTransient if cut_connection else AmazonProtocolError

    with pytest.raises(error_class):
        make_gateway().search_orders(WINDOW)

    amazon.clear_faults()
    assert [order["orderId"] for order in make_gateway().search_orders(WINDOW).orders] == [order_id]


def test_a_redirect_is_not_followed_and_carries_no_token_away(amazon, settings):
    elsewhere = settings.AMAZON_SP_API_URL.replace("127.0.0.1", "localhost")
    amazon.add_fault("searchOrders", "redirect", times=1, args={"location": f"{elsewhere}/orders/2026-01-01/orders"})

    with pytest.raises(AmazonProtocolError) as raised:
        make_gateway().search_orders(WINDOW)

    assert (raised.value.code, raised.value.detail) == ("redirected", "Amazon replied 302")
    assert [(entry["operation"], entry["status"]) for entry in amazon.log()] == [("token", 200), ("searchOrders", 302)]


@pytest.mark.parametrize("kind", ["hang", "delay"])
def test_silence_ends_after_the_time_limit(amazon, hurried, kind):
    gateway = make_gateway()
    gateway.search_orders(WINDOW)
    amazon.add_fault("searchOrders", kind, args={"seconds": 0.5})

    with pytest.raises(AmazonTransient) as raised:
        gateway.search_orders(WINDOW)

    assert (raised.value.code, raised.value.detail) == ("timeout", "Amazon did not answer in time")


def test_a_reply_that_drips_ends_after_the_total_time(amazon, hurried):
    amazon.create_orders(**PLAIN)
    amazon.add_fault("searchOrders", "drip", args={"bytes": 1, "seconds": 0.05})  # each byte well in time

    with pytest.raises(AmazonTransient) as raised:
        make_gateway().search_orders(WINDOW)

    assert raised.value.code == "timeout"


def test_a_reply_that_is_too_large_is_not_read_to_its_end(amazon, monkeypatch):
    amazon.create_orders(**PLAIN, count=3)
    monkeypatch.setattr(connection, "LARGEST_REPLY", 2000)

    with pytest.raises(AmazonTransient) as raised:
        make_gateway().search_orders(WINDOW)

    assert (raised.value.code, raised.value.detail) == ("unreachable", "Amazon cannot be reached")


def test_a_refused_connection_is_transient(amazon, settings):
    gateway = make_gateway()
    gateway.search_orders(WINDOW)
    settings.AMAZON_SP_API_URL = "http://127.0.0.1:1"

    with pytest.raises(AmazonTransient) as raised:
        make_gateway().search_orders(WINDOW)

    assert (raised.value.code, raised.value.detail) == ("unreachable", "Amazon cannot be reached")


@pytest.mark.parametrize("fault", [("html", {"status": 502}), ("empty", {}), ("wrong_shape", {}), ("message", {})])
def test_only_204_says_that_a_confirmation_was_accepted(amazon, fault):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])
    kind, args = fault
    amazon.add_fault("confirmShipment", kind, args=args)

    with pytest.raises((AmazonTransient, AmazonProtocolError, AmazonMisconfigured)):
        make_gateway().confirm_shipment(make_package(order))

    assert "packages" not in amazon.order(order["orderId"])


@pytest.mark.parametrize(
    "payload",
    [None, "text", [None], [{}], [{"marketplace": {"id": US}}], [{"marketplace": {"id": US, "name": "US"}}]],
)
def test_marketplaces_with_gaps_are_refused(amazon, payload):
    amazon.add_fault("getMarketplaceParticipations", "wrong_shape", args={"json": {"payload": payload}})

    with pytest.raises(AmazonProtocolError) as raised:
        make_gateway().marketplace_participations()

    assert raised.value.code == "unreadable_reply"


def test_an_order_that_is_no_object_is_refused(amazon):
    amazon.add_fault("getOrder", "wrong_shape", args={"json": {"order": []}})

    with pytest.raises(AmazonProtocolError) as raised:
        make_gateway().get_order("111-1111111-1111111")

    assert raised.value.detail == "Amazon's order is no object"


def test_an_error_names_amazons_request(amazon):
    amazon.add_fault("searchOrders", "throttle")

    with pytest.raises(AmazonTransient) as raised:
        make_gateway().search_orders(WINDOW)

    assert len(raised.value.request_id) == 36
    assert str(raised.value).endswith(f"(request {raised.value.request_id})")


def test_what_no_database_can_store_is_replaced_visibly(amazon):
    order_id = amazon.create_orders(**PLAIN)[0]
    amazon.act(order_id, "merge", json={"orderItems": [{"title": "a\x00b", "gift": "x\ud83dy", "whole": "\U0001f381"}]})

    (order,) = make_gateway().search_orders(WINDOW).orders

    assert order["orderItems"] == [{"title": "a\ufffdb", "gift": "x\ufffdy", "whole": "\U0001f381"}]


def test_a_page_that_mentions_an_escape_in_words_is_left_alone(amazon):
    order_id = amazon.create_orders(**PLAIN)[0]
    amazon.act(order_id, "merge", json={"orderAliases": ["\\u0000 and \\ud800", "é"]})

    (order,) = make_gateway().search_orders(WINDOW).orders

    assert order["orderAliases"] == ["\\u0000 and \\ud800", "é"]


@pytest.mark.parametrize(("stated", "rate"), [("0.002", 0.002), ("nan", None), ("0", None), ("-1", None), ("x", None)])
def test_the_rate_is_what_amazon_states(amazon, stated, rate):
    amazon.add_fault("searchOrders", "rate", args={"rate": stated})

    assert make_gateway().search_orders(WINDOW).rate == rate


def test_a_missing_rate_is_none(amazon):
    amazon.add_fault("searchOrders", "drop_rate_header")

    assert make_gateway().search_orders(WINDOW).rate is None


def test_calls_are_counted_without_token_calls(amazon):
    gateway = make_gateway()
    for _ in range(3):
        gateway.search_orders(WINDOW)

    assert gateway.calls == 3
    assert operations(amazon.log()) == ["token", "searchOrders", "searchOrders", "searchOrders"]
