"""What a worker writes of a problem is read by each person in a language of their own, and in English by machines."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from httpx import Response

from amazon_channel.gateway.errors import AmazonProtocolError
from amazon_channel.gateway.replies import read_object
from amazon_channel.mapping.drafts import Waiting
from amazon_channel.models import AmazonOrder, ConnectionTest, OrderSettings
from amazon_channel.models.connection_tests import Result, Step
from amazon_channel.services.connection_tests import Outcome
from amazon_channel.services.mirror import missing_details
from commerce_orders.wording import wording
from tests.amazon_channel.problems import make_cancellation, make_confirmation
from tests.commerce_orders.api.clients import client_with
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db
NO_PRODUCT = {
    "en": "No product matches: SKU-1.",
    "de": "Kein passendes Produkt: SKU-1.",
    "zh-hans": "没有匹配的产品：SKU-1。",
}
PROBLEMS = "/admin/problems/"


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("dana"))
    return client


def page_of(order: AmazonOrder) -> str:
    return f"/admin/amazon_channel/amazonorder/{order.pk}/change/"


@pytest.mark.parametrize("language", NO_PRODUCT)
def test_an_order_that_waits_says_why_in_the_readers_language(shop, staff, language):
    OrderSettings.objects.update(unknown_sku="hold")
    order_id = shop.place(quantities=(3,))
    with translation.override("sv"):  # a worker's, which nobody reads
        shop.pull()

    order, reader = AmazonOrder.objects.get(), {"accept-language": language}
    for address in (page_of(order), f"{PROBLEMS}?reason=unknown_sku", f"{PROBLEMS}export.csv?reason=unknown_sku"):
        response = staff.get(address, headers=reader)
        content = b"".join(response) if response.streaming else response.content
        assert NO_PRODUCT[language] in content.decode()
    answer = client_with("orders:read").get(f"/api/v1/amazon/orders/{order_id}/", headers=reader)
    assert answer.json()["problem"] == {"code": "unknown_sku", "detail": NO_PRODUCT["en"]}


def test_the_timeline_and_the_warning_say_it_too(shop, staff):
    order_id = shop.place(quantities=(3,))
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "TELEPORTED"}})
    shop.pull()
    order = AmazonOrder.objects.get()
    said = "Amazon meldet „TELEPORTED“, Versand durch „Händler“."

    page = staff.get(
        f"/admin/commerce_orders/order/{order.commerce_order_id}/change/", headers={"accept-language": "de"}
    )

    assert said in [row.reason for row in page.context["timeline"]]
    assert page.context["hold"].startswith(said)
    assert (
        f"{said} Die Commerce-Bestellung bleibt"
        in staff.get(page_of(order), headers={"accept-language": "de"}).content.decode()
    )


def test_technical_details_of_ours_are_said_so_too(shop, staff):
    order_id = shop.place()
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfilledBy": "A" * 21}})
    shop.pull()

    order = AmazonOrder.objects.get()
    assert order.problem_detail == "fulfilledBy is longer than 20 characters"
    page = staff.get(page_of(order), headers={"accept-language": "de"}).content.decode()
    assert "fulfilledBy ist länger als 20 Zeichen" in page


@pytest.mark.parametrize(
    ("reply", "english", "german"),
    [
        (Response(200, json=[]), "Amazon's reply has not the expected shape", "hat nicht die erwartete Form"),
        (Response(200, text="{"), "Amazon's reply is not complete JSON", "ist kein vollständiges JSON"),
    ],
)
def test_so_are_replies_that_cannot_be_used(reply, english, german):
    with pytest.raises(AmazonProtocolError) as raised:
        read_object(reply, required="orders")

    assert raised.value.detail == english
    with translation.override("de"):
        assert german in str(raised.value.detail)


def test_amounts_that_do_not_add_up_are_in_the_readers_format(shop, staff):
    order_id = shop.place()
    shop.amazon.act(order_id, "merge", json={"proceeds": {"grandTotal": {"amount": "1234.5", "currencyCode": "USD"}}})
    shop.pull()

    order = AmazonOrder.objects.get()
    assert order.problem_detail.startswith("Amazon states $1,234.50; its parts add up to $")
    for address in (page_of(order), f"{PROBLEMS}?reason=does_not_add_up"):
        page = staff.get(address, headers={"accept-language": "de"}).content.decode()
        assert "Amazon nennt 1.234,50\xa0$; die einzelnen Beträge ergeben " in page


def test_what_amazon_has_yet_to_send_is_named_in_the_readers_language():
    held = missing_details(Waiting((wording("buyer"), wording("address"))))

    assert held.detail.startswith("Amazon has not sent: buyer, address.")
    with translation.override("de"):
        assert "Käufer, Adresse" in str(held.detail)


def test_refusals_of_ours_are_read_so_and_amazons_stay_as_they_are(staff):
    ours = "Amazon does not show this package any more and waits for its items."
    theirs = "The tracking number does not match the <expected> format."
    shown = {}
    for words in (wording(ours), theirs):
        order = make_amazon_order()
        make_confirmation("rejected", order=order, error_detail=words)
        shown[words] = staff.get(page_of(order), headers={"accept-language": "de"}).content.decode()

    assert ours not in shown[ours]
    assert "Amazon zeigt dieses Paket nicht mehr an" in shown[ours]
    assert escape(theirs) in shown[theirs]


def test_what_was_stored_in_english_before_is_still_shown(staff):
    order = make_amazon_order(
        problem_code="unknown_sku", problem_since=NOW, problem_detail=NO_PRODUCT["en"], with_commerce_order=False
    )

    assert NO_PRODUCT["en"] in staff.get(page_of(order), headers={"accept-language": "de"}).content.decode()


def test_an_answer_to_a_cancellation_is_read_so(staff):
    words = "Amazon shows items of this order as shipped, so it can no longer be canceled."
    request = make_cancellation("refused")
    request.error_detail = wording(words)
    request.save()

    page = staff.get(page_of(request.amazon_order), headers={"accept-language": "de"}).content.decode()

    assert words not in page


def test_what_keeps_an_account_from_being_read_is_said_so_too(shop, staff):
    shop.amazon.add_fault("searchOrders", "html")
    with translation.override("sv"):
        run = shop.pull()
    shop.account.refresh_from_db()
    assert (run.error_detail, shop.account.error_detail) == ("Amazon replied 503", "Amazon replied 503")

    reader = {"accept-language": "de"}
    page = staff.get(f"/admin/amazon_channel/selleraccount/{shop.account.pk}/change/", headers=reader).content.decode()

    assert "Amazon replied" not in page
    assert page.count("Amazon antwortete mit 503") == 2  # of the account, and of the run


def test_a_test_of_the_connection_says_it_too(staff):
    account = make_account()
    outcome = Outcome(Step.APPLICATION, Result.UNKNOWN, "timeout", wording("Login with Amazon did not answer in time"))
    ConnectionTest.objects.create(
        account=account, asked_by="ada", asked_at=NOW, started_at=NOW, finished_at=NOW, results=[outcome.as_json()]
    )

    address = f"/admin/amazon_channel/selleraccount/{account.pk}/connection/"
    page = staff.get(address, headers={"accept-language": "de"}).content.decode()

    assert "Login with Amazon hat nicht rechtzeitig geantwortet" in page
