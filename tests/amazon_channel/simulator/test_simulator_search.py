from datetime import timedelta

import pytest

from amazon_channel.simulator.marketplaces import MARKETPLACES
from amazon_channel.simulator.timestamps import write_timestamp

DAY = 86400
WINDOW = "2026-05-01T00:00:00Z"


@pytest.mark.parametrize(
    ("parameters", "details"),
    [
        ({"createdAfter": WINDOW, "lastUpdatedAfter": WINDOW}, "cannot be given together"),
        ({"createdAfter": WINDOW, "lastUpdatedBefore": WINDOW}, "cannot be given together"),
        ({"lastUpdatedAfter": WINDOW, "createdBefore": WINDOW}, "cannot be given together"),
        ({"createdAfter": "TEST_CASE_400"}, "Invalid date/time field [createdAfter]"),
        ({"lastUpdatedAfter": "2026-05-01"}, "Invalid date/time field [lastUpdatedAfter]"),
        ({"lastUpdatedAfter": "2026-05-01T00:00:00"}, "timestamp must follow ISO8601"),
        ({"lastUpdatedAfter": "2026-13-01T00:00:00Z"}, "Invalid date/time field [lastUpdatedAfter]"),
        ({"lastUpdatedAfter": WINDOW, "lastUpdatedBefore": "2026-04-30T23:59:59Z"}, "equal to or after"),
        ({"lastUpdatedAfter": WINDOW, "lastUpdatedBefore": "2026-06-01T12:00:01Z"}, "two minutes"),
        ({"lastUpdatedAfter": WINDOW, "fulfillmentStatuses": "Unshipped"}, "Unshipped"),
        ({"lastUpdatedAfter": WINDOW, "fulfilledBy": "MERCHANT,FBA"}, "FBA"),
        ({"lastUpdatedAfter": WINDOW, "includedData": "BUYER,buyer"}, "buyer"),
        ({"lastUpdatedAfter": WINDOW, "maxResultsPerPage": "0"}, "maxResultsPerPage"),
        ({"lastUpdatedAfter": WINDOW, "maxResultsPerPage": "101"}, "maxResultsPerPage"),
        ({"lastUpdatedAfter": WINDOW, "maxResultsPerPage": "ten"}, "maxResultsPerPage"),
        ({"lastUpdatedAfter": WINDOW, "marketplaceIds": ",".join(["ATVPDKIKX0DER"] * 51)}, "at most 50"),
    ],
)
def test_broken_rule_is_a_400_that_names_it(caller, parameters, details):
    response = caller.get("/orders/2026-01-01/orders", **parameters)
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"], error["message"]) == (400, "InvalidInput", "Invalid Input")
    assert details in error["details"]


def test_search_without_any_window_is_refused(caller):
    assert caller.get("/orders/2026-01-01/orders").status_code == 400


def test_offset_must_be_encoded_or_its_plus_becomes_a_space(caller):
    path = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-05-01T00:00:00"
    assert caller.http.get(f"{path}+09:00", headers=caller.headers).status_code == 400
    assert caller.http.get(f"{path}%2B09:00", headers=caller.headers).status_code == 200


def test_unknown_parameter_is_ignored(caller):
    ids = caller.simulator.create_orders(count=2)
    assert caller.search_ids(MarketplaceIds="x", buyerEmail="y") == caller.search_ids()
    assert set(caller.search_ids()) == set(ids)


def test_filters_choose_by_status_marketplace_and_fulfilment(caller):
    create = caller.simulator.create_orders
    [us] = create(marketplace_id="ATVPDKIKX0DER", status="UNSHIPPED", fulfilled_by="MERCHANT")
    [german] = create(marketplace_id="A1PA6795UKMFR9", status="PENDING", fulfilled_by="MERCHANT")
    [amazons] = create(marketplace_id="A1PA6795UKMFR9", status="SHIPPED", fulfilled_by="AMAZON")
    assert caller.search_ids() == [us, german, amazons]
    assert caller.search_ids(fulfillmentStatuses="PENDING,SHIPPED") == [german, amazons]
    assert caller.search_ids(marketplaceIds="ATVPDKIKX0DER") == [us]
    assert caller.search_ids(fulfilledBy="AMAZON") == [amazons]
    assert caller.search_ids(marketplaceIds="A1PA6795UKMFR9", fulfilledBy="MERCHANT") == [german]


def test_window_includes_both_of_its_ends(caller):
    [old] = caller.simulator.create_orders(age_seconds=600)
    [new] = caller.simulator.create_orders(age_seconds=300)
    assert caller.search_ids(lastUpdatedAfter="2026-06-01T11:50:00Z") == [old, new]
    assert caller.search_ids(lastUpdatedAfter="2026-06-01T11:50:00.001Z") == [new]
    window = {"lastUpdatedAfter": WINDOW, "lastUpdatedBefore": "2026-06-01T11:55:00Z"}
    assert caller.search_ids(**window) == [old, new]
    assert caller.search_ids(**window | {"lastUpdatedBefore": "2026-06-01T11:54:59.999Z"}) == [old]


def test_created_window_looks_at_creation_not_at_updates(caller):
    [order] = caller.simulator.create_orders(age_seconds=DAY, status="UNSHIPPED")
    caller.simulator.act(order, "touch")
    assert caller.search_ids(createdAfter="2026-06-01T00:00:00Z") == []
    assert caller.search_ids(lastUpdatedAfter="2026-06-01T00:00:00Z") == [order]
    assert caller.search_ids(createdAfter="2026-05-31T00:00:00Z", createdBefore="2026-06-01T00:00:00Z") == [order]


