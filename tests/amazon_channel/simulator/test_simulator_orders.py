from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest

from amazon_channel.simulator import Simulator, UnknownOrder
from amazon_channel.simulator.catalogue import CATALOGUE
from amazon_channel.simulator.factory import FEATURES
from amazon_channel.simulator.marketplaces import MARKETPLACES, ZONES

from .conftest import NOON


def grand_total(breakdowns) -> Decimal:
    """ITEM + SHIPPING + GIFT_WRAP + COD_FEE + TAX + OTHER - DISCOUNT, exactly."""
    signs = {"DISCOUNT": -1}
    return sum((signs.get(row["type"], 1) * Decimal(row["subtotal"]["amount"]) for row in breakdowns), Decimal())


def every_order(simulator, **request) -> list[dict]:
    simulator.create_orders(**request)
    return simulator.orders(limit=100_000)["orders"]


def test_money_of_500_orders_adds_up_in_every_currency(simulator):
    currencies = set()
    for order in every_order(simulator, count=500):
        proceeds = order["proceeds"]
        currency = proceeds["grandTotal"]["currencyCode"]
        currencies.add(currency)
        assert Decimal(proceeds["grandTotal"]["amount"]) == grand_total(proceeds["breakdowns"])
        by_type: Counter[str] = Counter()
        for item in order["orderItems"]:
            parts = item["proceeds"]["breakdowns"]
            assert Decimal(item["proceeds"]["proceedsTotal"]["amount"]) == grand_total(parts)
            for part in parts:
                by_type[part["type"]] += Decimal(part["subtotal"]["amount"])
                details = [Decimal(detail["value"]["amount"]) for detail in part.get("detailedBreakdowns", [])]
                assert not details or sum(details) == Decimal(part["subtotal"]["amount"])
        assert by_type == {part["type"]: Decimal(part["subtotal"]["amount"]) for part in proceeds["breakdowns"]}
        assert ("." in proceeds["grandTotal"]["amount"]) == (currency != "JPY")
    assert currencies == {marketplace.currency for marketplace in MARKETPLACES.values()}


