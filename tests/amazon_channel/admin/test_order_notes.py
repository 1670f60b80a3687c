"""Notes on Amazon orders that have no Commerce order yet: that is when colleagues need to tell each other."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from amazon_channel.models import AmazonOrder, OrderNote
from amazon_channel.services.notes import add_note
from commerce_orders.models import OrderEvent
from tests.factories import NOW, make_amazon_order, make_commerce_order
from tests.staff import SignIn

VIEW = "amazon_channel.view_amazonorder"
SHIP = ("commerce_orders.view_order", "commerce_orders.ship_order")
TEXT = "asked the supplier\n<b>call</b> on Monday"


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(VIEW, *SHIP)


def waiting_order(**columns: object) -> AmazonOrder:
    return make_amazon_order(
        with_commerce_order=False,
        problem_code="unknown_sku",
        problem_since=NOW,
        status_changes=[[(NOW - timedelta(hours=2)).isoformat(), "UNSHIPPED"]],
        **columns,
    )


def address_of(order: AmazonOrder) -> str:
    return f"/admin/amazon_channel/amazonorder/{order.pk}/change/"


def note_address(order: AmazonOrder) -> str:
    return f"/admin/amazon_channel/amazonorder/{order.pk}/note/"


def timeline_on(client: Client, address: str) -> list[tuple[str, str, str]]:
    rows = client.get(address).context["timeline"]
    return [(row.what, row.actor, row.reason) for row in rows]


def test_note_stands_on_the_timeline_of_an_order_that_waits(desk: Client) -> None:
    order = waiting_order()

    response = desk.post(note_address(order), {"text": f" {TEXT} ", "next": address_of(order)})

    assert response.headers["Location"] == address_of(order)
    note = OrderNote.objects.get()
    assert (note.order, note.actor, note.at, note.text) == (order, "dana", NOW, TEXT)
    assert timeline_on(desk, address_of(order)) == [("Status at Amazon", "Amazon", ""), ("Note", "dana", TEXT)]
    page = desk.get(address_of(order)).content.decode()
    assert "&lt;b&gt;call&lt;/b&gt; on Monday" in page
    assert f'action="{note_address(order)}"' in page


def test_note_is_on_both_timelines_when_the_commerce_order_comes(desk: Client) -> None:
    order = waiting_order()
    add_note(amazon_order=order, text=TEXT, actor="lee", now=NOW - timedelta(hours=1))
    order.commerce_order = make_commerce_order(amazon_order=order)
    order.save()
    commerce_page = f"/admin/commerce_orders/order/{order.commerce_order.pk}/change/"
    desk.post(f"/admin/commerce_orders/order/{order.commerce_order.pk}/note/", {"text": "shipped at last"})

    seen = [("Note", "lee", TEXT), ("Order created", "pull", ""), ("Note", "dana", "shipped at last")]
    assert timeline_on(desk, commerce_page) == seen
    assert timeline_on(desk, address_of(order)) == [("Status at Amazon", "Amazon", ""), *seen]
    assert note_address(order) not in desk.get(address_of(order)).content.decode()


def test_note_sent_as_the_commerce_order_comes_is_not_lost(desk: Client) -> None:
    order = make_amazon_order()

    desk.post(note_address(order), {"text": TEXT})

    assert ("Note", "dana", TEXT) in timeline_on(
        desk, f"/admin/commerce_orders/order/{order.commerce_order_id}/change/"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [(" \n ", "Write something first."), ("x" * 2001, "A note has at most 2000 characters.")],
)
def test_note_that_is_empty_or_too_long_is_refused(desk: Client, text: str, words: str) -> None:
    order = waiting_order()

    response = desk.post(note_address(order), {"text": text})

    assert [str(message) for message in get_messages(response.wsgi_request)] == [words]
    assert not OrderNote.objects.exists()


@pytest.mark.parametrize("permissions", [[VIEW], ["commerce_orders.ship_order"]])
def test_note_needs_the_right_to_work_on_orders(sign_in: SignIn, permissions: list[str]) -> None:
    order = waiting_order()
    client = sign_in(*permissions)

    assert client.post(note_address(order), {"text": TEXT}).status_code == 403
    assert not OrderNote.objects.exists()
    if VIEW in permissions:
        assert "Add note" not in client.get(address_of(order)).content.decode()


def test_note_changes_nothing_that_others_are_told_of(desk: Client) -> None:
    order = waiting_order()
    before = AmazonOrder.objects.values().get()

    desk.post(note_address(order), {"text": TEXT})

    assert AmazonOrder.objects.values().get() == before
    assert not OrderEvent.objects.exists()


@pytest.mark.parametrize("notes", [1, 3])
def test_pages_read_all_notes_with_one_query(desk: Client, notes: int, django_assert_num_queries) -> None:
    order = waiting_order()
    for _ in range(notes):
        add_note(amazon_order=order, text=TEXT, actor="lee", now=NOW)

    with django_assert_num_queries(12):
        desk.get(address_of(order))
