"""The Orders tab offers to ask Amazon for a number that it does not know."""

import pytest

from amazon_channel.models import AmazonOrder
from tests.factories import make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
FETCH = f"{ORDERS}fetch/"
VIEW, RETRY = "amazon_channel.view_amazonorder", "amazon_channel.change_amazonorder"
UNKNOWN = "111-7654321-7654321"


def ask(client, account, number):
    return client.post(FETCH, {"number": number, "account": account.pk}, follow=True)


def test_a_number_that_finds_nothing_offers_to_ask_amazon(sign_in: SignIn) -> None:
    account = make_account()
    client = sign_in(VIEW, RETRY)

    text = client.get(f"{ORDERS}?q={UNKNOWN}").content.decode()

    assert f"No order {UNKNOWN} is stored here." in text
    assert f'name="account" value="{account.pk}"' in text
    make_account(name="<i>Other</i>")
    assert "&lt;i&gt;Other&lt;/i&gt;</option>" in client.get(f"{ORDERS}?q={UNKNOWN}").content.decode()


@pytest.mark.parametrize("query", ["", "?q=SKU-1", "?q=111-7654321", "?q=%27%22%3E"])
def test_other_searches_offer_nothing(sign_in: SignIn, query: str) -> None:
    make_account()

    assert "Ask Amazon for it" not in sign_in(VIEW, RETRY).get(f"{ORDERS}{query}").content.decode()


def test_an_order_that_is_found_needs_no_question(sign_in: SignIn) -> None:
    order = make_amazon_order()

    text = sign_in(VIEW, RETRY).get(f"{ORDERS}?q={order.amazon_order_id}").content.decode()

    assert "Ask Amazon for it" not in text


def test_an_order_that_is_pending_is_said_to_be_known(sign_in: SignIn) -> None:
    order = make_amazon_order(status="PENDING", with_commerce_order=False)

    text = sign_in(VIEW, RETRY).get(f"{ORDERS}?q={order.amazon_order_id}").content.decode()

    assert f"Order {order.amazon_order_id} is known here, but Amazon has not released it yet." in text


def test_a_hidden_order_is_fetched_and_shown(shop, sign_in: SignIn) -> None:
    hidden = shop.place(listed=False)

    response = ask(sign_in(VIEW, RETRY), shop.account, f" {hidden} ")

    order = AmazonOrder.objects.get()
    assert response.redirect_chain == [(f"{ORDERS}{order.pk}/change/", 302)]
    assert "Amazon sent the order. It is stored." in response.content.decode()
    assert order.commerce_order is not None


def test_an_order_that_amazon_holds_is_stored_and_the_list_says_so(shop, sign_in: SignIn) -> None:
    hidden = shop.place(listed=False, status="PENDING")

    response = ask(sign_in(VIEW, RETRY), shop.account, hidden)

    assert response.redirect_chain == [(f"{ORDERS}?q={hidden}", 302)]
    assert f"Amazon sent the order {hidden}. It is Pending there" in response.content.decode()
    assert AmazonOrder.objects.get().status == "PENDING"


def test_a_number_that_amazon_does_not_know_is_said_in_words(shop, sign_in: SignIn) -> None:
    text = ask(sign_in(VIEW, RETRY), shop.account, UNKNOWN).content.decode()

    assert f"Amazon does not know the order {UNKNOWN} for {shop.account.name}." in text
    assert not AmazonOrder.objects.exists()


def test_an_outage_is_said_with_what_to_do(shop, sign_in: SignIn) -> None:
    shop.amazon.add_fault("getOrder", "html")

    text = ask(sign_in(VIEW, RETRY), shop.account, UNKNOWN).content.decode()

    assert "Amazon has an outage." in text


def test_what_is_no_number_never_reaches_amazon(shop, sign_in: SignIn) -> None:
    client = sign_in(VIEW, RETRY)

    assert "looks like 123-1234567-1234567" in ask(client, shop.account, "x").content.decode()
    for account in ("", "x", "999999"):
        assert client.post(FETCH, {"number": UNKNOWN, "account": account}).status_code == 404
    assert shop.amazon.log() == []


def test_only_the_order_desk_may_ask(shop, sign_in: SignIn) -> None:
    client = sign_in(VIEW)

    assert client.post(FETCH, {"number": UNKNOWN, "account": shop.account.pk}).status_code == 403
    assert client.get(FETCH).status_code == 405
    assert "Ask Amazon for it" not in client.get(f"{ORDERS}?q={UNKNOWN}").content.decode()
    assert shop.amazon.log() == []
