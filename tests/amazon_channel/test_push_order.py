"""Which shipment is told first, also after a wait, and which is told by nobody any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.outbox import send_again
from amazon_channel.services.push import MOST_DEATHS, SENDING_LEASE
from commerce_orders.models import OrderEvent
from tests.amazon_channel.shipping import confirmations_at_amazon, counts, only_confirmation, push, ship

pytestmark = pytest.mark.django_db


def ship_orders(shop, *hours):
    """One shipped order per ship-by in that many hours; their Amazon numbers."""
    order_ids = [shop.place() for _ in hours]
    shop.pull()
    for order_id, ahead in zip(order_ids, hours, strict=True):
        ship(order_id)
        ShipmentConfirmation.objects.filter(amazon_order__amazon_order_id=order_id).update(
            ship_by=timezone.now() + timedelta(hours=ahead)
        )
    return order_ids


def told(shop):
    """The orders of the calls that Amazon took, in their order."""
    calls = shop.amazon.log(operation="confirmShipment")
    return [entry["path"].split("/")[4] for entry in calls if entry["status"] == 204]


@pytest.mark.parametrize("fault", ["throttle", "disconnect"])
def test_after_a_wait_the_soonest_ship_by_is_told_first(shop, fault):
    late, soon, middle = ship_orders(shop, 9, 1, 5)
    shop.amazon.add_fault("confirmShipment", fault, nth=1)
    now = timezone.now()

    report = push(shop, at=now)

    assert counts(report) == (0, 0, 3, 0)
    (due,) = set(ShipmentConfirmation.objects.values_list("not_before", flat=True))
    assert set(ShipmentConfirmation.objects.values_list("error_code", flat=True)) == {report.error.code}
    assert counts(push(shop, at=due - timedelta(milliseconds=1))) == (0, 0, 0, 0)
    assert counts(push(shop, at=due)) == (3, 0, 0, 0)
    assert told(shop) == [soon, middle, late]


def test_once_amazon_can_be_reached_what_waits_for_that_is_told_at_once(shop):
    ship_orders(shop, 1, 5)
    shop.amazon.add_fault("confirmShipment", "disconnect")
    now = timezone.now()
    for _ in range(8):
        push(shop, at=now)
        now = ShipmentConfirmation.objects.earliest("not_before").not_before
    shop.amazon.clear_faults()
    (new,) = ship_orders(shop, 9)

    report = push(shop, at=now - timedelta(minutes=20))

    assert report.sent == 3
    assert told(shop)[0] == new
    assert set(ShipmentConfirmation.objects.values_list("state", "error_code")) == {("sent", "")}


def test_an_outage_of_days_past_the_ship_by_gives_up_nothing(shop):
    ship_orders(shop, 1)
    shop.amazon.add_fault("confirmShipment", "html", args={"status": 503})
    now = timezone.now()
    for _ in range(200):
        push(shop, at=now)
        now = only_confirmation().not_before
    assert now - timezone.now() > timedelta(days=3)
    assert (only_confirmation().state, only_confirmation().error_code) == ("waiting", "unavailable")
    shop.amazon.clear_faults()

    assert counts(push(shop, at=now)) == (1, 0, 0, 0)


def die_while_sending(times):
    """What is left of workers that were killed: the row that they claimed."""
    moment = timezone.now()
    for _ in range(times):
        moment += SENDING_LEASE
        yield moment


def test_what_kills_its_senders_waits_for_a_person(shop, monkeypatch):
    ship_orders(shop, 1)

    def die(*_args):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("amazon_channel.services.push.Push._tell_amazon", die)
        for moment in die_while_sending(MOST_DEATHS):
            with pytest.raises(SystemExit):
                push(shop, at=moment)
            assert only_confirmation().state == "sending"
        assert only_confirmation().deaths == MOST_DEATHS - 1
        report = push(shop, at=moment + SENDING_LEASE)  # the control below would die here too

    quarantined = only_confirmation()
    assert counts(report) == (0, 0, 0, 1)
    assert (quarantined.state, quarantined.error_code, quarantined.deaths) == ("rejected", "worker_died", MOST_DEATHS)
    assert quarantined.error_detail == "3 workers stopped one after the other while they sent this shipment."
    assert quarantined.advice.startswith("Confirm the shipment in Seller Central if it is urgent.")
    assert AmazonOrder.objects.get().problem_code == "shipment_refused"
    assert OrderEvent.objects.order_by("id").last().kind == "channel_refused"
    assert counts(push(shop, days=3)) == (0, 0, 0, 0)

    send_again(confirmation=quarantined, actor="ada", now=timezone.now())
    assert (only_confirmation().deaths, counts(push(shop))) == (0, (1, 0, 0, 0))
    assert confirmations_at_amazon(shop) == [(quarantined.package_reference_id, 204)]


def test_without_the_count_its_senders_would_die_for_ever(shop, monkeypatch):
    ship_orders(shop, 1)
    monkeypatch.setattr("amazon_channel.services.push.MOST_DEATHS", 10**6)

    def die(*_args):
        raise SystemExit

    monkeypatch.setattr("amazon_channel.services.push.Push._tell_amazon", die)
    for moment in die_while_sending(3 * MOST_DEATHS):
        with pytest.raises(SystemExit):
            push(shop, at=moment)
    assert only_confirmation().state == "sending"


def test_one_that_kills_its_senders_does_not_keep_the_others(shop):
    deadly, other = ship_orders(shop, 1, 5)
    now = timezone.now()
    ShipmentConfirmation.objects.filter(amazon_order__amazon_order_id=deadly).update(
        state="sending", attempts=3, deaths=MOST_DEATHS - 1, not_before=now
    )

    assert counts(push(shop, at=now + SENDING_LEASE)) == (1, 0, 0, 1)
    assert told(shop) == [other]
