"""Whatever goes wrong on the way out, there is one package at Amazon, and staff learn what they must know."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.outbox import send_again
from amazon_channel.services.push import SENDING_LEASE, Push
from amazon_channel.services.push_retries import LONGEST_RETRY
from commerce_orders.models import Order, OrderEvent
from tests.amazon_channel.shipping import (
    TRACKING,
    confirmations_at_amazon,
    counts,
    only_confirmation,
    packages_at_amazon,
    push,
    ship,
)

pytestmark = pytest.mark.django_db

NO = "CarrierCode: X is not valid."


@pytest.fixture
def shipped(shop):
    """An order that was shipped here and is to be told to Amazon; its Amazon number."""
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    return order_id


@pytest.mark.parametrize("fault", ["disconnect_after_effect", "html_after_effect"])
def test_after_a_timeout_the_same_reference_is_sent_and_amazon_has_one_package(shop, shipped, fault):
    shop.amazon.add_fault("confirmShipment", fault, nth=1)

    first = push(shop)

    assert counts(first) == (0, 0, 1, 0)
    unknown = only_confirmation()
    assert (unknown.state, unknown.attempts) == ("waiting", 1)
    assert unknown.error_code in {"unreachable", "unavailable"}
    assert counts(push(shop, at=unknown.not_before)) == (1, 0, 0, 0)
    shop.pull()
    reference = unknown.package_reference_id
    assert [sent for sent, _status in confirmations_at_amazon(shop)] == [reference, reference]
    assert packages_at_amazon(shop, shipped) == [(reference, TRACKING)]
    assert (only_confirmation().state, only_confirmation().error_code) == ("confirmed", "")


def test_after_a_timeout_a_pull_that_shows_the_package_saves_the_second_call(shop, shipped):
    shop.amazon.add_fault("confirmShipment", "disconnect_after_effect", nth=1)
    push(shop)

    shop.pull()

    assert only_confirmation().state == "confirmed"
    assert counts(push(shop, hours=1)) == (0, 0, 0, 0)
    assert len(confirmations_at_amazon(shop)) == 1


@pytest.mark.parametrize(
    ("fault", "args", "code"),
    [
        ("html", {"status": 503}, "unavailable"),
        ("status", {"status": 500}, "unavailable"),
        ("empty", {"status": 200}, "unreadable_reply"),
        ("disconnect", {}, "unreachable"),
    ],
)
def test_an_outage_is_tried_again_at_growing_intervals_without_end(shop, shipped, fault, args, code):
    shop.amazon.add_fault("confirmShipment", fault, args=args)
    waits = []
    now = timezone.now()
    for _ in range(9):
        report = push(shop, at=now)
        assert counts(report) == (0, 0, 1, 0)
        due = only_confirmation().not_before
        waits.append((due - now) / timedelta(seconds=1))
        now = due

    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert timedelta(seconds=waits[-1]) == LONGEST_RETRY
    assert (only_confirmation().state, only_confirmation().error_code) == ("waiting", code)
    shop.amazon.clear_faults()
    assert counts(push(shop, at=now)) == (1, 0, 0, 0)


def test_a_throttled_push_stops_and_leaves_the_rest_due(shop, shipped):
    others = [shop.place() for _ in range(2)]
    shop.pull()
    for order_id in others:
        ship(order_id)
    shop.amazon.add_fault("confirmShipment", "throttle", nth=1)
    now = timezone.now()

    report = push(shop, at=now)

    assert (report.error.code, counts(report)) == ("throttled", (0, 0, 3, 0))
    assert len(confirmations_at_amazon(shop)) == 1
    tried = ShipmentConfirmation.objects.get(attempts=1)
    # Amazon's two calls a second, and up to a quarter more, so that workers do not all come back at once.
    assert 0.5 <= (tried.not_before - now) / timedelta(seconds=1) <= 0.625
    assert counts(push(shop, at=tried.not_before)) == (3, 0, 0, 0)


def test_amazons_rate_holds_back_what_is_beyond_its_burst(shop):
    shop.amazon.set_options(rate_scale=1)
    for _ in range(12):
        shop.place()
    shop.pull()
    for order_id in Order.objects.values_list("channel_order_id", flat=True):
        ship(order_id)
    now = timezone.now()

    report = push(shop, at=now)

    assert (report.error.code, counts(report)) == ("budget_empty", (10, 0, 2, 0))
    later = timedelta(seconds=1.05)
    shop.amazon.set_clock(advance_seconds=later.total_seconds())
    assert counts(push(shop, at=now + later)) == (2, 0, 0, 0)
    assert [status for _reference, status in confirmations_at_amazon(shop)] == [204] * 12


@pytest.mark.parametrize(("fault", "times"), [("revoke", 2), ("message", 1)])
def test_a_misconfigured_account_is_shown_and_stays_due(shop, shipped, fault, times):
    shop.amazon.add_fault("confirmShipment", fault, times=times)

    report = push(shop)

    shop.account.refresh_from_db()
    assert (report.error.code, counts(report)) == ("access_denied", (0, 0, 1, 0))
    assert shop.account.error_code == "access_denied"
    assert only_confirmation().state == "waiting"
    assert AmazonOrder.objects.get().problem_code == ""
    assert counts(push(shop, minutes=1)) == (1, 0, 0, 0)


def refuse(shop, message=NO):
    args = {"status": 400, "code": "InvalidInput", "message": message}
    shop.amazon.add_fault("confirmShipment", "status", nth=1, args=args)
    return push(shop)


def test_a_refusal_is_shown_in_amazons_words_and_not_repeated(shop, shipped):
    assert counts(refuse(shop)) == (0, 0, 0, 1)

    refused, order = only_confirmation(), AmazonOrder.objects.get()
    assert (refused.state, refused.error_code, refused.error_detail) == ("rejected", "InvalidInput", NO)
    assert refused.advice.startswith("Read Amazon's message")
    assert (order.problem_code, order.problem_detail) == ("shipment_refused", NO)
    event = OrderEvent.objects.get(kind="channel_refused")
    assert (event.actor, event.reason, event.data) == ("Amazon", NO, {"shipment": refused.shipment_id})
    assert counts(push(shop, days=3)) == (0, 0, 0, 0)
    assert len(confirmations_at_amazon(shop)) == 1


def test_a_refusal_stays_a_problem_when_the_order_changes(shop, shipped):
    refuse(shop)
    shop.amazon.act(shipped, "touch")

    shop.pull()

    order = AmazonOrder.objects.get()
    assert (order.problem_code, order.problem_detail) == ("shipment_refused", NO)


def test_what_was_refused_can_be_sent_again_with_the_same_reference(shop, shipped):
    refuse(shop)
    refused = only_confirmation()

    send_again(confirmation=refused, actor="ada", now=timezone.now())

    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("waiting", "")
    assert OrderEvent.objects.order_by("id").last().reason == "sent_again"
    assert counts(push(shop)) == (1, 0, 0, 0)
    reference = refused.package_reference_id
    assert confirmations_at_amazon(shop) == [(reference, 400), (reference, 204)]


def test_one_refusal_does_not_stop_the_others(shop, shipped):
    other = shop.place()
    shop.pull()
    ship(other)

    assert counts(refuse(shop)) == (1, 0, 0, 1)


def test_the_work_of_a_sender_that_died_is_taken_over_with_the_same_reference(shop, shipped):
    now = timezone.now()
    reference = only_confirmation().package_reference_id
    ShipmentConfirmation.objects.update(state="sending", attempts=1, not_before=now + SENDING_LEASE)

    assert counts(push(shop, at=now + SENDING_LEASE - timedelta(seconds=1))) == (0, 0, 0, 0)
    assert counts(push(shop, at=now + SENDING_LEASE)) == (1, 0, 0, 0)
    assert confirmations_at_amazon(shop) == [(reference, 204)]
    assert (only_confirmation().state, only_confirmation().attempts) == ("sent", 2)


def test_a_sender_that_comes_back_to_life_does_not_overwrite_the_other(shop, shipped):
    sleeper = Push(shop.account, clock=timezone.now)
    (confirmation,) = sleeper.due().select_related("amazon_order", "shipment__order")
    assert sleeper._claim(confirmation)
    push(shop, minutes=6)
    shop.pull()
    shop.amazon.add_fault("confirmShipment", "html", nth=1)

    sleeper._send(confirmation)

    assert (only_confirmation().state, only_confirmation().error_code) == ("confirmed", "")


@pytest.mark.parametrize("fault", ["throttle", "html"])
def test_when_amazon_cannot_be_asked_what_it_has_the_package_is_sent_again_later(shop, shipped, fault):
    shop.amazon.act(shipped, "ship", package_reference_id="1", tracking_number=TRACKING)
    shop.amazon.add_fault("getOrder", fault, nth=1)

    report = push(shop)

    assert report.retry_later == 1
    assert only_confirmation().state == "waiting"
    assert counts(push(shop, minutes=5)) == (0, 1, 0, 0)
