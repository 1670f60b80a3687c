"""What the order desk does on the page of an Amazon order: ship, note, read again, go on to the next."""

from datetime import timedelta

import pytest
from django.test import Client

from amazon_channel.models import AmazonOrder
from commerce_orders.models import OrderEvent, Shipment
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW = "amazon_channel.view_amazonorder"
SHIP = ("commerce_orders.view_order", "commerce_orders.ship_order")


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(VIEW, *SHIP, "amazon_channel.change_amazonorder")


def page_of(order: AmazonOrder, place: str = "") -> str:
    return f"{ORDERS}{order.pk}/change/{place}"


def test_order_page_says_what_an_order_needs_besides_a_label(desk: Client) -> None:
    item = {
        "fulfillment": {
            "packing": {
                "giftOption": {"giftWrapLevel": "Classic"},
                "serialNumberRequirement": {"requirementType": "REQUIRED"},
            },
            "shipping": {
                "shippingConstraints": {"signatureConfirmation": "MANDATORY", "recipientAgeVerification": "MANDATORY"}
            },
        },
        "programs": ["TRANSPARENCY"],
        "cancellation": {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Found it <cheaper>"}},
    }
    order = make_amazon_order(
        ship_by=NOW - timedelta(days=2),
        buyer_wants_to_cancel=True,
        is_business=True,
        payload={
            "programs": ["PRIME", "PREMIUM", "TOMORROWS_PROGRAM"],
            "orderItems": [item, item],
            "fulfillment": {"fulfillmentServiceLevel": "SECOND_DAY"},
            "associatedOrders": [{"orderId": "111-0000000-0000009"}],
        },
    )

    response = desk.get(page_of(order))
    text = response.content.decode()

    assert [str(words) for words in response.context["requirements"]] == [
        "The recipient must sign: book a service with signature.",
        "The carrier must check the recipient's age: book a service with age check.",
        "It is a gift. A message, if there is one, is shown with the buyer and address.",
        "Amazon wants serial numbers for this order: note them before you pack.",
        "Amazon wants Transparency codes for this order: apply one to each unit.",
    ]
    assert response.context["flags"] == ["Business order", "Premium shipping", "TOMORROWS_PROGRAM", "Gift"]
    for words in (
        "This order is late.",
        "late by 2 days",
        "Found it &lt;cheaper&gt;",
        "<bdi>Second day</bdi>",
        f'{ORDERS}?q=111-0000000-0000009"',
    ):
        assert words in text, words


@pytest.mark.parametrize(
    "payload", [{"orderItems": 5, "programs": 7}, {"orderItems": [{"programs": 3}], "x": None}, []]
)
def test_order_page_stands_any_shape_of_amazons_data(desk: Client, payload: object) -> None:
    order = make_amazon_order(payload=payload)

    assert desk.get(page_of(order)).context["requirements"] == []


def test_order_page_warns_of_an_unfulfillable_order(desk: Client) -> None:
    order = make_amazon_order(status="UNFULFILLABLE", with_commerce_order=False)

    assert "Amazon calls this order unfulfillable." in desk.get(page_of(order)).content.decode()


def ship_view(order: AmazonOrder) -> str:
    return f"{ORDERS}{order.pk}/ship/"


def package(order: AmazonOrder, **fields: str) -> dict[str, object]:
    """What the page's form sends: everything that is left, in one package."""
    lines = order.commerce_order.lines.all()  # type: ignore[union-attr]
    return {
        "carrier_code": "UPS",
        "tracking_number": "1Z999AA10123456784",
        "shipped_at": "2026-11-20",
        "shipments_seen": "0",
        **{f"quantity_{line.pk}": line.quantity for line in lines},
        **fields,
    }


def test_order_is_shipped_without_leaving_its_page(desk: Client) -> None:
    order = make_amazon_order()
    here = page_of(order, "?_changelist_filters=work%3Dto_ship")
    text = desk.get(here).content.decode()
    assert f'<input type="hidden" name="next" value="{here}">' in text
    assert f'action="{ship_view(order)}#ship"' in text

    response = desk.post(ship_view(order), package(order, next=here))

    assert response.headers["Location"] == here
    assert Shipment.objects.get().tracking_number == "1Z999AA10123456784"
    assert desk.get(here).context["ship_form"] is None


def test_a_refused_shipment_stays_on_the_page_with_what_was_typed(desk: Client) -> None:
    order = make_amazon_order()
    here = page_of(order, "?_changelist_filters=work%3Dto_ship")

    response = desk.post(ship_view(order), package(order, tracking_number=" ", shipping_method="Ground", next=here))

    form = response.context["ship_form"]
    assert (response.context["original"], response.context["page_address"]) == (order, here)
    assert form.errors == {"tracking_number": ["Enter the tracking number."]}
    assert (form["carrier_code"].value(), form["shipping_method"].value()) == ("UPS", "Ground")
    assert f'action="{ship_view(order)}#ship"' in response.content.decode()
    assert not Shipment.objects.exists()


def test_what_was_shipped_meanwhile_is_said_where_its_form_was(desk: Client) -> None:
    order = make_amazon_order()
    desk.post(ship_view(order), package(order))

    response = desk.post(ship_view(order), package(order, shipments_seen="1"))

    assert (response.context["original"], response.context["ship_form"]) == (order, None)
    (error,) = response.context["unplaced_errors"]
    assert f'role="alert"><bdi>{error}</bdi>' in response.content.decode()
    assert Shipment.objects.count() == 1


def test_only_what_has_a_commerce_order_is_shipped_by_those_who_may_see_it(desk: Client, sign_in: SignIn) -> None:
    unready, order = make_amazon_order(with_commerce_order=False), make_amazon_order()
    stranger = sign_in(VIEW, "commerce_orders.ship_order", username="eve")

    assert desk.post(ship_view(unready), {}).status_code == 404
    assert stranger.post(ship_view(order), package(order)).status_code == 403
    assert not Shipment.objects.exists()


def test_next_and_previous_follow_the_list_even_when_the_order_has_left_it(desk: Client) -> None:
    account = make_account()
    first, second, third = (
        make_amazon_order(account=account, ship_by=NOW + timedelta(hours=hours)) for hours in (1, 2, 3)
    )
    place = "?_changelist_filters=work%3Dto_ship"
    AmazonOrder.objects.filter(pk=second.pk).update(units_to_ship=0)

    neighbours = desk.get(page_of(second, place)).context["neighbours"]

    assert neighbours.list_address == f"{ORDERS}?work=to_ship"
    assert neighbours.previous == page_of(first, place)
    assert neighbours.next == page_of(third, place)
    ends = desk.get(page_of(third, place)).context["neighbours"]
    assert (ends.previous, ends.next) == (page_of(first, place), "")
    assert desk.get(page_of(second)).context["neighbours"].list_address == ""


@pytest.mark.parametrize("rows", [1, 3])
def test_order_page_of_the_desk_takes_a_constant_number_of_queries(
    desk: Client, rows: int, django_assert_num_queries
) -> None:
    account = make_account()
    order = make_amazon_order(account=account, quantities=(1,) * rows)
    for _ in range(rows):
        make_amazon_order(account=account)

    # As without rights; for the form lines, clock and shipments; accounts of the filter; the orders before and after.
    with django_assert_num_queries(19):
        desk.get(page_of(order, "?_changelist_filters=work%3Dto_ship"))


def test_next_and_previous_of_orders_with_one_time_go_by_the_order_they_came_in(desk: Client) -> None:
    account = make_account()
    first, second, third = (make_amazon_order(account=account) for _ in range(3))
    place = "?_changelist_filters=work%3Dall"

    neighbours = desk.get(page_of(second, place)).context["neighbours"]

    assert (neighbours.previous, neighbours.next) == (page_of(third, place), page_of(first, place))


def test_list_that_cannot_be_read_leads_nowhere(desk: Client) -> None:
    order = make_amazon_order()

    assert desk.get(page_of(order, "?_changelist_filters=nonsense__x%3D1")).status_code in {200, 400}


def test_note_stands_on_the_timeline_with_its_author_and_reaches_nobody_else(desk: Client) -> None:
    order = make_amazon_order(status_changes=[[(NOW - timedelta(hours=1)).isoformat(), "UNSHIPPED"]])
    commerce_order = order.commerce_order
    assert commerce_order
    version = commerce_order.version

    response = desk.post(
        f"/admin/commerce_orders/order/{commerce_order.pk}/note/",
        {"text": "matched\n<b>call</b> the supplier", "next": page_of(order)},
    )

    assert response.headers["Location"] == page_of(order)
    note = OrderEvent.objects.get(kind="note")
    assert (note.actor, note.at, note.reason) == ("dana", NOW, "matched\n<b>call</b> the supplier")
    commerce_order.refresh_from_db()
    assert commerce_order.version == version
    page = desk.get(page_of(order))
    assert [(row.what, row.actor, row.is_note) for row in page.context["timeline"]] == [
        ("Status at Amazon", "Amazon", False),
        ("Order created", "pull", False),
        ("Note", "dana", True),
    ]
    assert "&lt;b&gt;call&lt;/b&gt; the supplier" in page.content.decode()


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_note_that_is_empty_or_too_long_is_refused(desk: Client, text: str) -> None:
    order = make_amazon_order()

    desk.post(f"/admin/commerce_orders/order/{order.commerce_order_id}/note/", {"text": text})

    assert not OrderEvent.objects.filter(kind="note").exists()


def test_note_needs_the_right_to_work_on_orders(sign_in: SignIn) -> None:
    order = make_amazon_order()
    client = sign_in(VIEW, "commerce_orders.view_order")

    response = client.post(f"/admin/commerce_orders/order/{order.commerce_order_id}/note/", {"text": "hello"})

    assert response.status_code == 403
    assert not OrderEvent.objects.filter(kind="note").exists()
    assert "Add note" not in client.get(page_of(order)).content.decode()


def test_order_is_read_from_amazon_again_and_the_page_says_so_meanwhile(desk: Client, sign_in: SignIn) -> None:
    order = make_amazon_order()
    assert sign_in(VIEW, username="lee").post(f"{ORDERS}{order.pk}/refresh/").status_code == 403

    response = desk.post(f"{ORDERS}{order.pk}/refresh/", {"next": "//evil.example/"})

    assert response.headers["Location"] == page_of(order)
    order.refresh_from_db()
    assert order.read_again_at == NOW
    text = desk.get(page_of(order)).content.decode()
    assert "Being read from Amazon. You may leave this page meanwhile." in text
    assert 'data-reload-seconds="5"' in text
