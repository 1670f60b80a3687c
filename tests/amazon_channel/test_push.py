"""The way out: every package is told to Amazon once, and is confirmed only when Amazon shows it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.outbox import send_again
from amazon_channel.services.push import SENDING_LEASE, Push, push_shipments
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
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def kinds():
    return list(OrderEvent.objects.order_by("id").values_list("kind", flat=True))


def test_a_shipment_is_sent_and_confirmed_by_what_amazon_shows(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id, shipping_method="Ground")
    waiting = only_confirmation()
    reference = waiting.package_reference_id
    assert (waiting.state, reference.isdecimal(), waiting.sent_at) == ("waiting", True, None)
    assert waiting.ship_by == AmazonOrder.objects.get().ship_by

    assert counts(push(shop)) == (1, 0, 0, 0)
    sent = only_confirmation()
    assert (sent.state, sent.attempts, sent.confirmed_at) == ("sent", 1, None)
    assert confirmations_at_amazon(shop) == [(reference, 204)]

    shop.pull()
    confirmed = only_confirmation()
    assert (confirmed.state, confirmed.package_reference_id) == ("confirmed", reference)
    assert confirmed.confirmed_at is not None
    assert AmazonOrder.objects.get().status == "SHIPPED"
    assert kinds() == ["created", "shipped", "channel_sent", "channel_confirmed"]
    assert counts(push(shop, days=1)) == (0, 0, 0, 0)
    assert len(confirmations_at_amazon(shop)) == 1


def test_a_package_of_some_units_names_only_these(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ship(order_id, quantities={"SKU-2": 1})

    push(shop)
    shop.pull()

    (package,) = shop.amazon.order(order_id)["packages"]
    items = {item["orderItemId"]: item["product"]["sellerSku"] for item in shop.amazon.order(order_id)["orderItems"]}
    assert [(items[row["orderItemId"]], row["quantity"]) for row in package["packageItems"]] == [("SKU-2", 1)]
    assert (AmazonOrder.objects.get().status, Order.objects.get().status) == ("PARTIALLY_SHIPPED", "partially_shipped")
    assert only_confirmation().state == "confirmed"


def test_the_soonest_ship_by_is_sent_first_and_none_last(shop):
    ids = [shop.place() for _ in range(4)]
    shop.pull()
    for order_id in ids:
        ship(order_id)
    now = timezone.now()
    for order_id, hours in zip(ids, (5, None, 1, 3), strict=True):
        ShipmentConfirmation.objects.filter(amazon_order__amazon_order_id=order_id).update(
            ship_by=now + timedelta(hours=hours) if hours else None
        )

    push(shop)

    paths = [entry["path"].split("/")[4] for entry in shop.amazon.log(operation="confirmShipment")]
    assert paths == [ids[2], ids[3], ids[0], ids[1]]


def test_what_is_due_is_sorted_once_for_many_portions(shop, monkeypatch):
    monkeypatch.setattr("amazon_channel.services.push.READ_AT_ONCE", 1)
    ids = [shop.place() for _ in range(3)]
    shop.pull()
    for order_id in ids:
        ship(order_id)

    with CaptureQueriesContext(connection) as queries:
        push(shop)

    sorted_whole = [each for each in queries if "NULLS LAST" in each["sql"] and "LIMIT 1000" in each["sql"]]
    assert len(sorted_whole) == 2  # the second finds that nothing is left
    assert len(confirmations_at_amazon(shop)) == 3


class SecondWorker:
    """A clock at whose reading number ``at`` another worker pushes the same account."""

    def __init__(self, account, *, at):
        self.account, self.left = account, at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            push_shipments(account=self.account)
        return timezone.now()


@pytest.mark.parametrize("at", range(1, 7))
def test_two_workers_send_each_package_once(shop, at):
    order_id = shop.place()
    shop.pull()
    ship(order_id)

    push_shipments(account=shop.account, clock=SecondWorker(shop.account, at=at))

    assert len(confirmations_at_amazon(shop)) == 1
    assert (only_confirmation().state, only_confirmation().attempts) == ("sent", 1)


def claim_blindly(push, confirmation):
    """As the real one, but whatever the row has become meanwhile."""
    now = push.clock()
    ShipmentConfirmation.objects.filter(pk=confirmation.pk).update(state="sending", not_before=now + SENDING_LEASE)
    return True


def test_without_the_claim_two_workers_would_both_send(shop, monkeypatch):
    monkeypatch.setattr(Push, "_claim", claim_blindly)
    order_id = shop.place()
    shop.pull()
    ship(order_id)

    push_shipments(account=shop.account, clock=SecondWorker(shop.account, at=3))

    assert len(confirmations_at_amazon(shop)) == 2


def test_accounts_send_their_own_packages_only(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)

    assert counts(push_shipments(account=make_account())) == (0, 0, 0, 0)
    assert confirmations_at_amazon(shop) == []


def test_what_was_sent_and_not_shown_is_read_back_later(shop):
    order_id = shop.place()
    shop.amazon.set_options(confirmation_delay_seconds=900)
    shop.pull()
    ship(order_id)
    push(shop)
    assert counts(push(shop, minutes=9)) == (0, 0, 0, 0)
    assert shop.amazon.log(operation="getOrder") == []

    assert counts(push(shop, minutes=11)) == (0, 0, 0, 0)
    assert only_confirmation().state == "sent"
    assert len(shop.amazon.log(operation="getOrder")) == 1

    shop.amazon.set_clock(advance_seconds=901)
    assert counts(push(shop, minutes=30)) == (0, 1, 0, 0)
    assert (only_confirmation().state, only_confirmation().attempts) == ("confirmed", 1)
    assert len(confirmations_at_amazon(shop)) == 1


def test_reading_back_grows_rarer(shop):
    order_id = shop.place()
    shop.amazon.set_options(confirmation_delay_seconds=10**7)
    shop.pull()
    ship(order_id)
    push(shop)
    waits = []
    for _ in range(8):
        due = only_confirmation().not_before
        push(shop, at=due)
        waits.append(round((only_confirmation().not_before - due) / timedelta(minutes=1)))

    assert waits == [10, 20, 40, 80, 160, 320, 360, 360]


def test_an_order_that_amazon_does_not_show_any_more_does_not_block_the_others(shop):
    ids = [shop.place() for _ in range(2)]
    shop.pull()
    for order_id in ids:
        ship(order_id)
    push(shop)
    ShipmentConfirmation.objects.filter(amazon_order__amazon_order_id=ids[0]).update(
        not_before=timezone.now() - timedelta(minutes=1)
    )
    shop.amazon.add_fault("getOrder", "status", nth=1, args={"status": 404, "code": "NotFound"})

    assert counts(push(shop, minutes=11)) == (0, 1, 0, 0)
    states = dict(ShipmentConfirmation.objects.values_list("amazon_order__amazon_order_id", "state"))
    assert states == {ids[0]: "sent", ids[1]: "confirmed"}


def test_a_package_that_somebody_confirmed_by_hand_with_our_tracking_number_is_the_same(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id, tracking_number="1z 999 aa1 0123456784")
    shop.amazon.act(order_id, "ship", package_reference_id="1", tracking_number=TRACKING)

    report = push(shop)

    assert counts(report) == (0, 1, 0, 0)
    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("confirmed", "")
    assert packages_at_amazon(shop, order_id) == [("1", TRACKING)]


def test_a_package_whose_items_somebody_confirmed_by_hand_with_another_number_needs_no_sending(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    shop.amazon.act(order_id, "ship", package_reference_id="1", tracking_number="OTHER")

    report = push(shop)

    assert (counts(report), report.withdrawn) == ((0, 0, 0, 0), 1)
    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("withdrawn", "")
    event = OrderEvent.objects.get(kind="channel_withdrawn")
    assert event.reason_label == "The sales channel counts these items as shipped already"
    assert packages_at_amazon(shop, order_id) == [("1", "OTHER")]


def test_a_reading_that_is_faster_than_the_refusal_wins(shop):
    """Amazon refuses what a pull has confirmed meanwhile: no problem is left behind."""
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    reference = only_confirmation().package_reference_id
    shop.amazon.act(order_id, "ship", package_reference_id=reference, tracking_number=TRACKING)
    shop.amazon.add_fault("confirmShipment", "status", args={"status": 400, "code": "InvalidInput", "message": "No."})
    claimed = Push(shop.account, clock=timezone.now)
    (confirmation,) = claimed.due().select_related("amazon_order", "shipment__order")
    assert claimed._claim(confirmation)
    shop.pull()

    claimed._send(confirmation)

    assert counts(claimed.report) == (0, 1, 0, 0)
    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("confirmed", "")
    assert "channel_refused" not in kinds()


def test_sending_again_a_package_that_is_not_refused_does_nothing(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    before = kinds()

    send_again(confirmation=only_confirmation(), actor="ada", now=timezone.now())

    assert (only_confirmation().state, kinds()) == ("waiting", before)
