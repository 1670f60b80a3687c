"""Yesterday's backup is restored: what happened since is found at Amazon, and nothing is sent twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services import outbox
from commerce_orders.models import Order, Shipment
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from tests.amazon_channel.pulling import stored
from tests.amazon_channel.reconciling import DONE, counts, differences, reconcile
from tests.amazon_channel.shipping import confirmations_at_amazon, packages_at_amazon, push, ship

pytestmark = pytest.mark.django_db


class Lost(Exception):
    pass


@contextmanager
def restored_afterwards() -> Iterator[None]:
    """What the block writes is gone after it, and keys are given again from there, as in a restored backup."""
    with pytest.raises(Lost), transaction.atomic():
        yield
        raise Lost
    with connection.cursor() as cursor:  # PostgreSQL does not take sequences back with a transaction
        for statement in connection.ops.sequence_reset_sql(no_style(), [AmazonOrder, Order, Shipment]):
            cursor.execute(statement)


def test_reconciliation_repairs_what_the_backup_lacks_and_nothing_is_sent_twice(shop):
    whole, partly, waiting, canceled = shop.place(), shop.place(), shop.place(), shop.place()
    shop.pull()
    ship(waiting, tracking_number="1Z-WAITING")
    with restored_afterwards():
        new = shop.place()
        shop.pull()
        ship(whole, tracking_number="1Z-WHOLE")
        ship(partly, tracking_number="1Z-PART-1", quantities={"SKU-1": 1})
        ship(new, tracking_number="1Z-NEW")
        push(shop)
        shop.amazon.act(canceled, "cancel")
        shop.pull()
        assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"confirmed"}
    sent = confirmations_at_amazon(shop)
    packages = {order_id: packages_at_amazon(shop, order_id) for order_id in (whole, partly, waiting, new)}
    assert (len(sent), stored(shop)) == (4, {whole, partly, waiting, canceled})
    assert ShipmentConfirmation.objects.get().state == "waiting"

    run = reconcile(shop)

    assert (run.outcome, counts(run)) == (
        DONE,
        {"amazon": 5, "stored": 4, "missing": 1, "stale": 4, "repaired": 5},
    )
    assert {row[0]: row[1] for row in differences(run)}[new] == "missing"
    status = dict(Order.objects.values_list("channel_order_id", "status"))
    assert status == {
        whole: "complete",
        partly: "partially_shipped",
        waiting: "complete",
        new: "complete",
        canceled: "canceled",
    }
    push(shop)
    shop.pull(clock=shop.later(hours=1))
    push(shop, days=1)
    assert confirmations_at_amazon(shop) == sent
    assert {order_id: packages_at_amazon(shop, order_id) for order_id in packages} == packages
    assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"confirmed"}


def test_workers_that_push_before_anything_was_read_change_nothing_at_amazon(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    with restored_afterwards():
        push(shop)
    before = packages_at_amazon(shop, order_id)

    push(shop)
    shop.pull()

    assert packages_at_amazon(shop, order_id) == before
    assert ShipmentConfirmation.objects.get().state == "confirmed"


def ship_rest_after_restore(shop) -> list[tuple[str, str]]:
    """One package is lost with the backup's end; another of the same order is the next that is recorded."""
    other, order_id = shop.place(), shop.place(quantities=(1, 1))
    shop.pull()
    ship(other)
    with restored_afterwards():
        lost = ship(order_id, tracking_number="1Z-FIRST", quantities={"SKU-1": 1})
        push(shop)
        lost_key = lost.pk
    order, moment = Order.objects.get(channel_order_id=order_id), timezone.now() + timedelta(minutes=1)
    again = record_shipment(
        order_id=order.pk,
        package=Package(
            carrier_code="UPS",
            tracking_number="1Z-SECOND",
            quantities={order.lines.get(sku="SKU-2").pk: 1},
        ),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=moment,
    )
    assert again.pk == lost_key
    push(shop, at=moment)
    return sorted(tracking for _reference, tracking in packages_at_amazon(shop, order_id))


def test_the_next_package_of_an_order_does_not_overwrite_one_that_was_lost(shop):
    assert ship_rest_after_restore(shop) == ["1Z-FIRST", "1Z-SECOND"]
    shop.pull()
    assert set(Order.objects.values_list("status", flat=True)) == {"complete"}


def test_references_made_of_our_own_keys_would_overwrite_it(shop, monkeypatch):
    """The control."""
    monkeypatch.setattr(outbox, "new_reference", lambda _order, **_: str(1_000_000 + Shipment.objects.latest("pk").pk))

    assert ship_rest_after_restore(shop) == ["1Z-SECOND"]
