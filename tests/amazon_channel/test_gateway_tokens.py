"""Logging in: as seldom as possible, and with errors that say what to do."""

import logging
from dataclasses import replace

import pytest

from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonTransient, advice_for
from tests.amazon_channel.gateways import CREDENTIALS, PLAIN, WINDOW, make_gateway, make_package, operations


def test_calls_of_one_gateway_share_a_token(amazon):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])
    gateway = make_gateway()

    gateway.search_orders(WINDOW)
    gateway.get_order(order["orderId"])
    gateway.confirm_shipment(make_package(order))
    gateway.marketplace_participations()

    assert operations(amazon.log()) == [
        "token",
        "searchOrders",
        "getOrder",
        "confirmShipment",
        "getMarketplaceParticipations",
    ]


def test_a_token_is_renewed_before_it_runs_out(amazon):
    amazon.set_options(token_lifetime_seconds=0)
    gateway = make_gateway()
    amazon.add_fault("token", "wrong_shape", times=2, args={"json": {"access_token": "Atza|x", "expires_in": 0}})

    for _ in range(2):
        with pytest.raises(AmazonMisconfigured):
            gateway.search_orders(WINDOW)

    assert operations(amazon.log(operation="token")) == ["token", "token"]


@pytest.mark.parametrize("expires_in", [None, "soon", [1], {}])
def test_a_token_without_a_readable_life_serves_one_call(amazon, expires_in):
    amazon.add_fault("token", "wrong_shape", args={"json": {"access_token": "Atza|x", "expires_in": expires_in}})

    with pytest.raises(AmazonMisconfigured):
        make_gateway().search_orders(WINDOW)

    assert operations(amazon.log()) == ["token", "searchOrders"]


def test_an_expired_token_is_renewed_once_and_the_call_repeated(amazon):
    gateway = make_gateway()
    gateway.search_orders(WINDOW)
    amazon.clear_log()
    amazon.add_fault("searchOrders", "expire_token", nth=1)

    assert gateway.search_orders(WINDOW).orders == []
    assert operations(amazon.log()) == ["searchOrders", "token", "searchOrders"]
    assert gateway.calls == 3


def test_a_token_that_expires_at_once_again_is_renewed_only_once(amazon):
    amazon.add_fault("searchOrders", "expire_token")

    with pytest.raises(AmazonMisconfigured) as raised:
        make_gateway().search_orders(WINDOW)

    assert raised.value.code == "access_denied"
    assert operations(amazon.log()) == ["token", "searchOrders", "token", "searchOrders"]


def test_a_revoked_token_is_not_renewed(amazon):
    amazon.add_fault("searchOrders", "revoke")

    with pytest.raises(AmazonMisconfigured) as raised:
        make_gateway().search_orders(WINDOW)

    assert raised.value.code == "access_denied"
    assert operations(amazon.log()) == ["token", "searchOrders"]


def test_an_expired_token_at_a_confirmation_makes_one_package(amazon):
    order = amazon.order(amazon.create_orders(**PLAIN)[0])
    amazon.add_fault("confirmShipment", "expire_token", nth=1)

    make_gateway().confirm_shipment(make_package(order))

    assert [entry["status"] for entry in amazon.log(operation="confirmShipment")] == [403, 204]
    assert len(amazon.order(order["orderId"])["packages"]) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"refresh_token": "Atzr|other"}, "authorization_revoked"),
        ({"client_secret": "other"}, "client_credentials_wrong"),
        ({"client_id": "other"}, "client_credentials_wrong"),
    ],
)
def test_wrong_credentials_say_which_and_what_to_do(amazon, changes, code):
    with pytest.raises(AmazonMisconfigured) as raised:
        make_gateway(replace(CREDENTIALS, **changes)).search_orders(WINDOW)

    assert raised.value.code == code
    assert raised.value.advice == advice_for(code) != ""
    assert not [secret for secret in ("Atzr|", CREDENTIALS.client_secret) if secret in str(raised.value)]
    assert operations(amazon.log()) == ["token"]


@pytest.mark.parametrize(
    ("fault", "error_class", "code", "words"),
    [
        (("status", {"status": 500}), AmazonTransient, "unavailable", "Login with Amazon replied 500: server_error"),
        (("status", {"status": 429}), AmazonTransient, "unavailable", "Login with Amazon replied 429: server_error"),
        (("html", {"status": 503}), AmazonTransient, "unavailable", "Login with Amazon replied 503 without JSON"),
        (("empty", {}), AmazonTransient, "unavailable", "Login with Amazon replied 200 without JSON"),
        (("wrong_shape", {}), AmazonTransient, "unavailable", "Login with Amazon replied 200: "),
        (("wrong_shape", {"json": []}), AmazonTransient, "unavailable", "Login with Amazon replied 200 without JSON"),
        (("not_json", {"body": "[" * 50_000}), AmazonTransient, "unavailable", "Login with Amazon replied 200 without"),
        (("disconnect", {}), AmazonTransient, "unreachable", "Login with Amazon cannot be reached"),
        (("redirect", {}), AmazonTransient, "unavailable", "Login with Amazon replied 302 without JSON"),
        (
            ("status", {"status": 400, "error": "invalid_scope", "error_description": "No."}),
            AmazonMisconfigured,
            "client_credentials_wrong",
            "Login with Amazon: invalid_scope. No.",
        ),
    ],
)
def test_login_that_fails_is_no_answer(amazon, fault, error_class, code, words):
    kind, args = fault
    amazon.add_fault("token", kind, args=args)

    with pytest.raises(error_class) as raised:
        make_gateway().search_orders(WINDOW)

    assert raised.value.code == code
    assert raised.value.detail.startswith(words)
    assert amazon.log(operation="searchOrders") == []


def test_a_login_that_failed_is_tried_anew(amazon):
    gateway = make_gateway()
    amazon.add_fault("token", "html", nth=1)
    with pytest.raises(AmazonTransient):
        gateway.search_orders(WINDOW)

    assert gateway.search_orders(WINDOW).orders == []


def test_credentials_are_never_printed():
    assert repr(CREDENTIALS) == str(CREDENTIALS) == "Credentials(…)"


def test_logs_hold_neither_tokens_nor_buyers(amazon, caplog):
    order_id = amazon.create_orders(**PLAIN)[0]
    amazon.act(order_id, "merge", json={"buyer": {"buyerName": "Canary Buyer", "buyerEmail": "canary@example.org"}})
    for name in ("", "amazon_channel", "commerce_orders", "customers"):
        caplog.set_level(logging.DEBUG, logger=name)
    gateway = make_gateway()

    page = gateway.search_orders(WINDOW)
    gateway.get_order(order_id)
    gateway.confirm_shipment(make_package(amazon.order(order_id)))
    amazon.add_fault("searchOrders", "html")
    with pytest.raises(AmazonTransient):
        gateway.search_orders(WINDOW)

    assert page.orders[0]["buyer"]["buyerName"] == "Canary Buyer"
    words = [CREDENTIALS.client_secret, CREDENTIALS.refresh_token, "Atza|", "Canary", "canary@", order_id]
    assert [word for word in words if word in caplog.text] == []
    assert [record.name for record in caplog.records if record.name.startswith(("sp_api", "http"))] == []
