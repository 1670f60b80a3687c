import pytest
from django.test import Client

from project.middleware import page_of_form
from tests.factories import make_amazon_order
from tests.staff import SignIn

OPENED = {"Sec-Fetch-Mode": "navigate"}
ORDERS = "/admin/commerce_orders/order/"


@pytest.fixture
def client(sign_in: SignIn) -> Client:
    return sign_in("commerce_orders.view_order")


def test_whoever_is_sent_on_to_where_a_form_goes_is_led_to_the_page_of_the_form(client: Client) -> None:
    order = make_amazon_order().commerce_order
    assert order

    response = client.get(f"{ORDERS}{order.pk}/note/", headers=OPENED, follow=True)

    assert response.redirect_chain[-1] == (f"{ORDERS}{order.pk}/change/", 302)
    assert "Nothing was done yet. Please do it again here." in response.content.decode()


def test_what_is_not_opened_by_a_browser_is_refused(client: Client) -> None:
    order = make_amazon_order().commerce_order
    assert order

    assert client.get(f"{ORDERS}{order.pk}/note/").status_code == 405


def test_other_parts_of_the_site_are_left_alone(client: Client) -> None:
    assert client.get("/i18n/setlang/", headers=OPENED).status_code == 405


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/admin/amazon_channel/amazonorder/7/send/3/", "/admin/amazon_channel/amazonorder/7/"),
        ("/admin/amazon_channel/amazonorder/fetch/", "/admin/amazon_channel/amazonorder/"),
        ("/admin/amazon_channel/amazonorder/views/3/", "/admin/amazon_channel/amazonorder/"),
        ("/admin/problems/retry/", "/admin/problems/"),
    ],
)
def test_the_page_of_a_form_is_above_it(path: str, page: str) -> None:
    assert page_of_form(path) == page
