"""Canceling from the order's page, and shipping what the buyer asks to cancel."""

from typing import Any

import pytest
from django.test import Client

from commerce_orders.models import Cancellation, Order, Shipment
from commerce_orders.services.cancellation import complete_cancellation, refuse_cancellation, request_cancellation
from tests.commerce_orders.admin.test_shipping import package
from tests.commerce_orders.bazaar import make_bazaar_order
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"
VIEW, SHIP, CANCEL = "commerce_orders.view_order", "commerce_orders.ship_order", "commerce_orders.cancel_order"


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(VIEW, SHIP, CANCEL)


@pytest.fixture
def order(db: None) -> Order:
    order = make_amazon_order().commerce_order
    assert order
    return order


@pytest.fixture
def unwanted(db: None) -> Order:
    """One that the buyer asks to cancel."""
    order = make_amazon_order(buyer_wants_to_cancel=True).commerce_order
    assert order
    return order


def page(client: Client, order: Order) -> Any:
    return client.get(f"{ORDERS}{order.pk}/change/")


def cancel(client: Client, order: Order, **fields: str) -> Any:
    chosen = {"cancel-reason": "NoInventory", "cancel-confirmed": "on"} | fields
    return client.post(f"{ORDERS}{order.pk}/cancel/", chosen, follow=True)


def request(order: Order, reason: str = "NoInventory") -> Cancellation:
    return request_cancellation(order_id=order.pk, reason=reason, actor="lee", now=NOW)


def test_a_cancellation_is_requested_and_shown_in_words(desk: Client, order: Order) -> None:
    assert page(desk, order).context["cancel_form"] is not None

    response = cancel(desk, order)

    text = response.content.decode()
    assert response.redirect_chain == [(f"{ORDERS}{order.pk}/change/", 302)]
    assert "The order stays open until the sales channel agrees." in text
    assert text.count("Cancellation requested") >= 3  # message, pill, notice and timeline
    assert "Nothing can be shipped until Amazon has answered" in text
    assert "<bdi>Out of stock</bdi>" in text
    assert "NoInventory" not in text
    assert (response.context["ship_form"], response.context["cancel_form"]) == (None, None)
    cancellation = Cancellation.objects.get()
    assert (cancellation.order, cancellation.reason, cancellation.requested_by) == (order, "NoInventory", "dana")


def test_an_order_whose_channel_is_no_longer_installed_is_canceled_at_once(desk: Client, db: None) -> None:
    order = make_bazaar_order(channel="gone")

    response = cancel(desk, order, **{"cancel-reason": "other"})

    assert [str(message) for message in response.context["messages"]] == ["Canceled"]
    assert Order.objects.get().status == "canceled"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"cancel-confirmed": ""}, "confirmed", "Tick this box to cancel the order."),
        ({"cancel-reason": ""}, "reason", "This field is required."),
        ({"cancel-reason": "Mood"}, "reason", "Select a valid choice. Mood is not one of the available choices."),
    ],
)
def test_a_form_that_is_not_filled_in_cancels_nothing(
    desk: Client, order: Order, fields: dict[str, str], field: str, words: str
) -> None:
    response = cancel(desk, order, **fields)

    assert response.context["cancel_form"].errors[field] == [words]
    assert not Cancellation.objects.exists()


def test_an_order_that_was_shipped_meanwhile_says_why_it_is_not_canceled(desk: Client, order: Order) -> None:
    desk.post(f"{ORDERS}{order.pk}/ship/", package(order))

    response = cancel(desk, order)

    assert response.context["cancel_form"] is None
    assert "This order is complete and cannot be canceled any more." in response.content.decode()
    assert not Cancellation.objects.exists()


def test_an_order_whose_cancellation_was_requested_meanwhile_says_why_it_is_not_shipped(
    desk: Client, order: Order
) -> None:
    request(order)

    response = desk.post(f"{ORDERS}{order.pk}/ship/", package(order))

    assert "It can be shipped only if that is refused." in response.content.decode()
    assert not Shipment.objects.exists()


