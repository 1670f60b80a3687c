"""One order by its number, for those that Amazon never lists."""

import pytest
from django.utils import timezone

from amazon_channel.gateway.errors import AmazonError, AmazonProtocolError
from amazon_channel.models import AmazonOrder
from amazon_channel.services.fetching import OrderNumberWrong, fetch_order
from commerce_orders.models import Order
from tests.amazon_channel.pulling import stored
from tests.amazon_channel.reconciling import counts, reconcile

pytestmark = pytest.mark.django_db


def fetch(shop, number):
    return fetch_order(account=shop.account, amazon_order_id=number, now=timezone.now())


def test_an_order_that_no_list_shows_is_fetched_by_its_number(shop):
    hidden = shop.place(listed=False)
    shop.pull()
    assert (counts(reconcile(shop)), stored(shop)) == ({}, set())

    order = fetch(shop, f" {hidden}\n")

    assert order.amazon_order_id == hidden
    assert Order.objects.get() == order.commerce_order
    assert fetch(shop, hidden).pk == order.pk


@pytest.mark.parametrize(
    "number", ["", "1", "111-1234567-123456", "111-1234567-12345678", "../../etc", "١١١-1234567-1234567"]
)
def test_what_is_no_order_number_never_reaches_amazon(shop, number):
    with pytest.raises(OrderNumberWrong, match="looks like 123-1234567-1234567"):
        fetch(shop, number)
    assert shop.amazon.log() == []


def test_a_number_that_amazon_does_not_know_is_said_so(shop):
    with pytest.raises(AmazonError) as refused:
        fetch(shop, "111-1234567-1234567")

    assert refused.value.code == "NotFound"
    assert not AmazonOrder.objects.exists()


def test_another_order_than_the_one_asked_for_is_no_answer(shop):
    other = shop.amazon.order(shop.place(listed=False))
    shop.amazon.add_fault(
        "getOrder", "wrong_shape", args={"json": {"order": other | {"orderId": "111-0000000-0000000"}}}
    )

    with pytest.raises(AmazonProtocolError, match="another order"):
        fetch(shop, "111-1234567-1234567")
