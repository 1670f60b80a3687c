from datetime import timedelta

import pytest
from django.test import Client

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.models import Order
from commerce_orders.services.acknowledgement import acknowledge_order
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.states import OrderStatus, ShipmentOrigin
from customers.models import Customer, PersonalDataAccess
from tests.factories import NOW, make_account, make_amazon_order, make_commerce_order, make_contact
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"
VIEW = "commerce_orders.view_order"
PERSONAL_DATA = "customers.view_personal_data"


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in(VIEW)


def commerce_order(**columns: object) -> Order:
    order = make_amazon_order(**columns).commerce_order  # type: ignore[arg-type]
    assert order
    return order


def ship(order: Order, tracking_number: str, quantities: dict[int, int] | None = None) -> None:
    record_shipment(
        order_id=order.pk,
        package=Package(carrier_code="UPS", tracking_number=tracking_number, quantities=quantities),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_order_list_takes_a_constant_number_of_queries(viewer: Client, rows: int, django_assert_num_queries) -> None:
    account = make_account()
    for _ in range(rows):
        make_amazon_order(account=account)

    # Session, user, its permissions (2); views, columns; count; page; clocks of the accounts; stores of the filter; the
    # numbers beside all tabs.
    with django_assert_num_queries(11):
        viewer.get(ORDERS)


def test_order_list_finds_by_number_sku_tracking_number_and_buyer(sign_in: SignIn) -> None:
    order = commerce_order(contact=make_contact(name="Grace Hopper"))
    commerce_order(quantities=(1,))
    ship(order, "1Z999", {order.lines.all()[0].pk: 1})
    client = sign_in(VIEW, PERSONAL_DATA)

    for term in (order.number, order.channel_order_id, "SKU-2", "1Z999", "Grace Hopper"):
        assert [row.pk for row in client.get(ORDERS, {"q": term}).context["cl"].result_list] == [order.pk], term


def test_order_that_a_system_took_over_is_found_by_its_number_there_and_shows_it(viewer: Client) -> None:
    order = commerce_order()
    commerce_order()
    acknowledge_order(order_id=order.pk, external_number="SO-7", actor="token:ERP", now=NOW)
    assert list(viewer.get(ORDERS, {"q": "SO-7"}).context["cl"].result_list) == [order]
    page = viewer.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert '<dt>Number in the connected system</dt><dd><bdi class="bo-code">SO-7</bdi></dd>' in page
    assert "<strong>Taken over by a connected system</strong>" in page


def test_order_list_filters_by_status_and_customer(viewer: Client) -> None:
    amazon_order = make_amazon_order(with_commerce_order=False)
    assert amazon_order.contact
    customer = Customer.objects.create(number="C-1", email_index="x", contact=amazon_order.contact, created_at=NOW)
    order = make_commerce_order(
        amazon_order=amazon_order, status=OrderStatus.COMPLETE, is_guest=False, customer=customer
    )
    commerce_order()

    for query in ({"status": "complete"}, {"customer__id__exact": customer.pk}):
        assert [row.pk for row in viewer.get(ORDERS, query).context["cl"].result_list] == [order.pk]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?work=to_ship", ["late", "open"]),
        ("?work=to_ship&sort=-due", ["open", "late"]),
        ("?work=late", ["late"]),
        ("?work=complete", ["complete"]),
        ("?work=canceled", ["canceled"]),
        ("?work=all", ["canceled", "complete", "asked", "open", "late"]),
        ("", ["canceled", "complete", "asked", "open", "late"]),
    ],
)
def test_order_list_has_tabs(viewer: Client, query: str, names: list[str]) -> None:
    account = make_account()
    orders = {
        "late": commerce_order(account=account, ship_by=NOW - timedelta(hours=1)),
        "open": commerce_order(account=account, ship_by=NOW + timedelta(hours=1)),
        "asked": commerce_order(account=account, ship_by=NOW),
        "complete": commerce_order(account=account),
        "canceled": commerce_order(account=account),
    }
    Order.objects.filter(pk=orders["asked"].pk).update(cancellation_requested_at=NOW)
    for status in ("complete", "canceled"):
        Order.objects.filter(pk=orders[status].pk).update(status=status, closed_at=NOW)

    response = viewer.get(f"{ORDERS}{query}")

    assert [row.number for row in response.context["cl"].result_list] == [orders[name].number for name in names]
    counts = {str(tab.label): tab.count for tab in response.context["tabs"]}
    assert counts == {"To ship": "2", "Late": "1", "Complete": "1", "Canceled": "1", "All": "5"}


