import json

import httpx
import pytest

from .test_simulator_confirmation import body_for, fulfilled, order_id  # noqa: F401

ORDER = "/orders/2026-01-01/orders/111-0000000-0000000"


@pytest.mark.parametrize(
    ("kind", "args", "status", "content_type", "text"),
    [
        ("status", {"status": 503, "code": "ServiceUnavailable"}, 503, "application/json", "ServiceUnavailable"),
        ("status", {}, 500, "application/json", "We encountered an internal error. Please try again."),
        ("html", {"status": 504}, 504, "text/html", "<title>504 Gateway Time-out</title>"),
        ("html", {}, 503, "text/html", "<html>"),
        ("empty", {"status": 503}, 503, None, ""),
        ("empty", {}, 200, None, ""),
        ("message", {}, 403, "application/json", '{"message":"Forbidden"}'),
        ("not_json", {}, 200, "application/json", "upstream said: OK"),
        ("wrong_shape", {}, 200, "application/json", "{}"),
        ("wrong_shape", {"json": {"payload": {}}}, 200, "application/json", '{"payload":{}}'),
        ("throttle", {}, 429, "application/json", "QuotaExceeded"),
        ("redirect", {"location": "http://127.0.0.1:9/"}, 302, None, ""),
    ],
)
def test_reply_is_replaced_and_the_call_does_nothing(caller, kind, args, status, content_type, text):
    caller.simulator.add_fault("searchOrders", kind, args=args)
    response = caller.search()
    assert (response.status_code, response.headers.get("content-type")) == (status, content_type)
    assert text in response.text
    assert text or not response.content
    assert response.headers["x-amzn-requestid"]
    [entry] = caller.simulator.log()
    assert (entry["status"], entry["seller"]) == (status, None)


def test_fault_may_add_headers(caller):
    caller.simulator.add_fault("searchOrders", "html", args={"headers": {"Retry-After": 7}})
    assert caller.search().headers["retry-after"] == "7"


def test_failing_login_speaks_the_language_of_logins(caller):
    caller.simulator.add_fault("token", "status", args={"status": 503, "error": "temporarily_unavailable"})
    response = caller.log_in()
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")


