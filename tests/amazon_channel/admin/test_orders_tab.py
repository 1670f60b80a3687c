from datetime import timedelta

import pytest
from django.test import Client

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order
from customers.models import PersonalDataAccess
from tests.factories import NOW, make_account, make_amazon_order, make_contact
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW = "amazon_channel.view_amazonorder"
PERSONAL_DATA = "customers.view_personal_data"


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in(VIEW)


def listed(client: Client, query: str = "") -> list[str]:
    """The Amazon numbers of the list, in its order."""
    return [order.amazon_order_id for order in client.get(f"{ORDERS}{query}").context["cl"].result_list]


def test_orders_tab_lists_what_amazon_has_verified_and_counts_what_is_pending(viewer: Client) -> None:
    shown = make_amazon_order()
    make_amazon_order(status="PENDING", with_commerce_order=False)
    make_amazon_order(status="PENDING_AVAILABILITY", with_commerce_order=False)
    make_amazon_order(fulfilled_by="AMAZON", with_commerce_order=False)

    response = viewer.get(ORDERS)

    assert [order.pk for order in response.context["cl"].result_list] == [shown.pk]
    assert "2 pending at Amazon; they appear here once Amazon has verified them." in response.content.decode()


def test_orders_tab_shows_every_column(viewer: Client) -> None:
    order = make_amazon_order(account=make_account(name="Northwind"), ship_by=NOW - timedelta(days=2))
    assert order.commerce_order

    text = viewer.get(ORDERS).content.decode()

    assert f'href="/admin/amazon_channel/amazonorder/{order.pk}/change/' in text
    assert (
        f'href="/admin/commerce_orders/order/{order.commerce_order_id}/change/">{order.commerce_order.number}</a>'
        in text
    )
    assert '<bdi class="bo-under bo-name">Northwind</bdi>' in text
    assert '<span class="bo-pill bo-warning"><bdi>Unshipped</bdi></span>' in text
    assert '<span class="bo-code">$30.00</span>' in text
    assert '<span class="bo-pill bo-danger"><bdi>late by 2 days</bdi></span>' in text
    assert "Merchant" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_orders_tab_takes_a_constant_number_of_queries(viewer: Client, rows: int, django_assert_num_queries) -> None:
    account = make_account()
    for _ in range(rows):
        make_amazon_order(account=account)

    # Session, user, its permissions (2); views, columns; pending; count; page; accounts of the filter; problems; clocks
    # of the accounts and the numbers beside all tabs.
    with django_assert_num_queries(13):
        viewer.get(ORDERS)


@pytest.mark.parametrize("rows", [1, 3])
def test_orders_tab_reveals_a_page_of_buyers_with_one_audit_row(
    sign_in: SignIn, rows: int, django_assert_num_queries
) -> None:
    account = make_account()
    for _ in range(rows):
        make_amazon_order(account=account, contact=make_contact(name="Grace Hopper"))
    client = sign_in(VIEW, PERSONAL_DATA)

    with django_assert_num_queries(14):  # and the audit row
        text = client.get(ORDERS).content.decode()

    assert text.count("Grace Hopper") == rows
    look = PersonalDataAccess.objects.get()
    assert (look.actor, look.purpose, look.contacts_seen, look.at) == ("dana", "orders_tab", rows, NOW)


def test_orders_tab_without_permission_shows_no_buyer_and_decrypts_nothing(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_amazon_order(contact=make_contact(name="Grace Hopper"))

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("decrypted")

    monkeypatch.setattr("customers.encryption.decrypt", refuse)

    assert "Grace Hopper" not in viewer.get(ORDERS).content.decode()
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?work=to_ship", ["late", "today", "next week"]),
        ("?work=late", ["late"]),
        ("?work=today", ["today"]),
        ("?work=problem", ["problem"]),
        ("?work=shipped", ["shipped here", "fba"]),
        ("?work=canceled", ["problem"]),
        ("?work=fba", ["fba"]),
        ("?work=all&status=CANCELLED", ["problem"]),
        ("?status=CANCELLED", ["problem"]),
        ("?fulfilled_by=AMAZON", ["fba"]),
        ("?purchased_at_from=2026-11-19&purchased_at_to=2026-11-19", ["problem"]),
        ("?purchased_at_from=nonsense", ["today", "next week", "late", "shipped here", "fba", "problem"]),
        ("?work=to_ship&sort=-due", ["next week", "today", "late"]),
        ("?work=to_ship&sort=bought", ["late", "next week", "today"]),
        ("?work=late&sort=nonsense", ["late"]),
    ],
)
def test_orders_tab_filters(viewer: Client, query: str, names: list[str]) -> None:
    hour = timedelta(hours=1)
    made = {
        "late": make_amazon_order(ship_by=NOW - hour, purchased_at=NOW - 3 * hour),
        "today": make_amazon_order(ship_by=NOW + hour, purchased_at=NOW - hour),
        "next week": make_amazon_order(ship_by=NOW + timedelta(days=6), purchased_at=NOW - 2 * hour),
        "shipped here": make_amazon_order(units_to_ship=0, purchased_at=NOW - 3.5 * hour),
        "fba": make_amazon_order(status="SHIPPED", fulfilled_by="AMAZON", purchased_at=NOW - 4 * hour),
        "problem": make_amazon_order(
            status="CANCELLED",
            problem_code="canceled_after_shipment",
            problem_since=NOW,
            purchased_at=NOW - timedelta(hours=13),
        ),
    }
    assert listed(viewer, query) == [made[name].amazon_order_id for name in names]


