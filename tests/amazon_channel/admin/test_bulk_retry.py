"""Trying the problems of chosen orders again from the Orders tab."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.problems.retrying import _problems_of
from commerce_orders.models import ProblemRetry
from tests.amazon_channel.problems import make_confirmation, make_held_order
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW = "amazon_channel.view_amazonorder"
RETRY = "amazon_channel.change_amazonorder"


def retry(client: Client, *orders: AmazonOrder, query: str = "?work=problem&p=1") -> str:
    """The one message that the page says."""
    response = client.post(
        f"{ORDERS}{query}",
        {"action": "retry_selected", "index": "0", "_selected_action": [str(order.pk) for order in orders]},
    )
    assert response.headers["Location"] == f"{ORDERS}{query}"
    (message,) = get_messages(response.wsgi_request)
    return str(message)


def test_chosen_orders_are_tried_again_and_each_is_named(sign_in: SignIn) -> None:
    held = make_held_order("details_missing")
    confirmation = make_confirmation("rejected")
    refused = confirmation.amazon_order
    fine = make_amazon_order()
    client = sign_in(VIEW, RETRY)

    words = retry(client, held, refused, fine, query="?work=all")

    first, second = words.split("</p><p>")
    assert "2 orders are tried again:" in first
    assert held.amazon_order_id in first
    assert refused.amazon_order_id in first
    assert "Nothing to try again:" in second
    assert fine.amazon_order_id in second
    held.refresh_from_db()
    assert held.is_to_decide
    assert ShipmentConfirmation.objects.get(pk=confirmation.pk).state == "waiting"
    assert set(ProblemRetry.objects.values_list("reason", "actor", "retried")) == {
        ("details_missing", "dana", 1),
        ("shipment_refused", "dana", 1),
    }


def test_retrying_needs_the_right_to_do_so(sign_in: SignIn) -> None:
    held = make_held_order("details_missing")
    client = sign_in(VIEW)

    client.post(ORDERS, {"action": "retry_selected", "index": "0", "_selected_action": [str(held.pk)]})

    held.refresh_from_db()
    assert not held.is_to_decide
    assert "Try problems again" not in client.get(ORDERS).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_finding_what_is_wrong_takes_a_constant_number_of_queries(rows: int, db, django_assert_num_queries) -> None:
    orders = [make_confirmation("rejected").amazon_order for _ in range(rows)]

    with django_assert_num_queries(4):
        found = _problems_of(orders, now=NOW)

    assert len(found) == rows