def test_order_is_found_two_minutes_after_its_last_update(caller):
    caller.simulator.set_options(search_delay_seconds=120)
    [order] = caller.simulator.create_orders()
    caller.simulator.set_clock(advance_seconds=119)
    assert caller.search_ids() == caller.search_ids(createdAfter=WINDOW) == []
    caller.simulator.set_clock(advance_seconds=1)
    assert caller.search_ids() == caller.search_ids(createdAfter=WINDOW) == [order]
    caller.simulator.act(order, "touch")
    assert caller.search_ids() == []


def test_reply_states_the_upper_bound_it_used(caller):
    caller.simulator.set_options(search_delay_seconds=120)
    now = caller.simulator.now()
    two_minutes_ago = write_timestamp(now - timedelta(minutes=2))
    assert caller.search().json()["lastUpdatedBefore"] == two_minutes_ago
    assert caller.search(createdAfter=WINDOW).json()["createdBefore"] == two_minutes_ago
    asked = caller.search(lastUpdatedAfter=WINDOW, lastUpdatedBefore="2026-05-20T00:00:00Z").json()
    assert asked["lastUpdatedBefore"] == "2026-05-20T00:00:00.000Z"


def test_late_visible_order_appears_with_its_old_time(caller):
    [order] = caller.simulator.create_orders(age_seconds=3600, visible_in_seconds=1800)
    assert caller.search_ids() == []
    assert caller.get(f"/orders/2026-01-01/orders/{order}").status_code == 404
    caller.simulator.set_clock(advance_seconds=1800)
    assert caller.search_ids() == [order]
    assert caller.order(order)["lastUpdatedTime"] == "2026-06-01T11:00:00.000Z"


def test_unlisted_order_is_found_by_id_only(caller):
    [order] = caller.simulator.create_orders(listed=False)
    assert caller.search_ids() == []
    assert caller.order(order)["orderId"] == order
    caller.simulator.act(order, "list", listed=True)
    assert caller.search_ids() == [order]


def test_orders_older_than_two_years_are_kept_in_three_marketplaces(caller):
    kept = {}
    for marketplace in MARKETPLACES.values():
        [order] = caller.simulator.create_orders(marketplace_id=marketplace.id, age_seconds=731 * DAY)
        kept[order] = marketplace.country_code
    found = caller.search_ids(lastUpdatedAfter="2020-01-01T00:00:00Z")
    assert {kept[order] for order in found} == {"JP", "AU", "SG"}


def test_pages_hold_everything_once_and_the_last_has_no_pagination(caller):
    ids = caller.simulator.create_orders(count=250)
    pages = caller.pages(maxResultsPerPage=100)
    assert [len(page["orders"]) for page in pages] == [100, 100, 50]
    assert [order["orderId"] for page in pages for order in page["orders"]] == ids
    assert ["pagination" in page for page in pages] == [True, True, False]


def test_exactly_full_page_is_the_last(caller):
    caller.simulator.create_orders(count=10)
    assert [len(page["orders"]) for page in caller.pages(maxResultsPerPage=10)] == [10]


def test_page_token_needs_url_encoding(caller):
    caller.simulator.create_orders(count=2)
    token = _token(caller)
    assert {"+", "/", "="} <= set(token)
    assert caller.search(maxResultsPerPage=1, paginationToken=token).status_code == 200


def test_page_size_and_included_data_may_change_between_pages(caller):
    ids = caller.simulator.create_orders(count=5)
    response = caller.search(maxResultsPerPage=3, includedData="BUYER", paginationToken=_token(caller))
    assert [order["orderId"] for order in response.json()["orders"]] == ids[1:4]


@pytest.mark.parametrize(
    "change",
    [
        {"lastUpdatedAfter": "2026-01-02T00:00:00Z"},
        {"lastUpdatedBefore": "2026-05-01T00:00:00Z"},
        {"createdAfter": "2026-01-01T00:00:00Z"},
        {"fulfillmentStatuses": "UNSHIPPED"},
        {"marketplaceIds": "ATVPDKIKX0DER"},
        {"fulfilledBy": "MERCHANT"},
    ],
)
def test_filters_are_frozen_by_the_token(caller, change):
    caller.simulator.create_orders(count=2)
    response = caller.search(**change, paginationToken=_token(caller))
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (400, "InvalidInput")
    assert error["message"] == "The input you have submitted is not valid. Please check your input and try again."


@pytest.mark.parametrize("token", ["2YgYW55IGNhcm5hbCBwbGVhc3VyZS4", "v2+/", "v2+/AAAA", "é"])
def test_forged_token_is_refused(caller, token):
    assert caller.search(paginationToken=token).status_code == 400


def test_token_expires_after_a_day(caller):
    caller.simulator.create_orders(count=2)
    token = _token(caller)
    caller.simulator.set_clock(advance_seconds=DAY - 1)
    caller.log_in()
    assert caller.search(paginationToken=token).status_code == 200
    caller.simulator.set_clock(advance_seconds=1)
    assert caller.search(paginationToken=token).status_code == 400


def test_order_updated_while_paging_moves_to_a_later_page(caller):
    first, second, third = (caller.simulator.create_orders(status="UNSHIPPED")[0] for _ in range(3))
    page = caller.search(maxResultsPerPage=1).json()
    assert [order["orderId"] for order in page["orders"]] == [first]
    caller.simulator.act(first, "touch")
    caller.simulator.act(second, "touch")
    rest = caller.search(paginationToken=page["pagination"]["nextToken"]).json()
    assert [order["orderId"] for order in rest["orders"]] == [third, first, second]


def test_shuffled_pages_hold_the_same_orders(caller):
    ids = caller.simulator.create_orders(count=30)
    caller.simulator.set_options(shuffle_pages=True)
    shuffled = caller.search_ids()
    assert shuffled != ids
    assert sorted(shuffled) == sorted(ids)


def _token(caller) -> str:
    return caller.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]
