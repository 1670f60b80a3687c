"""A problem of an order is told once, when it begins."""

import pytest

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order, WebhookEvent
from tests.amazon_channel.shipping import push, ship
from tests.commerce_orders.webhooks.receivers import make_endpoint

pytestmark = pytest.mark.django_db

NO = {"status": 400, "code": "InvalidInput", "message": "No."}


@pytest.fixture(autouse=True)
def endpoint(settings):
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    return make_endpoint("http://127.0.0.1/", events=("order.problem",))


def told():
    return [event.data for event in WebhookEvent.objects.filter(kind="order.problem")]


def test_an_order_that_is_held_is_told_without_a_commerce_order(shop):
    shop.account.order_settings.unknown_sku = "hold"
    shop.account.order_settings.save()

    order_id = shop.place()
    shop.pull()
    shop.amazon.act(order_id, "touch")
    shop.pull()

    assert told() == [
        {
            "number": None,
            "status": None,
            "channel": "amazon",
            "channel_order_id": order_id,
            "version": None,
            "problem": AmazonOrder.objects.get().problem_code,
        }
    ]


def test_a_refused_shipment_is_told_with_the_version_of_the_order(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    shop.amazon.add_fault("confirmShipment", "status", args=NO)

    push(shop)

    order = Order.objects.get()
    assert told() == [
        {
            "number": order.number,
            "status": "complete",
            "channel": "amazon",
            "channel_order_id": order_id,
            "version": order.version,
            "problem": "shipment_refused",
        }
    ]
    versions = [event.data["version"] for event in WebhookEvent.objects.order_by("pk")]
    assert versions == sorted(versions)
    assert versions[-1] == order.version


def test_nobody_is_told_where_nobody_listens(shop, endpoint):
    endpoint.delete()
    shop.account.order_settings.unknown_sku = "hold"
    shop.account.order_settings.save()
    shop.place()

    shop.pull()

    assert AmazonOrder.objects.get().problem_code
    assert not WebhookEvent.objects.exists()