def test_next_and_previous_stay_in_the_list_of_commerce_orders(viewer: Client) -> None:
    account = make_account()
    first, second, third = (commerce_order(account=account) for _ in range(3))
    place = "?_changelist_filters=work%3Dall"

    neighbours = viewer.get(f"{ORDERS}{second.pk}/change/{place}").context["neighbours"]

    assert (neighbours.previous, neighbours.next) == (
        f"{ORDERS}{third.pk}/change/{place}",
        f"{ORDERS}{first.pk}/change/{place}",
    )


def test_order_page_says_what_is_in_the_order_and_what_happened(viewer: Client) -> None:
    order = commerce_order()
    ship(order, "1Z999", {order.lines.all()[0].pk: 1})

    text = viewer.get(f"{ORDERS}{order.pk}/change/").content.decode()

    for words in (
        order.number,
        order.channel_order_id,
        "SKU-1",
        "Product 2",
        "$30.00",
        "Guest",
        "UPS",
        "1Z999",
        "Waiting to be sent to Amazon",
        "Shipment recorded",
        "Processing → Partially shipped",
        "lee",
    ):
        assert words in text, words


@pytest.mark.parametrize("packages", [1, 3])
def test_order_page_takes_a_constant_number_of_queries(
    sign_in: SignIn, packages: int, django_assert_num_queries
) -> None:
    order = commerce_order(quantities=(5,))
    for number in range(packages):
        ship(order, f"1Z{number}", {order.lines.get().pk: 1})
    client = sign_in(VIEW, "commerce_orders.ship_order")

    # Session, user, its permissions (2); order, lines; shipments, what is in them (2), their state at Amazon;
    # Amazon's order, its account, and problems of its shipments and cancellation; the account's clock; contact; notes,
    # events; cancellations.
    with django_assert_num_queries(19):
        client.get(f"{ORDERS}{order.pk}/change/")


def test_order_page_shows_amazons_refusal_in_its_own_words_with_advice(viewer: Client) -> None:
    order = commerce_order()
    ship(order, "BAD")
    ShipmentConfirmation.objects.update(
        state="rejected", error_detail="BAD does not match the expected format for <UPS>."
    )

    text = viewer.get(f"{ORDERS}{order.pk}/change/").content.decode()

    assert "Refused by Amazon" in text
    assert "<bdi>BAD does not match the expected format for &lt;UPS&gt;.</bdi>" in text
    assert "Compare carrier and tracking number with the label" in text


def test_order_page_warns_before_shipping_what_the_buyer_asks_to_cancel(viewer: Client) -> None:
    order = commerce_order(buyer_wants_to_cancel=True)

    assert "Do not ship it before you have decided." in viewer.get(f"{ORDERS}{order.pk}/change/").content.decode()


def test_order_page_has_no_ship_form_without_the_permission(viewer: Client) -> None:
    order = commerce_order()

    assert viewer.get(f"{ORDERS}{order.pk}/change/").context["ship_form"] is None


def test_order_page_shows_the_address_on_demand_and_records_the_look(sign_in: SignIn) -> None:
    order = commerce_order(contact=make_contact(name="<b>Grace</b> \u202eHopper"))
    client = sign_in(VIEW, PERSONAL_DATA)
    page = f"{ORDERS}{order.pk}"

    assert "1 Main Street" not in client.get(f"{page}/change/").content.decode()
    assert not PersonalDataAccess.objects.exists()
    response = client.post(f"{page}/reveal/")

    assert "<bdi>1 Main Street</bdi>" in response.content.decode()
    assert "<bdi>&lt;b&gt;Grace&lt;/b&gt; \u202eHopper</bdi>" in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    look = PersonalDataAccess.objects.get()
    assert (look.actor, look.purpose, look.contact, look.contacts_seen) == ("dana", "order", order.contact, 1)


def test_order_page_shows_no_address_without_the_permission(viewer: Client) -> None:
    order = commerce_order()

    assert viewer.post(f"{ORDERS}{order.pk}/reveal/").status_code == 403
    assert viewer.get(f"{ORDERS}{order.pk}/reveal/").status_code == 405
    assert not PersonalDataAccess.objects.exists()


def test_order_page_says_when_the_address_was_erased(sign_in: SignIn) -> None:
    order = commerce_order()
    contact = order.contact
    assert contact
    contact.data, contact.email_index, contact.name_index = None, "", ""
    contact.erased_at = NOW - timedelta(days=1)
    contact.save()

    text = sign_in(VIEW, PERSONAL_DATA).get(f"{ORDERS}{order.pk}/change/").content.decode()

    assert "Erased on" in text
    assert "Show buyer and address" not in text


@pytest.mark.parametrize("address", ["999999/change/", "nonsense/change/", "999999/ship/"])
def test_order_page_of_an_unknown_order_is_not_found(sign_in: SignIn, address: str) -> None:
    client = sign_in(VIEW, "commerce_orders.ship_order")
    method = client.post if "ship" in address else client.get

    assert method(f"{ORDERS}{address}").status_code == 404
