"""From the buyer's wish to the canceled order, and from a wrong label to the right one."""

import pytest

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from commerce_orders.models import Cancellation, Order, OrderEvent
from commerce_orders.services.cancellation import grant_buyers_request
from commerce_orders.services.correction import correct_shipment
from commerce_orders.services.fulfilment import ShipmentRefused
from tests.amazon_channel.shipping import packages_at_amazon, push, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_what_the_buyer_asks_is_granted_and_nothing_leaves_meanwhile(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    shop.amazon.act(order_id, "request_cancellation")
    shop.pull()

    grant_buyers_request(order_id=Order.objects.get().pk, actor="ada", now=NOW)
    with pytest.raises(ShipmentRefused) as refused:
        ship(order_id)
    assert refused.value.code == "cancellation_requested"
    shop.amazon.act(order_id, "cancel", by="MERCHANT")  # as Amazon does with what it was asked
    shop.pull()

    order = Order.objects.get()
    assert (order.status, order.cancellation_requested_at, AmazonOrder.objects.get().status) == (
        "canceled",
        None,
        "CANCELLED",
    )
    assert (Cancellation.objects.get().state, Cancellation.objects.get().reason) == ("canceled", "BuyerCanceled")
    assert AmazonOrder.objects.get().problem_code == ""
    kinds = list(OrderEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["created", "changed", "cancel_requested", "status_changed"]


def test_a_label_typed_wrongly_is_corrected_at_amazon_under_the_same_reference(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    shipment = ship(order_id, tracking_number="WRONG")
    push(shop)
    shop.pull()
    reference = ShipmentConfirmation.objects.get().package_reference_id

    correct_shipment(shipment_id=shipment.pk, actor="ada", now=NOW, tracking_number="RIGHT")
    push(shop)
    shop.pull()

    assert packages_at_amazon(shop, order_id) == [(reference, "RIGHT")]
    assert (ShipmentConfirmation.objects.get().state, Order.objects.get().status) == ("confirmed", "complete")
    kinds = list(OrderEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["corrected", "channel_sent", "channel_confirmed"]
