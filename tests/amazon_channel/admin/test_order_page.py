from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from amazon_channel.admin.order_page import StatedAmount, stated_amounts
from amazon_channel.models import ShipmentConfirmation
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import ShipmentOrigin
from customers.models import PersonalDataAccess
from tests.factories import NOW, make_account, make_amazon_order, make_contact
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW = "amazon_channel.view_amazonorder"
PAYLOAD = {
    "proceeds": {
        "breakdowns": [
            {"type": "ITEM", "subtotal": {"amount": "30.00", "currencyCode": "USD"}},
            {"type": "NEW_FEE", "subtotal": {"amount": "-1.5", "currencyCode": "USD"}},
        ]
    },
    "orderItems": [{"fulfillment": {"packing": {"giftOption": {"giftWrapLevel": "Classic"}}}}],
    "packages": [
        {
            "packageReferenceId": "1",
            "carrier": "USPS",
            "trackingNumber": "9400",
            "packageStatus": {"status": "IN_TRANSIT"},
        }
    ],
}


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in(VIEW)


def test_order_page_says_what_amazon_says(sign_in: SignIn) -> None:
    account = make_account(name="Northwind")
    account.time_zone = "America/Los_Angeles"
    account.save()
    order = make_amazon_order(
        account=account,
        payload=PAYLOAD,
        is_prime=True,
        buyer_wants_to_cancel=True,
        problem_code="does_not_add_up",
        problem_detail="Amazon states 30.00, the parts are 28.50.",
        problem_since=NOW,
        status_changes=[[(NOW - timedelta(hours=2)).isoformat(), "PENDING"], [NOW.isoformat(), "UNSHIPPED"]],
    )
    assert order.commerce_order

    text = sign_in(VIEW, "commerce_orders.view_order").get(f"{ORDERS}{order.pk}/change/").content.decode()

    for words in (
        f'href="https://sellercentral.amazon.com/orders-v3/order/{order.amazon_order_id}"',
        f'href="/admin/commerce_orders/order/{order.commerce_order_id}/change/"',
        "Northwind",
        "Amazon.com",
        "Prime",
        "Gift",
        "The buyer asks to cancel this order.",
        "The amounts do not add up",
        "Amazon states 30.00, the parts are 28.50.",
        "Compare the amounts below with Seller Central.",
        "<dt>Items</dt><dd>$30.00</dd>",
        "<dt>NEW_FEE</dt><dd>-$1.50</dd>",
        "IN_TRANSIT",
        "Shipped at Amazon, not here",
        "Nov 20, 2026 2:00\u202fAM",
        "<bdi>Pending</bdi>",
    ):
        assert words in text, words


@pytest.mark.parametrize("packages", [1, 3])
def test_order_page_takes_a_constant_number_of_queries(
    viewer: Client, packages: int, django_assert_num_queries
) -> None:
    order = make_amazon_order(quantities=(5,))
    assert order.commerce_order
    line = order.commerce_order.lines.get()
    for number in range(packages):
        record_shipment(
            order_id=order.commerce_order.pk,
            package=Package(carrier_code="UPS", tracking_number=f"1Z{number}", quantities={line.pk: 1}),
            actor="lee",
            origin=ShipmentOrigin.STAFF,
            now=NOW,
        )

    # Session, user, its permissions (2); order; contact; problems of shipments and cancellation; items; packages;
    # notes, events; and the problems of the sidebar.
    with django_assert_num_queries(13):
        viewer.get(f"{ORDERS}{order.pk}/change/")


def test_order_page_matches_our_packages_with_amazons(viewer: Client) -> None:
    order = make_amazon_order()
    shipment = record_shipment(
        order_id=order.commerce_order_id,  # type: ignore[arg-type]
        package=Package(carrier_code="UPS", tracking_number="1Z9"),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )
    confirmation = ShipmentConfirmation.objects.get(shipment=shipment)
    package = {"packageReferenceId": confirmation.package_reference_id, "packageStatus": {"status": "DELIVERED"}}
    order.payload = {"packages": [package]}
    order.save()

    (row,) = viewer.get(f"{ORDERS}{order.pk}/change/").context["packages"]

    assert (row.tracking_number, row.at_amazon, row.confirmation) == ("1Z9", "DELIVERED", confirmation)


def test_an_order_with_a_problem_is_read_again(sign_in: SignIn) -> None:
    order = make_amazon_order(problem_code="does_not_add_up", problem_since=NOW, content_hash="seen")
    client = sign_in(VIEW, "amazon_channel.change_amazonorder")

    page = f"{ORDERS}{order.pk}/change/"
    assert "Try again" in client.get(page).content.decode()
    form = {"reason": "does_not_add_up", "one": order.pk, "next": page}
    response = client.post("/admin/problems/retry/", form, follow=True)

    assert response.redirect_chain == [(page, 302)]
    assert "Being tried again" in response.content.decode()
    order.refresh_from_db()
    assert (order.read_again_at, order.is_to_decide, order.content_hash) == (NOW, True, "")


