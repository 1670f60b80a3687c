"""Packages of others, packages changed or taken out at Amazon, in whatever order versions come."""

import itertools

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.outbox import send_again
from amazon_channel.services.store import store_page
from commerce_orders.models import Order, Shipment
from tests.amazon_channel.following import item_ids, lines, problem, status, timeline, to_ship
from tests.amazon_channel.shipping import TRACKING, only_confirmation, packages_at_amazon, push, ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    """Two lines, of 1 and 3 units, taken over."""
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    return order_id


def shipments():
    """Tracking number, origin and state of each, oldest first."""
    return list(Shipment.objects.order_by("id").values_list("tracking_number", "origin", "amazon_confirmation__state"))


def edit_package(shop, order_id, **changes):
    first, *others = shop.amazon.order(order_id)["packages"]
    shop.amazon.act(order_id, "merge", json={"packages": [first | changes, *others]})


def test_partly_by_hand_and_partly_by_us(shop, order_id):
    second = item_ids(shop, order_id)[1]
    shop.amazon.act(order_id, "ship", items={second: 2}, tracking_number="BY-HAND")
    shop.pull()
    assert (status(), to_ship()) == ("partially_shipped", 2)
    ship(order_id)
    push(shop)
    shop.pull()

    assert shipments() == [("BY-HAND", "channel", "confirmed"), (TRACKING, "staff", "confirmed")]
    assert lines() == [("SKU-1", 1, 1, 0, 0), ("SKU-2", 3, 3, 0, 0)]
    assert len(packages_at_amazon(shop, order_id)) == 2
    assert (status(), AmazonOrder.objects.get().status, problem()) == ("complete", "SHIPPED", ("", ""))
    assert timeline()[0] == "Shipment recorded · Partially shipped"


def test_shipped_here_while_somebody_ships_a_part_by_hand(shop, order_id):
    """Nobody has read the other package when ours is sent: Amazon takes what is left, and no unit leaves twice."""
    ship(order_id)
    shop.amazon.act(order_id, "ship", items={item_ids(shop, order_id)[1]: 2}, tracking_number="BY-HAND")

    report = push(shop)
    shop.pull()

    assert (report.sent, report.rejected) == (1, 0)
    ours = shop.amazon.order(order_id)["packages"][1]
    assert [row["quantity"] for row in ours["packageItems"]] == [1, 1]
    assert (only_confirmation().state, AmazonOrder.objects.get().status, problem()) == (
        "confirmed",
        "SHIPPED",
        ("", ""),
    )
    assert lines() == [("SKU-1", 1, 1, 0, 0), ("SKU-2", 3, 3, 0, 0)]


def test_the_same_tracking_number_typed_here_and_at_amazon_is_one_parcel(shop, order_id):
    ship(order_id, tracking_number="1z 999 aa1 0123456784")
    shop.amazon.act(order_id, "ship", tracking_number=TRACKING)
    shop.pull()

    assert shipments() == [("1z 999 aa1 0123456784", "staff", "confirmed")]
    assert (push(shop).sent, len(packages_at_amazon(shop, order_id))) == (0, 1)


def test_a_tracking_number_corrected_at_amazon_is_shown_here(shop, order_id):
    ship(order_id)
    push(shop)
    shop.pull()
    edit_package(shop, order_id, trackingNumber="CORRECTED", carrier="FedEx")
    shop.pull()

    assert shipments() == [("CORRECTED", "staff", "confirmed")]
    assert Shipment.objects.get().carrier == "FedEx"
    assert timeline()[-1] == "Shipment corrected · Corrected at the sales channel"
    assert (push(shop, days=1).sent, status()) == (0, "complete")
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert timeline().count("Shipment corrected · Corrected at the sales channel") == 1


def test_a_number_that_amazon_writes_otherwise_is_no_correction(shop, order_id):
    ship(order_id)
    push(shop)
    edit_package(shop, order_id, trackingNumber=f"{TRACKING[:2].lower()} {TRACKING[2:]}")
    shop.pull()

    assert shipments() == [(TRACKING, "staff", "confirmed")]


def test_an_adopted_package_is_corrected_too(shop, order_id):
    shop.amazon.act(order_id, "ship", tracking_number="BY-HAND")
    shop.pull()
    edit_package(shop, order_id, trackingNumber="CORRECTED")
    shop.pull()

    assert shipments() == [("CORRECTED", "channel", "confirmed")]
    assert push(shop).sent == 0