def test_what_the_channel_answers_is_shown_in_its_own_words_with_what_to_do(desk: Client, order: Order) -> None:
    refuse_cancellation(cancellation_id=request(order).pk, answer="<Too> late.", actor="Amazon", now=NOW)

    response = page(desk, order)

    text = response.content.decode()
    assert "Amazon refused to cancel this order." in text
    assert "<bdi>&lt;Too&gt; late.</bdi>" in text
    assert "Ship the order, or cancel it at Amazon itself if it must not be shipped." in text
    assert response.context["ship_form"] is not None
    assert response.context["cancel_form"] is not None


def test_a_canceled_order_says_so_and_offers_nothing_more(desk: Client, order: Order) -> None:
    complete_cancellation(cancellation_id=request(order).pk, actor="Amazon", now=NOW)

    response = page(desk, order)

    text = response.content.decode()
    assert "Processing → Canceled" in text
    assert "Canceled as requested" in text
    assert "Nothing can be shipped until" not in text
    assert (response.context["ship_form"], response.context["cancel_form"]) == (None, None)


def test_units_that_have_left_take_the_form_away(desk: Client, order: Order) -> None:
    desk.post(f"{ORDERS}{order.pk}/ship/", package(order, (1, 0)))
    assert page(desk, order).context["cancel_form"] is None


@pytest.mark.parametrize("address", ["cancel", "grant"])
def test_canceling_needs_its_own_permission_and_a_post(sign_in: SignIn, unwanted: Order, address: str) -> None:
    client = sign_in(VIEW, SHIP)

    assert page(client, unwanted).context["cancel_form"] is None
    assert "Cancel as the buyer asks" not in page(client, unwanted).content.decode()
    assert client.post(f"{ORDERS}{unwanted.pk}/{address}/", {}).status_code == 403
    assert client.get(f"{ORDERS}{unwanted.pk}/{address}/").status_code == 405
    assert not Cancellation.objects.exists()


def test_what_the_buyer_asks_is_granted_with_one_click(desk: Client, unwanted: Order) -> None:
    text = page(desk, unwanted).content.decode()
    assert "The buyer asks to cancel this order." in text
    assert f'action="{ORDERS}{unwanted.pk}/grant/"' in text

    response = desk.post(f"{ORDERS}{unwanted.pk}/grant/", follow=True)

    assert "<bdi>The buyer asked for it</bdi>" in response.content.decode()
    assert Cancellation.objects.get().reason == "BuyerCanceled"


def test_what_the_buyer_asks_no_more_is_not_granted(desk: Client, unwanted: Order) -> None:
    Order.objects.update(buyer_wants_to_cancel=False)

    response = desk.post(f"{ORDERS}{unwanted.pk}/grant/", follow=True)

    assert "The buyer no longer asks to cancel this order." in response.content.decode()
    assert not Cancellation.objects.exists()


def test_what_the_buyer_asks_to_cancel_is_shipped_only_with_the_box_ticked(desk: Client, unwanted: Order) -> None:
    refused = desk.post(f"{ORDERS}{unwanted.pk}/ship/", package(unwanted))

    assert refused.context["ship_form"].errors["despite_request"] == [
        "The buyer asks to cancel this order. Cancel it, or confirm that it is to be shipped all the same."
    ]
    assert not Shipment.objects.exists()
    desk.post(f"{ORDERS}{unwanted.pk}/ship/", package(unwanted, despite_request="on"))
    assert Shipment.objects.get().order == unwanted


def test_a_request_that_arrives_after_the_page_was_opened_is_noticed(desk: Client, order: Order) -> None:
    assert "despite_request" not in page(desk, order).context["ship_form"].fields
    Order.objects.update(buyer_wants_to_cancel=True)

    response = desk.post(f"{ORDERS}{order.pk}/ship/", package(order))

    assert "despite_request" in response.context["ship_form"].errors
    assert response.context["ship_form"]["tracking_number"].value() == "1Z999"
    assert "Ship although the buyer asks to cancel" in response.content.decode()
    assert not Shipment.objects.exists()


def test_the_list_shows_who_wants_what_canceled(desk: Client, order: Order, unwanted: Order) -> None:
    request(order)

    text = desk.get(ORDERS).content.decode()

    assert (text.count("<bdi>Cancellation requested</bdi>"), text.count("<bdi>Buyer asks to cancel</bdi>")) == (1, 1)
