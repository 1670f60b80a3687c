import pytest

QUOTA = {
    "errors": [
        {
            "code": "QuotaExceeded",
            "message": "You exceeded your quota for the requested resource.",
            "details": "",
        }
    ]
}


def test_search_burst_is_twenty_and_refills_in_three_minutes(caller):
    caller.simulator.set_options(rate_scale=1)
    assert [caller.search().status_code for _ in range(21)] == [200] * 20 + [429]
    caller.simulator.set_clock(advance_seconds=178)
    assert caller.search().status_code == 429
    caller.simulator.set_clock(advance_seconds=1)
    assert [caller.search().status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("path", "burst", "rate"),
    [
        ("/orders/2026-01-01/orders?lastUpdatedAfter=2026-01-01T00:00:00Z", 20, 0.0056),
        ("/orders/2026-01-01/orders/111-0000000-0000000", 30, 0.5),
        ("/sellers/v1/marketplaceParticipations", 15, 0.016),
    ],
)
def test_each_operation_has_amazons_plan(caller, path, burst, rate):
    caller.simulator.set_options(rate_scale=1)
    replies = [caller.get(path) if "?" not in path else _plain(caller, path) for _ in range(burst + 1)]
    assert [reply.status_code == 429 for reply in replies] == [False] * burst + [True]
    assert float(replies[0].headers["x-amzn-ratelimit-limit"]) == rate
    assert replies[-1].json() == QUOTA
    assert "x-amzn-ratelimit-limit" not in replies[-1].headers


def test_confirm_burst_is_ten(caller):
    caller.simulator.set_options(rate_scale=1)
    replies = [caller.confirm("111-0000000-0000000", {}).status_code for _ in range(11)]
    assert replies == [400] * 10 + [429]


def test_buckets_are_per_seller_and_operation(caller):
    caller.simulator.set_options(rate_scale=1)
    assert [caller.search().status_code for _ in range(21)][-1] == 429
    assert caller.get("/sellers/v1/marketplaceParticipations").status_code == 200
    caller.simulator.add_seller(id="A2OTHER", refresh_token="Atzr|other")
    caller.log_in(refresh_token="Atzr|other")
    assert caller.search().status_code == 200


def test_rate_scale_multiplies_and_zero_lifts_the_limits(caller):
    caller.simulator.set_options(rate_scale=10)
    assert caller.search().headers["x-amzn-ratelimit-limit"] == "0.056"
    caller.simulator.set_options(rate_scale="off")
    replies = [caller.search() for _ in range(25)]
    assert {reply.status_code for reply in replies} == {200}
    assert replies[0].headers["x-amzn-ratelimit-limit"] == "10000.0"


def test_every_reply_has_its_own_request_id(caller):
    replies = [caller.search(), caller.search(createdAfter="x"), caller.get("/nowhere"), caller.log_in()]
    assert len({reply.headers["x-amzn-requestid"] for reply in replies}) == 4


def test_error_type_and_rate_header_by_status(caller):
    found, wrong = caller.search(), caller.search(createdAfter="x")
    missing = caller.get("/orders/2026-01-01/orders/111-0000000-0000000")
    caller.headers = {}
    denied = caller.search()
    assert [reply.status_code for reply in (found, wrong, missing, denied)] == [200, 400, 404, 403]
    assert ["x-amzn-ratelimit-limit" in reply.headers for reply in (found, wrong, missing, denied)] == [
        True,
        True,
        True,
        False,
    ]
    assert [reply.headers.get("x-amzn-errortype") for reply in (found, wrong, missing, denied)] == [
        None,
        "ValidationException",
        "ResourceNotFoundException",
        "AccessDeniedException",
    ]


@pytest.mark.parametrize("path", ["/nowhere", "/orders/v0/orders", "/orders/2026-01-01/orders/1/2"])
def test_unknown_path_is_not_found_in_amazons_form(caller, path):
    response = caller.get(path)
    assert response.status_code == 404
    assert [error["code"] for error in response.json()["errors"]] == ["NotFound"]


def test_malformed_order_id_is_invalid_input(caller):
    response = caller.get("/orders/2026-01-01/orders/TEST_CASE_400")
    assert response.status_code == 400
    expected = {"code": "InvalidInput", "message": "Invalid Input"}
    assert response.json() == {"errors": [expected]}


def test_participations_list_all_marketplaces_in_a_payload(caller):
    payload = caller.get("/sellers/v1/marketplaceParticipations").json()["payload"]
    assert len(payload) == 23
    currencies = {row["marketplace"]["countryCode"]: row["marketplace"]["defaultCurrencyCode"] for row in payload}
    assert (currencies["JP"], currencies["GB"], currencies["SE"]) == ("JPY", "GBP", "SEK")


def _plain(caller, path):
    return caller.http.get(path, headers=caller.headers)