def test_a_refused_tracking_number_is_sent_again(sign_in: SignIn) -> None:
    order = make_amazon_order()
    shipment = record_shipment(
        order_id=order.commerce_order_id,  # type: ignore[arg-type]
        package=Package(carrier_code="UPS", tracking_number="1Z9"),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )
    ShipmentConfirmation.objects.filter(shipment=shipment).update(state="rejected", error_detail="No.")
    confirmation = ShipmentConfirmation.objects.get(shipment=shipment)
    client = sign_in(VIEW, "amazon_channel.change_amazonorder")

    assert "Send again" in client.get(f"{ORDERS}{order.pk}/change/").content.decode()
    text = client.post(f"{ORDERS}{order.pk}/send/{confirmation.pk}/", follow=True).content.decode()

    assert "Send again" not in text
    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.error_detail) == ("waiting", "")


def test_order_page_shows_buyer_and_address_on_demand_and_records_the_look(sign_in: SignIn) -> None:
    order = make_amazon_order(contact=make_contact(name="Grace Hopper"))
    client = sign_in(VIEW, "customers.view_personal_data")

    assert "Grace Hopper" not in client.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert not PersonalDataAccess.objects.exists()

    assert "Grace Hopper" in client.post(f"{ORDERS}{order.pk}/reveal/").content.decode()
    look = PersonalDataAccess.objects.get()
    assert (look.actor, look.purpose, look.contact) == ("dana", "amazon_order", order.contact)


def test_order_page_shows_no_buyer_without_the_permission(viewer: Client) -> None:
    order = make_amazon_order()

    assert viewer.post(f"{ORDERS}{order.pk}/reveal/").status_code == 403
    assert not PersonalDataAccess.objects.exists()


def test_order_page_survives_whatever_amazon_sends(sign_in: SignIn) -> None:
    hostile = "</title></textarea><script>alert(1)</script>\u202e{{ 7*7 }}"
    order = make_amazon_order(
        status=hostile[:40],
        marketplace_id="?",
        fulfilled_by="<b>x",
        ship_by=None,
        purchased_at=None,
        grand_total=None,
        currency="",
        payload={"proceeds": [1], "packages": "none", "orderItems": [None, {"product": []}]},
        problem_code="unreadable",
        problem_detail=hostile,
        problem_since=NOW,
        with_commerce_order=False,
    )
    order.items.update(title=hostile * 20, sku=hostile)

    response = sign_in(VIEW).get(f"{ORDERS}{order.pk}/change/")

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert "seller_central" in response.context
    assert response.context["seller_central"] == ""


@pytest.mark.parametrize(
    "payload",
    [{}, [], None, {"proceeds": None}, {"proceeds": {"breakdowns": [{"type": "ITEM", "subtotal": {"amount": "x"}}]}}],
)
def test_amounts_that_cannot_be_read_are_left_out(payload: Any) -> None:
    assert list(stated_amounts(payload)) == []


def test_amounts_are_those_of_amazon() -> None:
    assert list(stated_amounts(PAYLOAD)) == [
        StatedAmount("Items", Decimal("30.00"), "USD"),
        StatedAmount("NEW_FEE", Decimal("-1.5"), "USD"),
    ]


def test_order_page_grants_what_the_buyer_asks_with_one_click(sign_in: SignIn) -> None:
    order = make_amazon_order(buyer_wants_to_cancel=True)
    client = sign_in(VIEW, "commerce_orders.view_order", "commerce_orders.cancel_order")
    grant = f"/admin/commerce_orders/order/{order.commerce_order_id}/grant/"
    assert f'action="{grant}"' in client.get(f"{ORDERS}{order.pk}/change/").content.decode()

    client.post(grant)

    text = client.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert grant not in text
    assert "<bdi>Cancellation requested</bdi>" in text
    assert "The buyer asks to cancel this order." not in text


@pytest.mark.parametrize("permissions", [["commerce_orders.view_order"], ["commerce_orders.cancel_order"]])
def test_order_page_offers_no_cancellation_without_the_permissions(sign_in: SignIn, permissions: list[str]) -> None:
    order = make_amazon_order(buyer_wants_to_cancel=True)

    text = sign_in(VIEW, *permissions).get(f"{ORDERS}{order.pk}/change/").content.decode()

    assert "The buyer asks to cancel this order." in text
    assert "Cancel as the buyer asks" not in text


def test_order_page_without_a_commerce_order_leads_to_seller_central(sign_in: SignIn) -> None:
    order = make_amazon_order(buyer_wants_to_cancel=True, with_commerce_order=False)

    text = sign_in(VIEW, "commerce_orders.cancel_order").get(f"{ORDERS}{order.pk}/change/").content.decode()

    assert "answer the request in Seller Central" in text
    assert "Cancel as the buyer asks" not in text