def test_disconnect_closes_without_a_reply_and_without_effect(caller, order_id):  # noqa: F811
    caller.simulator.add_fault("confirmShipment", "disconnect", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.confirm(order_id, body_for(caller, order_id))
    assert fulfilled(caller, order_id) == [0, 0]
    assert caller.confirm(order_id, body_for(caller, order_id)).status_code == 204


def test_effect_remains_when_only_the_reply_is_lost(caller, order_id):  # noqa: F811
    caller.simulator.add_fault("confirmShipment", "disconnect_after_effect", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.confirm(order_id, body_for(caller, order_id, 1, 0))
    assert fulfilled(caller, order_id) == [1, 0]


def test_effect_remains_behind_an_html_page(caller, order_id):  # noqa: F811
    caller.simulator.add_fault("confirmShipment", "html_after_effect")
    response = caller.confirm(order_id, body_for(caller, order_id))
    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert fulfilled(caller, order_id) == [3, 1]


def test_hang_never_replies(caller):
    caller.simulator.add_fault("searchOrders", "hang", times=1)
    with httpx.Client(base_url=caller.http.base_url, timeout=0.05) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.get(ORDER.rsplit("/", 1)[0], headers=caller.headers)
    assert caller.search().status_code == 200


def test_truncated_json_with_an_honest_length(caller):
    caller.simulator.create_orders(count=3)
    caller.simulator.add_fault("searchOrders", "truncate", args={"at": 100})
    response = caller.search()
    assert (response.status_code, len(response.content)) == (200, 100)
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_truncated_reply_with_a_cut_connection(caller):
    caller.simulator.create_orders(count=3)
    caller.simulator.add_fault("searchOrders", "truncate", times=1, args={"at": 100, "cut_connection": True})
    with pytest.raises(httpx.RemoteProtocolError):
        caller.search()
    assert caller.search().status_code == 200


def test_drip_sends_it_all_in_drops(caller):
    caller.simulator.create_orders(count=2)
    whole = caller.search().json()
    caller.simulator.add_fault("searchOrders", "drip", args={"bytes": 500, "seconds": 0})
    assert caller.search().json() == whole


def test_delay_replies_in_the_end(caller):
    caller.simulator.create_orders(count=2)
    whole = caller.search().json()
    caller.simulator.add_fault("searchOrders", "delay", args={"seconds": 0.01})
    assert caller.search().json() == whole


def test_expired_and_revoked_tokens(caller):
    caller.simulator.add_fault("searchOrders", "expire_token", times=1)
    assert "has expired" in caller.search().text
    caller.log_in()
    assert caller.search().status_code == 200
    caller.simulator.add_fault("getOrder", "revoke", times=1)
    assert "revoked, malformed or invalid" in caller.get(ORDER).text
    assert caller.search().status_code == 403


def test_rate_header_can_lie_or_be_missing(caller):
    caller.simulator.add_fault("searchOrders", "rate", times=1, args={"rate": 0.002})
    caller.simulator.add_fault("searchOrders", "drop_rate_header", times=1)
    replies = [caller.search().headers.get("x-amzn-ratelimit-limit") for _ in range(3)]
    assert replies == ["0.002", None, "10000.0"]


def test_duplicate_page_comes_with_a_new_token(caller):
    ids = caller.simulator.create_orders(count=3)
    caller.simulator.add_fault("searchOrders", "duplicate_page", nth=2)
    pages = caller.pages(maxResultsPerPage=1)
    assert [order["orderId"] for page in pages for order in page["orders"]] == [ids[0], ids[1], ids[1], ids[2]]


def test_same_token_leads_nowhere_until_cleared(caller):
    caller.simulator.create_orders(count=3)
    token = caller.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]
    caller.simulator.add_fault("searchOrders", "same_token")
    for _ in range(3):
        page = caller.search(maxResultsPerPage=1, paginationToken=token).json()
        assert page["pagination"]["nextToken"] == token
    caller.simulator.clear_faults()
    assert caller.search(maxResultsPerPage=1, paginationToken=token).json()["pagination"]["nextToken"] != token


def test_empty_page_with_token_is_followed_by_the_orders(caller):
    ids = caller.simulator.create_orders(count=2)
    caller.simulator.add_fault("searchOrders", "empty_page_with_token", nth=1)
    first, second = caller.pages()
    assert first["orders"] == []
    assert [order["orderId"] for order in second["orders"]] == ids


def test_nth_and_times_count_matching_calls_only(caller):
    caller.simulator.add_fault("searchOrders", "throttle", nth=2, times=2)
    caller.get(ORDER)
    assert [caller.search().status_code for _ in range(5)] == [200, 429, 429, 200, 200]
    [fault] = caller.simulator.faults()
    assert (fault["calls"], fault["fired"]) == (5, 2)


def test_nth_alone_fires_once_and_any_matches_all(caller):
    caller.simulator.add_fault("any", "throttle", nth=2)
    assert [caller.get(ORDER).status_code, caller.search().status_code, caller.search().status_code] == [404, 429, 200]


def test_probability_is_seeded(caller):
    def run() -> list[int]:
        caller.simulator.reset(seed=5)
        caller.log_in()
        caller.simulator.add_fault("searchOrders", "throttle", probability=0.5)
        return [caller.search().status_code for _ in range(20)]

    first = run()
    assert set(first) == {200, 429}
    assert run() == first


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "search", "kind": "html"},
        {"operation": "any", "kind": "explode"},
        {"operation": "any", "kind": "html", "often": 1},
    ],
)
def test_unknown_fault_is_refused(simulator, fault):
    with pytest.raises(ValueError, match=r"can be|unknown"):
        simulator.add_fault(**fault)
    assert simulator.faults() == []
