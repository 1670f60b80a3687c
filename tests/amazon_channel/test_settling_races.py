"""Somebody settles a conflict while a page is being stored. With its control."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from amazon_channel.models import AmazonOrder
from amazon_channel.services import batch, settling
from amazon_channel.services.settling import settle_conflict
from tests.amazon_channel.following import item_ids
from tests.amazon_channel.shipping import ship

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]


def settle():
    try:
        settle_conflict(amazon_order=AmazonOrder.objects.get(), actor="ada", now=timezone.now())
    finally:
        connection.close()


@pytest.fixture
def settled_meanwhile(shop, monkeypatch):
    """A pull that has read the conflict of an order when somebody settles it."""
    order_id = shop.place(quantities=(1, 3))
    shop.pull()
    ship(order_id)
    shop.amazon.act(order_id, "cancel_units", order_item_id=item_ids(shop, order_id)[1], quantity=1)
    shop.pull()
    assert AmazonOrder.objects.get().conflict_code == "items_canceled_late"
    shop.amazon.act(order_id, "touch")
    person, find = threading.Thread(target=settle), batch.find_page_products

    def find_while_somebody_settles(plans):
        if any(plan.earlier and plan.earlier.conflict_code for plan in plans) and person.ident is None:
            person.start()
            person.join(1)  # who must wait for the page is not done by then
        return find(plans)

    monkeypatch.setattr(batch, "find_page_products", find_while_somebody_settles)

    def pull():
        shop.pull()
        person.join(10)
        return AmazonOrder.objects.get().conflict_code

    return pull


def test_a_page_does_not_bring_back_a_conflict_that_is_settled_meanwhile(settled_meanwhile):
    assert settled_meanwhile() == ""


def test_without_the_lock_the_page_stores_it_once_more(settled_meanwhile, monkeypatch):
    """The control."""
    monkeypatch.setattr(settling, "lock_account", lambda account: None)

    assert settled_meanwhile() == "items_canceled_late"
