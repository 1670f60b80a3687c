"""A pending order is taken up with one button."""

import pytest

from commerce_orders.models import Order, OrderEvent
from commerce_orders.states import OrderStatus
from tests.factories import make_amazon_order, make_commerce_order
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"
VIEW, SHIP = "commerce_orders.view_order", "commerce_orders.ship_order"


@pytest.fixture
def order(db: None) -> Order:
    amazon_order = make_amazon_order(with_commerce_order=False)
    amazon_order.commerce_order = make_commerce_order(amazon_order=amazon_order, status=OrderStatus.PENDING)
    amazon_order.save()
    return amazon_order.commerce_order


def test_who_ships_takes_a_pending_order_up(sign_in: SignIn, order: Order) -> None:
    packer = sign_in(VIEW, SHIP)
    assert "Start processing" in packer.get(f"{ORDERS}{order.pk}/change/").content.decode()

    response = packer.post(f"{ORDERS}{order.pk}/process/", follow=True)

    assert "The order is being processed." in response.content.decode()
    assert "Start processing" not in response.content.decode()
    order.refresh_from_db()
    event = OrderEvent.objects.order_by("id").last()
    assert (order.status, event.from_status, event.to_status) == ("processing", "pending", "processing")


def test_a_second_click_changes_nothing_and_says_so(sign_in: SignIn, order: Order) -> None:
    packer = sign_in(VIEW, SHIP)
    packer.post(f"{ORDERS}{order.pk}/process/")

    response = packer.post(f"{ORDERS}{order.pk}/process/", follow=True)

    assert f"Order {order.number} is Processing and cannot become Processing." in response.content.decode()
    assert OrderEvent.objects.filter(to_status="processing").count() == 1


def test_who_only_looks_cannot_take_it_up(sign_in: SignIn, order: Order) -> None:
    viewer = sign_in(VIEW)
    assert "Start processing" not in viewer.get(f"{ORDERS}{order.pk}/change/").content.decode()

    assert viewer.post(f"{ORDERS}{order.pk}/process/").status_code == 403
    order.refresh_from_db()
    assert order.status == "pending"
