"""A problem appears, is tried again, and is healed: over the page, the workers and Amazon."""

import logging

import pytest
from django.utils import timezone

from amazon_channel.mapping import orders as mapping
from amazon_channel.mapping.reading import Unreadable
from amazon_channel.models import AmazonOrder, ShipmentConfirmation
from amazon_channel.services import batch
from amazon_channel.services.reading_again import retry_orders
from commerce_orders.models import Order
from commerce_orders.problems import count_problems, source_of, sources
from commerce_orders.services.retries import retry_chosen
from tests.amazon_channel.shipping import push, ship
from tests.amazon_channel.test_push_failures import refuse

pytestmark = pytest.mark.django_db


def problems():
    return {reason: count for reason, count in count_problems(sources(), now=timezone.now()).items() if count}


def retry(reason, key):
    retry_chosen(source=source_of(reason), reason=reason, keys=[key], actor="ada", now=timezone.now())


@pytest.fixture
def a_program_that_cannot_read(monkeypatch):
    """A fault of ours in reading orders; ``undo`` is the fix."""

    def fail(*_):
        raise Unreadable("novelty is no text")

    with monkeypatch.context() as fault:
        fault.setattr(mapping, "_read", fail)
        yield fault


def test_after_a_fix_of_the_program_the_kept_payload_is_replayed(shop, a_program_that_cannot_read):
    order_id = shop.place()
    shop.pull()
    assert problems() == {"unreadable": 1}
    a_program_that_cannot_read.undo()

    retry("unreadable", AmazonOrder.objects.get().pk)
    shop.amazon.clear_log()
    shop.pull()

    assert problems() == {}
    assert Order.objects.get().channel_order_id == order_id
    row = AmazonOrder.objects.get()
    assert (row.status, row.is_to_decide, row.read_again_at) == ("UNSHIPPED", False, None)


def test_a_replay_without_amazon_keeps_what_amazon_is_to_be_asked_for(shop, a_program_that_cannot_read):
    """The kept copy has no buyer; while Amazon cannot be reached the order waits for it and is not lost."""
    shop.place()
    shop.pull()
    row = AmazonOrder.objects.get()
    retry_orders(orders=[row], now=timezone.now())
    shop.amazon.add_fault("searchOrders", "wrong_shape", args={"json": {"orders": []}})
    shop.amazon.add_fault("getOrder", "status", nth=1, args={"status": 404})

    shop.pull()  # still not fixed: neither the copy nor Amazon can be read

    row.refresh_from_db()
    assert (row.problem_code, row.is_to_decide) == ("unreadable", False)
    assert row.read_again_at is not None
    a_program_that_cannot_read.undo()
    shop.pull(clock=shop.later(minutes=10))
    assert (problems(), Order.objects.count()) == ({}, 1)


def test_an_order_that_could_not_be_stored_is_replayed_once_it_can(shop, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    shop.place()
    with monkeypatch.context() as fault:
        fault.setattr(batch, "make_draft", lambda *_, **__: 1 / 0)
        shop.pull()
        row = AmazonOrder.objects.get()
        assert (row.problem_code, row.problem_detail) == ("not_stored", "ZeroDivisionError")
        retry("not_stored", row.pk)
        shop.pull()  # not fixed yet
        row.refresh_from_db()
        assert (row.problem_code, row.is_to_decide) == ("not_stored", False)

    retry("not_stored", row.pk)
    shop.pull()

    assert (problems(), Order.objects.count()) == ({}, 1)


def test_a_refused_shipment_is_sent_again_and_confirmed(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    refuse(shop)
    push(shop)
    assert problems() == {"shipment_refused": 1}

    retry("shipment_refused", ShipmentConfirmation.objects.get().pk)
    assert problems() == {}
    push(shop)
    shop.pull()

    assert (ShipmentConfirmation.objects.get().state, problems()) == ("confirmed", {})


def test_a_problem_heals_itself_when_amazons_next_version_is_good(shop):
    order_id = shop.place(quantities=(1,), order={"proceeds": {"grandTotal": {"amount": "99.99"}}})
    shop.pull()
    assert problems() == {"does_not_add_up": 1}

    shop.amazon.act(order_id, "reprice", unit_price="10.00")
    shop.pull()

    assert (problems(), Order.objects.count()) == ({}, 1)


def test_a_revoked_token_is_a_problem_until_the_next_good_pull(shop):
    shop.amazon.add_fault("searchOrders", "revoke", times=1)
    shop.pull()
    assert problems() == {"account_error": 1}

    retry("account_error", shop.account.pk)
    shop.pull()

    assert problems() == {}
