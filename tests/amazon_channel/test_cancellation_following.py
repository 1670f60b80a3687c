"""An order that is read before the feed answers says itself what became of the cancellation."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.problems import problems_of
from commerce_orders.models import Order, OrderEvent, Shipment
from commerce_orders.problems import source_of
from tests.amazon_channel.canceling import cancel, only_request, push
from tests.amazon_channel.shipping import ship

pytestmark = pytest.mark.django_db

WORDS = "Amazon shows items of this order as shipped, so it can no longer be canceled."


@pytest.fixture
def order_id(shop):
    order_id = shop.place()
    shop.pull()
    cancel(order_id)
    return order_id


def events():
    return list(OrderEvent.objects.order_by("id").values_list("kind", "to_status", "reason"))[2:]


@pytest.mark.parametrize("was_sent", [False, True])
def test_a_pull_that_reads_the_order_as_canceled_is_the_answer(shop, order_id, was_sent):
    if was_sent:
        push(shop)
    else:
        shop.amazon.act(order_id, "cancel")
    shop.amazon.clear_log()

    shop.pull()

    request, order = only_request(), Order.objects.get()
    assert (request.state, request.answered_at is not None) == ("accepted", True)
    assert (request.cancellation.state, order.status, order.cancellation_requested_at) == ("canceled", "canceled", None)
    assert events() == [("status_changed", "canceled", "canceled_at_channel")]
    assert AmazonOrder.objects.get().problem_code == ""
    assert push(shop, hours=1) == (0, 0, 0, 0)
    assert [entry["operation"] for entry in shop.amazon.log()] == ["searchOrders"]


@pytest.mark.parametrize(
    ("units", "status", "problem"), [({}, "complete", ""), ({0: 1}, "partially_shipped", "cancellation_refused")]
)
def test_an_order_that_left_meanwhile_is_not_canceled(shop, order_id, units, status, problem):
    items = shop.amazon.order(order_id)["orderItems"]
    shop.amazon.act(order_id, "ship", items={items[key]["orderItemId"]: count for key, count in units.items()})
    shop.pull()

    request, order = only_request(), Order.objects.get()
    assert (request.state, request.error_code, request.error_detail) == ("refused", "shipped", WORDS)
    assert (request.cancellation.state, request.cancellation.answer) == ("refused", WORDS)
    assert (order.status, order.cancellation_requested_at, Shipment.objects.count()) == (status, None, 1)
    assert events()[0] == ("cancel_refused", "", WORDS)
    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.problem_detail) == (problem, WORDS if problem else "")
    assert [each.reason for each in problems_of(row, now=timezone.now())] == [problem] * bool(problem)
    assert push(shop, hours=1) == (0, 0, 0, 0)
    assert shop.amazon.feeds() == []


def test_a_refusal_of_which_a_part_has_left_says_what_helps_and_ends_with_the_rest(shop, order_id):
    first = shop.amazon.order(order_id)["orderItems"][0]["orderItemId"]
    shop.amazon.act(order_id, "ship", items={first: 1})
    shop.pull()

    (problem,) = problems_of(AmazonOrder.objects.get(), now=timezone.now())
    (row,) = source_of("cancellation_refused").rows("cancellation_refused", now=timezone.now())
    assert row == only_request()
    assert problem.advice.startswith("Some items of the order have already shipped. Ship the rest, or cancel it")
    assert not problem.may_be_retried

    shop.amazon.act(order_id, "ship")
    shop.pull()

    assert (Order.objects.get().status, AmazonOrder.objects.get().problem_code) == ("complete", "")
    assert problems_of(AmazonOrder.objects.get(), now=timezone.now()) == []
    assert not source_of("cancellation_refused").rows("cancellation_refused", now=timezone.now()).exists()


def test_a_refused_order_that_is_shipped_here_all_the_same_has_no_problem_any_more(shop, order_id):
    shop.amazon.act(order_id, "set_status", status="PENDING", bump=False)
    push(shop)
    shop.amazon.act(order_id, "set_status", status="UNSHIPPED", bump=False)
    assert push(shop, minutes=2) == (0, 0, 1, 0)
    assert AmazonOrder.objects.get().problem_code == "cancellation_refused"

    ship(order_id)

    assert (Order.objects.get().status, AmazonOrder.objects.get().problem_code) == ("complete", "")
    assert problems_of(AmazonOrder.objects.get(), now=timezone.now()) == []


def test_an_order_that_amazon_shows_as_shipped_when_the_feed_refuses_it(shop, order_id):
    shop.amazon.act(order_id, "ship")
    assert push(shop) == (1, 0, 0, 0)

    assert push(shop, minutes=2) == (0, 0, 1, 0)

    words = f"Order {order_id} is SHIPPED and can no longer be cancelled."
    assert shop.amazon.feeds()[0]["messages"][0]["description"] == words
    request = only_request()
    assert (request.state, request.error_code, request.error_detail) == ("refused", "18028", words)
    assert request.cancellation.answer == words
    assert events()[0] == ("cancel_refused", "", words)
    assert (Order.objects.get().status, Shipment.objects.count()) == ("complete", 1)
    assert problems_of(AmazonOrder.objects.get(), now=timezone.now()) == []


def test_an_order_that_the_buyer_canceled_first_is_canceled_all_the_same(shop, order_id):
    shop.amazon.act(order_id, "cancel")
    push(shop)

    assert push(shop, minutes=2) == (0, 1, 0, 0)
    assert (only_request().state, Order.objects.get().status) == ("accepted", "canceled")
    assert shop.amazon.feeds()[0]["messages"][0]["description"] == f"Order {order_id} has already been cancelled."


def test_an_order_of_which_nothing_is_asked_costs_no_statement(shop, order_id):
    other = shop.place()
    shop.pull()
    shop.amazon.act(other, "touch")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        shop.pull()

    assert not [query for query in queries if "cancellationrequest" in query["sql"]]
    assert only_request().state == "waiting"


@pytest.mark.parametrize("action", ["cancel", "ship"])
def test_answers_cost_the_same_statements_for_one_order_and_for_three(shop, action, monkeypatch):
    monkeypatch.setattr("amazon_channel.services.following.adopt_packages", lambda *_, **__: None)

    def statements(count):
        ids = [shop.place() for _ in range(count)]
        shop.pull()
        for order_id in ids:
            cancel(order_id)
            shop.amazon.act(order_id, action)
        with CaptureQueriesContext(connection) as queries:
            shop.pull()
        return len(queries)

    assert statements(1) == statements(3)
    assert set(CancellationRequest.objects.values_list("state", flat=True)) == {
        "accepted" if action == "cancel" else "refused"
    }