def test_a_package_taken_out_at_amazon_is_a_problem_and_can_be_sent_again(shop, order_id):
    before = shop.amazon.order(order_id)
    ship(order_id)
    push(shop)
    shop.pull()
    json = {"packages": [], "orderItems": before["orderItems"], "fulfillment": before["fulfillment"]}
    shop.amazon.act(order_id, "merge", json=json)
    shop.pull()

    confirmation = only_confirmation()
    assert (confirmation.state, confirmation.error_code) == ("rejected", "package_removed")
    assert confirmation.advice.startswith("Somebody removed the package in Seller Central.")
    assert problem() == ("shipment_refused", "Amazon does not show this package any more and waits for its items.")
    assert push(shop).sent == 0  # a person decides

    send_again(confirmation=confirmation, actor="ada", now=timezone.now())
    push(shop)
    shop.pull()
    assert packages_at_amazon(shop, order_id) == [(confirmation.package_reference_id, TRACKING)]
    assert (only_confirmation().state, problem()) == ("confirmed", ("", ""))


def test_a_package_that_amazon_leaves_out_once_while_it_counts_its_units_is_not_gone(shop, order_id):
    ship(order_id, quantities={"SKU-2": 1})
    push(shop)
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"packages": []})
    shop.pull()

    assert (only_confirmation().state, problem()) == ("confirmed", ("", ""))


def test_shipped_with_labels_bought_at_amazon_needs_no_sending(shop, order_id):
    ship(order_id)
    items = shop.amazon.order(order_id)["orderItems"]
    json = {"fulfillment": {"fulfillmentStatus": "SHIPPED"}, "orderItems": items}
    shop.amazon.act(order_id, "merge", json=json)
    shop.pull()

    assert (only_confirmation().state, push(shop).sent, problem()) == ("withdrawn", 0, ("", ""))
    assert timeline()[-1] == "Tracking number not sent · The sales channel counts these items as shipped already"


def test_shipped_without_packages_is_taken_over(shop, order_id):
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "SHIPPED"}})
    shop.pull()

    assert shipments() == [("", "channel", "confirmed")]
    assert (status(), lines()) == ("complete", [("SKU-1", 1, 1, 0, 0), ("SKU-2", 3, 3, 0, 0)])


@pytest.mark.parametrize("program", ["FBM_SHIP_PLUS", "AMAZON_EASY_SHIP"])
def test_what_amazon_labels_is_never_sent_nor_taken_over_twice(shop, program):
    order_id = shop.place(order={"programs": [program]})
    shop.pull()
    ship(order_id)
    assert (push(shop).sent, ShipmentConfirmation.objects.count()) == (0, 0)
    shop.amazon.act(order_id, "ship", tracking_number="AMZN")
    shop.pull()

    assert shipments() == [(TRACKING, "staff", None)]
    assert (status(), problem()) == ("complete", ("", ""))


@pytest.mark.parametrize("sequence", [*itertools.permutations(range(3)), (0, 1, 2, 1, 0), (2, 2, 0)])
def test_versions_in_any_order_end_alike(shop, sequence):
    """Version 0 is as taken over, 1 has a package by hand, 2 another and a canceled unit."""
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    second = item_ids(shop, order_id)[1]
    versions = [shop.amazon.order(order_id)]
    shop.amazon.act(order_id, "ship", items={second: 1}, tracking_number="ONE", package_reference_id="1")
    versions.append(shop.amazon.order(order_id))
    shop.amazon.act(order_id, "cancel_units", order_item_id=second, quantity=1)
    shop.amazon.act(order_id, "ship", tracking_number="TWO", package_reference_id="2")
    versions.append(shop.amazon.order(order_id))

    for version in sequence:
        store_page(account=shop.account, orders=[versions[version]], now=timezone.now())

    assert lines() == [("SKU-1", 1, 1, 0, 0), ("SKU-2", 3, 2, 1, 0)]
    assert (Order.objects.get().status, AmazonOrder.objects.get().status) == ("complete", "SHIPPED")
    assert [tracking for tracking, *_rest in shipments()] == ["ONE", "TWO"]


@pytest.mark.parametrize("held", ["PENDING", "UNFULFILLABLE", "HELD_FOR_REVIEW"])
def test_what_amazon_refused_while_it_held_the_order_is_sent_when_it_opens_again(shop, order_id, held):
    shop.amazon.act(order_id, "set_status", status=held)
    shop.pull()
    ship(order_id)
    assert push(shop).rejected == 1
    shop.pull()
    assert problem()[0] == "shipment_refused"

    shop.amazon.act(order_id, "set_status", status="UNSHIPPED")
    shop.pull()

    assert (only_confirmation().state, problem()) == ("waiting", ("", ""))
    assert push(shop).sent == 1
    shop.pull()
    assert (only_confirmation().state, AmazonOrder.objects.get().status) == ("confirmed", "SHIPPED")
    assert packages_at_amazon(shop, order_id) == [(only_confirmation().package_reference_id, TRACKING)]


def test_what_amazon_refused_of_an_open_order_waits_for_a_person(shop, order_id):
    shop.amazon.add_fault("confirmShipment", "status", nth=1, args={"status": 400, "code": "InvalidInput"})
    ship(order_id)
    push(shop)

    shop.amazon.act(order_id, "touch")
    shop.pull()

    assert (only_confirmation().state, problem()[0]) == ("rejected", "shipment_refused")
