"""A pull and a push of the same order at once: what Amazon says of the order outlives what it says of the package."""

import pytest
from django.db import connection
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services import push as push_module
from amazon_channel.services.push import Push, push_shipments
from commerce_orders.models import OrderEvent
from tests.amazon_channel.following import problem
from tests.amazon_channel.shipping import only_confirmation, push, ship
from tests.amazon_channel.test_concurrency import at_once

pytestmark = pytest.mark.django_db

NO = {"status": 400, "code": "InvalidInput", "message": "No."}


def refuse_behind_a_pull(shop, action, **args):
    """Amazon refuses a package whose order changes, and is read, between the claim and the refusal."""
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    sender = Push(shop.account, clock=timezone.now)
    (confirmation,) = sender.due().select_related("amazon_order", "shipment__order")
    assert sender._claim(confirmation)
    shop.amazon.act(order_id, action, **args)
    shop.pull()
    assert only_confirmation().state == "sending"  # is the sender's
    shop.amazon.add_fault("confirmShipment", "status", args=NO)
    sender._send(confirmation)
    return sender.report


@pytest.mark.parametrize(
    ("action", "expected"), [("cancel", "canceled_after_shipment"), ("ship", "")], ids=["canceled", "shipped by hand"]
)
def test_a_refusal_behind_a_pull_replaces_nothing(shop, action, expected):
    args = {"tracking_number": "BY-HAND"} if action == "ship" else {}

    report = refuse_behind_a_pull(shop, action, **args)

    assert (report.rejected, report.withdrawn) == (0, 1)
    assert (only_confirmation().state, problem()[0]) == ("withdrawn", expected)


def test_without_the_second_look_the_refusal_would_be_shown(shop, monkeypatch):
    monkeypatch.setattr(push_module, "expected_now", push_module.units_packed)

    report = refuse_behind_a_pull(shop, "ship", tracking_number="BY-HAND")

    assert (report.rejected, problem()[0]) == (1, "shipment_refused")


def test_without_the_guard_the_refusal_would_hide_the_conflict(shop, monkeypatch):
    def write_blindly(row, code, detail, *, now):
        AmazonOrder.objects.filter(pk=row.pk).update(problem_code=code, problem_detail=detail, problem_since=now)

    monkeypatch.setattr(push_module, "expected_now", push_module.units_packed)
    refuse_behind_a_pull(shop, "cancel")
    assert problem()[0] == "canceled_after_shipment"  # the model keeps it, even without the second look

    ShipmentConfirmation.objects.update(state="waiting")
    monkeypatch.setattr(AmazonOrder, "set_problem", write_blindly)
    push(shop, hours=1)
    assert problem()[0] == "shipment_refused"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_pulls_and_pushes_at_once_neither_block_each_other_nor_lose_anything(shop):
    order_ids = [shop.place() for _ in range(9)]
    shop.pull()
    for order_id in order_ids:
        ship(order_id)
    for order_id in order_ids[:3]:
        shop.amazon.act(order_id, "cancel")
    for order_id in order_ids[3:6]:
        shop.amazon.act(order_id, "ship", tracking_number="BY-HAND")

    results = at_once(shop.pull, *[lambda: push_shipments(account=shop.account)] * 3)

    assert [result for result in results if isinstance(result, Exception)] == []
    shop.pull()
    push(shop, hours=1)
    found = AmazonOrder.objects.values_list("amazon_order_id", "problem_code", "confirmations__state")
    after = {order_id: rest for order_id, *rest in found}
    assert [after[order_id] for order_id in order_ids[:3]] == [["canceled_after_shipment", "withdrawn"]] * 3
    assert [after[order_id] for order_id in order_ids[3:6]] == [["", "withdrawn"]] * 3
    assert [after[order_id] for order_id in order_ids[6:]] == [["", "confirmed"]] * 3
    assert OrderEvent.objects.filter(kind="channel_refused").count() == 0
