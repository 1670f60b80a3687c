"""A corrected package is told to Amazon again under its old reference, and nothing that is under way undoes it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services.push import SENDING_LEASE, push_shipments
from commerce_orders.models import OrderEvent, Shipment
from commerce_orders.services.correction import correct_shipment
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

NEW = "1Z999AA10999999999"
REFUSAL = {"status": 400, "code": "InvalidInput", "message": "The tracking number does not match the expected format."}


def correct(shipment: Shipment, tracking_number: str = NEW) -> None:
    correct_shipment(shipment_id=shipment.pk, actor="bea", now=timezone.now(), tracking_number=tracking_number)


def placed(shop: Any) -> str:
    order_id: str = shop.place()
    shop.pull()
    return order_id


def leave_waiting(shop: Any) -> None:
    """Amazon has not been told yet."""


def leave_sent(shop: Any) -> None:
    push(shop)


def leave_confirmed(shop: Any) -> None:
    push(shop)
    shop.pull()


def leave_refused(shop: Any) -> None:
    shop.amazon.add_fault("confirmShipment", "status", times=1, args=REFUSAL)
    push(shop)


@pytest.mark.parametrize(
    ("leave", "state"),
    [
        (leave_waiting, "waiting"),
        (leave_sent, "sent"),
        (leave_confirmed, "confirmed"),
        (leave_refused, "rejected"),
    ],
)
def test_a_correction_is_sent_with_the_same_reference_and_confirmed_by_the_new_number(shop, leave, state):
    order_id = placed(shop)
    shipment = ship(order_id)
    leave(shop)
    before = only_confirmation()
    assert before.state == state

    correct(shipment)

    waiting = only_confirmation()
    assert (waiting.state, waiting.package_reference_id) == ("waiting", before.package_reference_id)
    assert (waiting.confirmed_at, waiting.error_code, waiting.error_detail) == (None, "", "")
    assert AmazonOrder.objects.get().problem_code == ""
    shop.pull()
    assert only_confirmation().state == "waiting"  # what Amazon shows is the old number, if any

    assert push(shop).sent == 1
    assert packages_at_amazon(shop, order_id) == [(before.package_reference_id, NEW)]
    shop.pull()
    assert only_confirmation().state == "confirmed"
    assert Shipment.objects.count() == 1
    assert counts(push(shop, days=1)) == (0, 0, 0, 0)


def test_a_correction_is_sent_though_amazon_shows_the_order_shipped_without_a_package(shop):
    order_id = placed(shop)
    shipment = ship(order_id)
    push(shop)
    (package,) = shop.amazon.order(order_id)["packages"]
    shop.amazon.act(order_id, "merge", json={"packages": []})
    shop.pull()
    assert (only_confirmation().state, AmazonOrder.objects.get().status) == ("confirmed", "SHIPPED")

    correct(shipment)
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert only_confirmation().state == "waiting"
    shop.amazon.act(order_id, "merge", json={"packages": [package]})

    assert push(shop).sent == 1
    assert [tracking for _reference, tracking in packages_at_amazon(shop, order_id)] == [NEW]


def test_a_correction_of_what_amazon_packed_otherwise_meanwhile_is_needless(shop):
    order_id = placed(shop)
    shipment = ship(order_id)
    push(shop)
    shop.pull()
    (package,) = shop.amazon.order(order_id)["packages"]
    correct(shipment)
    other = package | {"packageReferenceId": "1", "trackingNumber": "OTHER"}
    shop.amazon.act(order_id, "merge", json={"packages": [other]})

    shop.pull()

    assert (only_confirmation().state, Shipment.objects.get().tracking_number) == ("withdrawn", NEW)


def test_a_refused_correction_is_not_taken_for_confirmed_by_what_amazon_showed_before(shop):
    order_id = placed(shop)
    shipment = ship(order_id)
    push(shop)
    shop.pull()
    shop.amazon.add_fault("confirmShipment", "status", times=1, args=REFUSAL)
    correct(shipment)
    push(shop)
    shop.amazon.act(order_id, "merge", json={"packages": []})

    shop.pull()

    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("rejected", "shipment_refused")


def test_a_number_that_is_corrected_back_is_sent_again_too(shop):
    order_id = placed(shop)
    shipment = ship(order_id)
    push(shop)
    correct(shipment)
    push(shop)

    correct(shipment, TRACKING)
    push(shop)

    assert [tracking for _reference, tracking in packages_at_amazon(shop, order_id)] == [TRACKING]
    assert len({reference for reference, _status in confirmations_at_amazon(shop)}) == 1


def test_the_problem_stays_while_another_package_of_the_order_is_refused(shop):
    order_id = placed(shop)
    first = ship(order_id, quantities={"SKU-1": 1})
    second = ship(order_id, quantities={"SKU-2": 2}, tracking_number="OTHER")
    shop.amazon.add_fault("confirmShipment", "status", times=2, args=REFUSAL)
    push(shop)
    assert AmazonOrder.objects.get().problem_code == "shipment_refused"

    correct(first)
    assert AmazonOrder.objects.get().problem_code == "shipment_refused"
    correct(second, "OTHER-2")
    assert AmazonOrder.objects.get().problem_code == ""


def test_a_refused_correction_is_a_problem_again(shop):
    shipment = ship(placed(shop))
    push(shop)
    shop.amazon.add_fault("confirmShipment", "status", args=REFUSAL)

    correct(shipment)
    push(shop)

    assert (only_confirmation().state, AmazonOrder.objects.get().problem_code) == ("rejected", "shipment_refused")
    kinds = list(OrderEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["created", "shipped", "channel_sent", "corrected", "channel_refused"]


def test_a_withdrawn_confirmation_stays_withdrawn(shop):
    shipment = ship(placed(shop))
    ShipmentConfirmation.objects.update(state="withdrawn")

    correct(shipment)

    assert (only_confirmation().state, counts(push(shop))) == ("withdrawn", (0, 0, 0, 0))


class Meanwhile:
    """A clock at whose reading number ``at`` somebody corrects the package that the reader is about to send."""

    def __init__(self, shipment: Shipment, *, at: int, then: Callable[[], object] = lambda: None) -> None:
        self.shipment, self.left, self.then = shipment, at, then

    def __call__(self) -> Any:
        self.left -= 1
        if self.left == 0:
            correct(self.shipment)
            self.then()
        return timezone.now()


# The readings: which are due, sorted and read; the claim; the budget before the call; the budget and the outcome after.
@pytest.mark.parametrize("at", [2, 3, 4, 5, 6])
def test_a_correction_while_a_worker_sends_the_old_number_is_sent_after_it(shop, at):
    order_id = placed(shop)
    shipment = ship(order_id)

    push_shipments(account=shop.account, clock=Meanwhile(shipment, at=at))
    assert only_confirmation().state in {"waiting", "sent"}
    push(shop, seconds=SENDING_LEASE.total_seconds() + 1)

    assert packages_at_amazon(shop, order_id) == [(only_confirmation().package_reference_id, NEW)]
    assert only_confirmation().state == "sent"
    assert OrderEvent.objects.filter(kind="channel_sent").count() == 1
    shop.pull()
    assert only_confirmation().state == "confirmed"


def forget_the_attempt() -> None:
    """Take back what a correction counts."""
    ShipmentConfirmation.objects.update(attempts=F("attempts") - 1)


def test_without_the_fence_the_old_number_would_be_taken_for_the_new(shop):
    """The control: a worker that had read the old number claims the row and sends it as if nothing had happened."""
    order_id = placed(shop)
    shipment = ship(order_id)

    push_shipments(account=shop.account, clock=Meanwhile(shipment, at=3, then=forget_the_attempt))
    push(shop, seconds=SENDING_LEASE.total_seconds() + 1)

    assert [tracking for _reference, tracking in packages_at_amazon(shop, order_id)] == [TRACKING]
    assert (only_confirmation().state, Shipment.objects.get().tracking_number) == ("sent", NEW)


def test_a_worker_that_is_sending_is_not_overtaken(shop):
    shipment = ship(placed(shop))
    lease_ends = timezone.now() + SENDING_LEASE
    ShipmentConfirmation.objects.update(state="sending", attempts=F("attempts") + 1, not_before=lease_ends)

    correct(shipment)

    assert (only_confirmation().state, only_confirmation().not_before) == ("waiting", lease_ends)
    assert push(shop, at=lease_ends - timedelta(seconds=1)).sent == 0
    assert push(shop, at=lease_ends).sent == 1
