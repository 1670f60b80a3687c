"""Examples with the merchant's own last orders, and what a change will do to those that wait."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from amazon_channel.admin.order_settings import pack
from amazon_channel.models import AmazonOrder
from amazon_channel.services.order_settings import change_order_settings
from amazon_channel.services.store import decide_again
from commerce_orders.models import Order
from tests.amazon import Shop
from tests.commerce_orders.stocked import make_product
from tests.factories import NOW, make_commerce_order
from tests.staff import SignIn

VIEW, CHANGE = "amazon_channel.view_ordersettings", "amazon_channel.change_ordersettings"


@pytest.fixture
def client(sign_in: SignIn) -> Client:
    return sign_in(VIEW, CHANGE)


def preview(client: Client, shop: Shop, **changes: str) -> Any:
    settings = shop.account.order_settings
    settings.refresh_from_db()
    chosen = settings.as_json() | changes
    address = f"/admin/amazon_channel/ordersettings/{settings.pk}/change/"
    if not changes:
        return client.get(address)
    return client.post(address, chosen | {"seen": pack(settings.as_json()), "shown": "", "preview": "1"})


def examples(response: Any) -> dict[str, str]:
    """The sentence beneath each choice, by key and value."""
    return {
        f"{field.name}={radio.data['value']}": strip_tags(example)
        for field, choices in response.context["questions"]
        for radio, _effect, example in choices
    }


def test_each_choice_shows_what_it_makes_of_the_last_order(client: Client, shop: Shop) -> None:
    make_product("SKU-1", 10)
    make_product("SKU-2", 10)
    shop.place()
    own = shop.place(quantities=(1,))
    fba = shop.place(quantities=(1,), fulfilled_by="AMAZON", status="SHIPPED")
    pending = shop.place(quantities=(2, 1), status="PENDING")
    shop.pull()
    next_number = "100000004"

    response = preview(client, shop)
    country = {"US": "United States"}[AmazonOrder.objects.get(amazon_order_id=own).contact.details.address.country_code]
    shown = examples(response)

    last = f"Your last order {own} by a buyer in {country}"
    became = f"{last} would become Commerce order {next_number}, guest, Processing."
    assert strip_tags(response.context["preview"].summary()) == became
    assert shown == {
        "import_orders=enabled": became,
        "import_orders=disabled": f"{last} would be listed on the Orders tab only.",
        "customer_creation=guest": f"Order {own}: a guest.",
        "customer_creation=create": f"Order {own}: a new customer.",
        "order_number_source=commerce": f"Order {own}: number {next_number}.",
        "order_number_source=amazon": f"Order {own}: number {own}.",
        "new_order_status=processing": f"Order {own}: would start as Processing.",
        "new_order_status=pending": f"Order {own}: would start as Pending.",
        "fba_orders=create": (
            f"Your last order shipped by Amazon, {fba}, would become Commerce order {next_number}, guest, Complete."
        ),
        "fba_orders=ignore": f"Your last order shipped by Amazon, {fba}, would be listed on the Orders tab only.",
        "reserve_pending_stock=yes": f"Your last pending order {pending}: 3 units of your products reserved.",
        "reserve_pending_stock=no": f"Your last pending order {pending}: 0 units of your products reserved.",
        "unknown_sku=import": "",
        "unknown_sku=hold": "",
    }


def test_examples_follow_the_other_choices(client: Client, shop: Shop) -> None:
    own = shop.place(quantities=(1,))
    shop.pull()

    shown = examples(preview(client, shop, order_number_source="amazon", customer_creation="create"))
    assert (
        f"would become Commerce order {own}, a new customer, Processing. No product yet: SKU-1."
        in (shown["import_orders=enabled"])
    )
    assert shown["unknown_sku=hold"] == (
        f"Your last order with a SKU that no product has, {own}, would wait with a problem: No product matches: SKU-1."
    )
    shown = examples(preview(client, shop, import_orders="disabled"))
    assert shown["customer_creation=guest"] == "Has no effect while “Show Amazon orders only” is chosen."


def test_an_order_that_has_left_serves_as_it_came(client: Client, shop: Shop) -> None:
    shop.place(quantities=(1,), status="SHIPPED")
    shop.pull()

    assert examples(preview(client, shop))["import_orders=enabled"].endswith(
        "guest, Processing. No product yet: SKU-1."
    )


def test_without_orders_there_are_no_examples_and_nothing_is_made_up(client: Client, shop: Shop) -> None:
    response = preview(client, shop)

    assert set(examples(response).values()) == {""}
    assert "No order of this account can serve as an example yet." in response.content.decode()


def test_the_forecast_says_what_saving_then_does(client: Client, shop: Shop) -> None:
    change_order_settings(account=shop.account, changes={"import_orders": "disabled"}, actor="ada", now=NOW)
    for _ in range(3):
        shop.place(quantities=(1,))
    shop.pull()
    response = preview(client, shop, import_orders="enabled")
    assert response.context["preview"].forecast() == ["3 waiting orders will become Commerce orders now."]
    assert Order.objects.count() == 0

    change_order_settings(account=shop.account, changes={"import_orders": "enabled"}, actor="ada", now=NOW)
    decide_again(account=shop.account, now=NOW)
    assert Order.objects.count() == 3


def test_the_forecast_counts_problems_that_come_and_go(client: Client, shop: Shop) -> None:
    change_order_settings(account=shop.account, changes={"unknown_sku": "hold"}, actor="ada", now=NOW)
    shop.place(quantities=(1,))
    shop.pull()
    assert preview(client, shop, unknown_sku="import").context["preview"].forecast() == [
        "1 waiting order will become a Commerce order now."
    ]
    assert preview(client, shop, import_orders="disabled").context["preview"].forecast() == [
        "The problem of 1 order goes away, as no Commerce order is wanted any more."
    ]
    change_order_settings(
        account=shop.account, changes={"unknown_sku": "import", "import_orders": "disabled"}, actor="ada", now=NOW
    )
    decide_again(account=shop.account, now=NOW)
    assert preview(client, shop, import_orders="enabled", unknown_sku="hold").context["preview"].forecast() == [
        "1 waiting order will get a problem."
    ]


def test_the_forecast_counts_units_of_pending_orders(client: Client, shop: Shop) -> None:
    make_product("SKU-1", 10)
    shop.place(quantities=(2,), status="PENDING")
    shop.pull()

    assert preview(client, shop, reserve_pending_stock="no").context["preview"].forecast() == [
        "2 reserved units will be freed."
    ]


def test_a_refused_number_is_foreseen(client: Client, shop: Shop) -> None:
    change_order_settings(account=shop.account, changes={"import_orders": "disabled"}, actor="ada", now=NOW)
    number = shop.place(quantities=(1,))
    shop.place(quantities=(1,), marketplace_id="ATVPDKIKX0DER")
    shop.pull()
    other = AmazonOrder.objects.exclude(amazon_order_id=number).get()
    make_commerce_order(amazon_order=other, number=number, channel_order_id="other")
    chosen = {"import_orders": "enabled", "order_number_source": "amazon"}

    assert preview(client, shop, **chosen).context["preview"].forecast() == [
        "1 waiting order will become a Commerce order now.",
        "1 waiting order will get a problem.",
    ]


@pytest.mark.parametrize("orders", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(
    client: Client, shop: Shop, orders: int, django_assert_num_queries: Any
) -> None:
    for _ in range(orders):
        shop.place()
        shop.place(status="PENDING")
    shop.pull()

    with django_assert_num_queries(15):
        preview(client, shop)
    with django_assert_num_queries(16):
        preview(client, shop, unknown_sku="hold")