def test_orders_tab_today_ends_at_midnight_of_the_accounts_clock(viewer: Client) -> None:
    account = make_account()
    account.time_zone = "Asia/Tokyo"  # 21:00 there at NOW
    account.save()
    before_midnight = make_amazon_order(account=account, ship_by=NOW + timedelta(hours=2, minutes=59))
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=3))

    assert listed(viewer, "?work=today") == [before_midnight.amazon_order_id]


def test_orders_tab_filters_by_account(viewer: Client) -> None:
    mine = make_amazon_order()
    make_amazon_order()

    assert listed(viewer, f"?account={mine.account_id}") == [mine.amazon_order_id]


def test_orders_tab_finds_by_number_sku_and_buyer(sign_in: SignIn) -> None:
    order = make_amazon_order(contact=make_contact(name="Grace Hopper", email="grace@marketplace.amazon.com"))
    make_amazon_order(quantities=())
    assert order.commerce_order
    client = sign_in(VIEW, PERSONAL_DATA)

    for term in (
        order.amazon_order_id,
        order.commerce_order.number,
        "SKU-2",
        "grace  hopper",
        "GRACE@marketplace.amazon.com",
    ):
        assert listed(client, f"?q={term}") == [order.amazon_order_id], term
    assert listed(client, "?q=Grace") == []


def test_orders_tab_does_not_say_who_bought_to_whom_may_not_see_it(viewer: Client) -> None:
    make_amazon_order(contact=make_contact(name="Grace Hopper", email="grace@marketplace.amazon.com"))

    assert listed(viewer, "?q=Grace Hopper") == []
    assert listed(viewer, "?q=grace@marketplace.amazon.com") == []


def test_orders_tab_counts_no_further_than_its_cap(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account()
    for _ in range(3):
        make_amazon_order(account=account)
    monkeypatch.setattr("project.listing.COUNTED_AT_MOST", 2)

    text = viewer.get(ORDERS).content.decode()

    assert "more than 2; narrow the list by filters or search" in text


def test_orders_tab_is_read_only(sign_in: SignIn) -> None:
    client = sign_in(VIEW, "amazon_channel.change_amazonorder")
    order = make_amazon_order()

    assert client.get(f"{ORDERS}add/").status_code == 403
    assert client.post(f"{ORDERS}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AmazonOrder.objects.filter(pk=order.pk).exists()


def test_orders_tab_escapes_and_isolates_hostile_text(sign_in: SignIn) -> None:
    hostile = "<script>alert(1)</script>\u202egnp"
    make_amazon_order(contact=make_contact(name=hostile), account=make_account(name=hostile[:40]), status=hostile)
    client = sign_in(VIEW, PERSONAL_DATA)

    text = client.get(ORDERS).content.decode()

    assert "<script>alert" not in text
    assert '<bdi class="bo-name">&lt;script&gt;alert(1)&lt;/script&gt;\u202egnp</bdi>' in text


def test_orders_tab_shows_who_wants_what_canceled_beside_its_problem(viewer: Client) -> None:
    account = make_account()
    make_amazon_order(account=account, buyer_wants_to_cancel=True, problem_code="shipment_refused", problem_since=NOW)
    make_amazon_order(account=account, buyer_wants_to_cancel=True, with_commerce_order=False)
    make_amazon_order(account=account, buyer_wants_to_cancel=True, with_commerce_order=False, status="SHIPPED")
    canceling = make_amazon_order(account=account, buyer_wants_to_cancel=True)
    Order.objects.filter(pk=canceling.commerce_order_id).update(cancellation_requested_at=NOW)

    text = viewer.get(ORDERS).content.decode()

    assert text.count("<bdi>Amazon refused a shipment</bdi>") == 1
    assert text.count("<bdi>Buyer asks to cancel</bdi>") == 2
    assert text.count("<bdi>Cancellation requested</bdi>") == 1
