"""What left here shows on the Orders tab at once, and what a person settles leaves it."""

import pytest

from amazon_channel.models import AmazonOrder
from amazon_channel.queries import count_work
from commerce_orders.models import Order
from tests.amazon_channel.following import problem, to_ship
from tests.amazon_channel.shipping import push, ship
from tests.factories import NOW, US
from tests.staff import SignIn

pytestmark = pytest.mark.django_db

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW, CHANGE = "amazon_channel.view_amazonorder", "amazon_channel.change_amazonorder"


def seen(client) -> str:
    return client.get(ORDERS).content.decode()


def test_items_to_ship_go_down_when_they_leave_and_do_not_come_back(shop, sign_in: SignIn) -> None:
    shop.amazon.set_clock(now=NOW)  # the pages' own
    viewer = sign_in(VIEW)
    order_id = shop.place(quantities=(1, 2))
    shop.amazon.set_options(confirmation_delay_seconds=600)
    shop.pull()
    assert (to_ship(), count_work(NOW)["to_ship"]) == (3, 1)

    ship(order_id, quantities={"SKU-2": 2})
    assert to_ship() == 1
    assert '<span class="bo-pill bo-info"><bdi>Partially shipped</bdi></span>' in seen(viewer)
    ship(order_id, tracking_number="SECOND")
    assert (to_ship(), count_work(NOW)["to_ship"]) == (0, 0)
    text = seen(viewer)
    assert '<span class="bo-pill bo-success"><bdi>Shipped</bdi></span>' in text
    assert "Amazon still says: Unshipped" in text

    push(shop)
    shop.amazon.act(order_id, "touch")  # a version that shows nothing of it yet
    shop.pull()
    assert (to_ship(), AmazonOrder.objects.get().status) == (0, "UNSHIPPED")

    shop.amazon.set_clock(advance_seconds=601)
    shop.pull()
    assert (to_ship(), AmazonOrder.objects.get().status) == (0, "SHIPPED")
    assert "Amazon still says" not in seen(viewer)
    assert Order.objects.get().status == "complete"


def test_orders_with_labels_from_amazon_count_as_shipped_too(shop) -> None:
    order_id = shop.place(order={"programs": ["FBM_SHIP_PLUS"]}, marketplace_id=US)
    shop.pull()

    ship(order_id)

    assert (to_ship(), AmazonOrder.objects.get().status_here) == (0, "SHIPPED")


def test_a_conflict_is_settled_on_the_orders_page(shop, sign_in: SignIn) -> None:
    shop.amazon.set_clock(now=NOW)  # the pages' own
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    shop.amazon.act(order_id, "cancel")
    shop.pull()
    address = f"{ORDERS}{AmazonOrder.objects.get().pk}/"
    viewer, clerk = sign_in(VIEW), sign_in(VIEW, CHANGE, username="kim")
    assert "settle/" not in viewer.get(f"{address}change/").content.decode()
    assert viewer.post(f"{address}settle/").status_code == 403
    assert problem()[0] == "canceled_after_shipment"
    assert f'action="{address}settle/"' in clerk.get(f"{address}change/").content.decode()

    response = clerk.post(f"{address}settle/", follow=True)

    assert "The timeline of the Commerce order shows who resolved it." in response.content.decode()
    assert problem() == ("", "")
    again = clerk.post(f"{address}settle/", follow=True)
    assert "There is nothing left to resolve. Open the order again." in again.content.decode()