def test_500_orders_hold_all_that_real_ones_do(simulator):
    orders = every_order(simulator, count=500, fulfilled_by="MERCHANT")
    items = [item for order in orders for item in order["orderItems"]]
    kinds = {row["type"] for item in items for row in item["proceeds"]["breakdowns"]}
    assert kinds == {"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "TAX", "DISCOUNT"}
    programs = {program for order in orders for program in order.get("programs", [])}
    assert programs == {"PRIME", "AMAZON_BUSINESS"}
    addresses = [order["recipient"]["deliveryAddress"] for order in orders]
    assert {address["addressType"] for address in addresses} == {"RESIDENTIAL", "COMMERCIAL", "PICKUP_POINT"}
    assert any("name" not in address for address in addresses)
    assert any(" ext. " in address["phone"] for address in addresses)
    assert any(address["countryCode"] == "JP" and "stateOrRegion" not in address for address in addresses)
    names = "".join(order["buyer"]["buyerName"] for order in orders)
    assert {"佐", "陈", "é"} & set(names) == {"佐", "陈", "é"}
    assert any(order.get("associatedOrders") for order in orders)
    assert any(len({i["product"]["sellerSku"] for i in o["orderItems"]}) < len(o["orderItems"]) for o in orders)
    assert any("iossNumber" in str(item) for item in items)
    assert any("🎂" in str(item) for item in items)
    assert Counter(len(order["orderItems"]) for order in orders).keys() >= {1, 2, 3, 4, 5}


def test_chance_mixes_both_ways_of_fulfilment(simulator):
    orders = every_order(simulator, count=100)
    assert {order["fulfillment"]["fulfilledBy"] for order in orders} == {"MERCHANT", "AMAZON"}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_each_feature_can_be_asked_for(simulator, feature):
    plain, featured = (
        simulator.create_orders(
            status="UNSHIPPED", fulfilled_by="MERCHANT", marketplace_id="A1VC38T7YXB528", features=features
        )[0]
        for features in ([], [feature])
    )
    assert _shape(simulator.order(featured)) != _shape(simulator.order(plain))


def test_replacement_costs_nothing_and_names_its_original(simulator):
    [order_id] = simulator.create_orders(features=["replacement"])
    order = simulator.order(order_id)
    assert Decimal(order["proceeds"]["grandTotal"]["amount"]) == 0
    assert order["associatedOrders"][0]["associationType"] == "REPLACEMENT_ORIGINAL_ID"


def test_windows_end_with_the_local_day(simulator):
    for order in every_order(simulator, count=100):
        zone = ZONES[order["salesChannel"]["marketplaceId"]]
        for window in ("shipByWindow", "deliverByWindow"):
            latest = datetime.fromisoformat(order["fulfillment"][window]["latestDateTime"]).astimezone(zone)
            assert (latest.hour, latest.minute, latest.second) == (23, 59, 59)


def test_same_seed_gives_the_same_orders():
    first, second, other = (Simulator(seed=seed, now=NOON, orders=50).orders() for seed in (3, 3, 4))
    assert first == second != other


def test_catalogue_has_400_products_that_never_change():
    assert len({product.sku for product in CATALOGUE}) == len({product.asin for product in CATALOGUE}) == 400
    assert CATALOGUE[0].sku == "KIT-0001-BLK"
    assert (CATALOGUE[0].price("USD"), CATALOGUE[0].price("JPY")) == (1499, 2250)


def test_20_000_orders_are_made_and_counted(simulator):
    assert len(set(simulator.create_orders(count=20_000))) == 20_000
    assert simulator.orders(limit=1)["total"] == 20_000


def test_scripted_order_is_exactly_what_was_asked(simulator):
    [order_id] = simulator.create_orders(
        status="UNSHIPPED",
        fulfilled_by="MERCHANT",
        marketplace_id="ATVPDKIKX0DER",
        features=[],
        items=[{"sku": "MY-SKU", "quantity": 3, "unit_price": "9.99", "title": "Bolt", "asin": "B000000001"}],
        age_seconds=3600,
        order={"orderId": "111-1111111-1111111", "buyer": {"buyerName": "Ann"}, "programs": ["PREMIUM"]},
    )
    order = simulator.order(order_id)
    assert (order_id, order["createdTime"]) == ("111-1111111-1111111", "2026-06-01T11:00:00.000Z")
    assert (order["buyer"]["buyerName"], order["programs"]) == ("Ann", ["PREMIUM"])
    [item] = order["orderItems"]
    assert (item["quantityOrdered"], item["product"]["sellerSku"]) == (3, "MY-SKU")
    assert item["proceeds"]["breakdowns"][0]["subtotal"] == {"amount": "29.97", "currencyCode": "USD"}


@pytest.mark.parametrize(
    "request_",
    [
        {"count": 0},
        {"marketplace_id": "X"},
        {"features": ["shiny"]},
        {"items": []},
        {"items": [{"weight": 1}]},
        {"seller": "nobody"},
        {"order": []},
        {"order": {"orderId": "111-1111111-1111111"}, "count": 2},
        {"order": {}, "exact": True},
        {"colour": "red"},
        {"status": "SENT"},
        {"fulfilled_by": "ME"},
    ],
)
def test_wrong_request_makes_no_order(simulator, request_):
    with pytest.raises(ValueError, match=r"."):
        simulator.create_orders(**request_)
    assert simulator.orders()["total"] == 0


def test_same_order_id_may_live_in_two_accounts_but_not_twice_in_one(simulator):
    simulator.add_seller(id="A2OTHER", refresh_token="Atzr|other")
    order = {"orderId": "111-1111111-1111111"}
    simulator.create_orders(order=order)
    simulator.create_orders(order=order, seller="A2OTHER")
    with pytest.raises(ValueError, match="already"):
        simulator.create_orders(order=order)
    assert simulator.orders()["total"] == 2
    assert simulator.order("111-1111111-1111111", "A2OTHER")["_simulator"]["seller"] == "A2OTHER"


def test_orders_are_listed_in_steps(simulator):
    ids = simulator.create_orders(count=5)
    first = simulator.orders(limit=3)
    second = simulator.orders(limit=3, after=first["next"])
    assert [order["orderId"] for order in first["orders"] + second["orders"]] == ids
    assert second["next"] is None


def test_actions_move_an_order_through_its_life(simulator):
    [order_id] = simulator.create_orders(status="PENDING", fulfilled_by="MERCHANT", items=1)
    for action in ("verify", "request_cancellation", "ship", "deliver"):
        simulator.act(order_id, action)
    order = simulator.order(order_id)
    history = [(step["change"], step["status"]) for step in order["_simulator"]["history"]]
    assert history == [
        ("created", "PENDING"),
        ("verify", "UNSHIPPED"),
        ("request_cancellation", "UNSHIPPED"),
        ("ship", "SHIPPED"),
        ("deliver", "SHIPPED"),
    ]
    assert order["packages"][0]["packageStatus"]["status"] == "DELIVERED"
    assert order["orderItems"][0]["cancellation"]["cancellationRequest"]["requester"] == "BUYER"


def test_every_update_has_a_later_time_though_the_clock_stands(simulator):
    [order_id] = simulator.create_orders()
    times = [simulator.act(order_id, "touch")["lastUpdatedTime"] for _ in range(5)]
    assert times == sorted(set(times))


def test_update_time_can_be_kept_or_set(simulator):
    [order_id] = simulator.create_orders(age_seconds=100)
    before = simulator.order(order_id)["lastUpdatedTime"]
    assert simulator.act(order_id, "touch", bump=False)["lastUpdatedTime"] == before
    set_to = "2026-05-01T00:00:00.000Z"
    assert simulator.act(order_id, "touch", last_updated=set_to)["lastUpdatedTime"] == set_to


def test_reprice_changes_the_totals_with_the_price(simulator):
    [order_id] = simulator.create_orders(
        marketplace_id="ATVPDKIKX0DER", features=[], items=[{"quantity": 2, "unit_price": "10.00"}]
    )
    order = simulator.act(order_id, "reprice", unit_price="20.00")
    assert order["proceeds"]["breakdowns"][0]["subtotal"]["amount"] == "40.00"
    assert Decimal(order["proceeds"]["grandTotal"]["amount"]) == grand_total(order["proceeds"]["breakdowns"])


def test_cancelling_units_leaves_the_rest_to_ship(simulator):
    [order_id] = simulator.create_orders(
        marketplace_id="A1PA6795UKMFR9",
        fulfilled_by="MERCHANT",
        features=[],
        items=[{"quantity": 3, "unit_price": "5.00"}],
    )
    order = simulator.act(order_id, "cancel_units", quantity=1)
    [item] = order["orderItems"]
    assert (item["quantityOrdered"], item["fulfillment"]["quantityUnfulfilled"]) == (2, 2)
    assert (order["proceeds"]["grandTotal"]["amount"], order["fulfillment"]["fulfillmentStatus"]) == (
        "10.00",
        "UNSHIPPED",
    )
    order = simulator.act(order_id, "cancel_units", quantity=2)
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"


@pytest.mark.parametrize(
    ("status", "action"), [("UNSHIPPED", "verify"), ("PENDING", "ship"), ("UNSHIPPED", "deliver"), ("PENDING", "fly")]
)
def test_action_against_the_state_is_refused(simulator, status, action):
    [order_id] = simulator.create_orders(status=status, fulfilled_by="MERCHANT")
    before = simulator.order(order_id)
    with pytest.raises(ValueError, match=r"."):
        simulator.act(order_id, action)
    assert simulator.order(order_id) == before


def test_unknown_order_is_named(simulator):
    with pytest.raises(UnknownOrder, match="111-0000000-0000000"):
        simulator.act("111-0000000-0000000", "touch")


def test_life_brings_orders_and_moves_them():
    simulator = Simulator(seed=2, now=NOON, life=True, arrival_seconds=600)
    for _ in range(48):
        simulator.set_clock(advance_seconds=3600)
    totals = simulator.orders(limit=1)["totals"]
    assert sum(totals.values()) > 200
    assert {"UNSHIPPED", "SHIPPED", "CANCELLED"} <= set(totals)
    changes = {step["change"] for o in simulator.orders(limit=1000)["orders"] for step in o["_simulator"]["history"]}
    assert {"verify", "cancel", "fulfil_fba", "request_cancellation"} <= changes


def test_without_life_nothing_moves_by_itself():
    simulator = Simulator(now=NOON, orders=20)
    before = simulator.orders()
    simulator.set_clock(advance_seconds=86400)
    assert simulator.orders() == before


def test_population_looks_like_a_month_of_trade():
    totals = Simulator(now=NOON, orders=500).orders(limit=1)["totals"]
    assert totals["SHIPPED"] > 300
    assert {"UNSHIPPED", "PARTIALLY_SHIPPED", "CANCELLED"} <= set(totals)


def _shape(order) -> str:
    """What an order consists of, whatever its values: names of fields, programs, kinds."""

    def walk(value):
        if isinstance(value, dict):
            return {name: walk(part) for name, part in value.items() if name != "_simulator"}
        if isinstance(value, list):
            return [walk(part) for part in value]
        return value if isinstance(value, str) and value.isupper() else None

    parts = {name: part for name, part in order.items() if name not in {"_simulator", "recipient", "orderAliases"}}
    address = order["recipient"]["deliveryAddress"]
    return str(walk(parts)) + address["addressType"]
