"""From the request to Amazon's answer: the order is canceled when Amazon says so, and not before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.channel import AmazonChannel
from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.services.cancellations.push import push_cancellations
from amazon_channel.services.cancellations.sending import SENDING_LEASE, CancellationSending
from commerce_orders.models import Cancellation, Order, OrderEvent
from tests.amazon_channel.canceling import cancel, counts, only_request, push, push_at, status_at_amazon
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    order_id = shop.place()
    shop.pull()
    return order_id


def kinds():
    return list(OrderEvent.objects.order_by("id").values_list("kind", "to_status"))


def test_amazon_knows_its_reasons_by_code_and_people_by_name():
    reasons = AmazonChannel().cancel_reasons(Order())

    assert [reason.code for reason in reasons] == [
        "NoInventory",
        "BuyerCanceled",
        "ShippingAddressUndeliverable",
        "CustomerExchange",
        "GeneralAdjustment",
        "PricingError",
    ]
    assert (reasons[1].name, AmazonChannel.buyers_cancel_reason) == ("The buyer asked for it", "BuyerCanceled")


def test_a_request_is_a_row_until_a_worker_sends_it(shop, order_id):
    cancellation = cancel(order_id)

    request = only_request()
    assert (request.state, request.attempts, request.cancellation) == ("waiting", 0, cancellation)
    assert request.not_before == cancellation.requested_at
    assert shop.amazon.feeds() == []
    assert Order.objects.get().status == "processing"


def test_the_order_is_canceled_when_amazons_report_says_so(shop, order_id):
    cancel(order_id, reason="BuyerCanceled")

    assert push(shop) == (1, 0, 0, 0)

    (feed,) = shop.amazon.feeds()
    sent = only_request()
    assert (sent.state, sent.feed_id, sent.attempts) == ("sent", feed["feedId"], 1)
    assert (feed["marketplaceIds"], feed["messages"][0]["messageId"]) == (["ATVPDKIKX0DER"], sent.pk)
    assert (Order.objects.get().status, status_at_amazon(shop, order_id)) == ("processing", "CANCELLED")

    assert push_at(shop, sent.not_before) == (0, 1, 0, 0)

    request = only_request()
    assert (request.state, request.answered_at, request.error_code) == ("accepted", sent.not_before, "")
    order = Order.objects.get()
    assert (order.status, order.cancellation_requested_at, request.cancellation.state) == ("canceled", None, "canceled")
    assert kinds()[1:] == [("cancel_requested", ""), ("status_changed", "canceled")]
    executions = [item["cancellation"]["cancellationExecution"] for item in shop.amazon.order(order_id)["orderItems"]]
    assert executions == [{"cancelledBy": "MERCHANT", "cancelReason": "BuyerCanceled"}] * 2
    shop.pull()
    assert (AmazonOrder.objects.get().status, AmazonOrder.objects.get().problem_code) == ("CANCELLED", "")
    assert len(kinds()) == 3
    assert push(shop, days=2) == (0, 0, 0, 0)


def test_the_answer_is_looked_for_at_growing_intervals(shop, order_id):
    shop.amazon.set_options(feed_delay_seconds=6 * 3600)
    cancel(order_id)
    start = timezone.now()
    push_at(shop, start)

    looks = []
    for _ in range(9):
        due = only_request().not_before
        looks.append((due - start) / timedelta(minutes=1))
        assert push_at(shop, due) == (0, 0, 0, 0)

    assert looks == [1, 2, 4, 8, 16, 32, 62, 92, 122]
    assert len(shop.amazon.log(operation="getFeed")) == 9
    assert only_request().amazon_order.problem_code == ""


def test_amazons_refusal_opens_the_order_again_in_amazons_words(shop, order_id):
    cancel(order_id)
    shop.amazon.act(order_id, "set_status", status="PENDING", bump=False)
    push(shop)
    shop.amazon.act(order_id, "set_status", status="UNSHIPPED", bump=False)

    assert push(shop, minutes=2) == (0, 0, 1, 0)

    request, order = only_request(), Order.objects.get()
    words = f"Order {order_id} is PENDING and can no longer be cancelled."
    assert (request.state, request.error_code, request.error_detail) == ("refused", "18028", words)
    assert (request.cancellation.state, request.cancellation.answer) == ("refused", words)
    assert (order.status, order.cancellation_requested_at) == ("processing", None)
    assert (request.amazon_order.problem_code, request.amazon_order.problem_detail) == ("cancellation_refused", words)
    assert kinds()[-1] == ("cancel_refused", "")
    assert OrderEvent.objects.last().reason == words
    # A new version of an order that is still to be shipped does not take the word away; asking anew does.
    shop.amazon.act(order_id, "touch")
    shop.pull()
    assert AmazonOrder.objects.get().problem_code == "cancellation_refused"
    cancel(order_id)
    assert AmazonOrder.objects.get().problem_code == ""
    assert push(shop, minutes=5) == (1, 0, 0, 0)


def test_a_hundred_cancellations_share_one_feed(shop):
    ids = [shop.place() for _ in range(100)]
    shop.pull()
    for order_id in ids:
        cancel(order_id)
    for order_id in ids[:3]:
        shop.amazon.act(order_id, "set_status", status="UNFULFILLABLE", bump=False)

    assert push(shop) == (100, 0, 0, 0)
    assert push(shop, minutes=2) == (0, 97, 3, 0)

    (feed,) = shop.amazon.feeds()
    assert len(feed["messages"]) == 100
    assert [len(shop.amazon.log(operation=name)) for name in ("createFeed", "getFeedDocument", "getOrder")] == [1, 1, 3]
    assert Order.objects.filter(status="canceled").count() == 97
    assert set(AmazonOrder.objects.with_problem().values_list("amazon_order_id", flat=True)) == set(ids[:3])


def test_one_request_more_than_a_feed_takes_is_another_feed(shop):
    ids = [shop.place(quantities=(1,)) for _ in range(101)]
    shop.pull()
    for order_id in ids:
        cancel(order_id)

    assert push(shop) == (101, 0, 0, 0)
    assert [len(feed["messages"]) for feed in shop.amazon.feeds()] == [1, 100]


@pytest.mark.parametrize(
    ("status", "state", "order_status"), [("CANCELLED", "accepted", "canceled"), ("SHIPPED", "refused", "processing")]
)
def test_what_the_mirror_knows_already_is_not_asked(shop, order_id, status, state, order_status):
    cancel(order_id)
    AmazonOrder.objects.update(status=status)

    sent, accepted, refused, later = push(shop)

    assert (sent, accepted + refused, later) == (0, 1, 0)
    assert (only_request().state, Order.objects.get().status) == (state, order_status)
    assert shop.amazon.feeds() == []


def test_accounts_send_their_own_cancellations_only(shop, order_id):
    cancel(order_id)

    assert counts(push_cancellations(account=make_account())) == (0, 0, 0, 0)
    assert shop.amazon.feeds() == []


class SecondWorker:
    """A clock at whose reading number ``at`` another worker pushes the same account."""

    def __init__(self, account, *, at, **period):
        self.account, self.left, self.period = account, at, period

    def __call__(self):
        now = timezone.now() + timedelta(**self.period)
        self.left -= 1
        if self.left == 0:
            push_cancellations(account=self.account, clock=lambda: now)
        return now


@pytest.mark.parametrize("at", range(1, 9))
def test_two_workers_send_one_feed(shop, order_id, at):
    cancel(order_id)

    push_cancellations(account=shop.account, clock=SecondWorker(shop.account, at=at))

    assert len(shop.amazon.feeds()) == 1
    assert (only_request().state, only_request().attempts) == ("sent", 1)


def claim_blindly(sending, request):
    """As the real one, but whatever the row has become meanwhile."""
    until = sending.clock() + SENDING_LEASE
    CancellationRequest.objects.filter(pk=request.pk).update(state="sending", not_before=until)
    return True


def test_without_the_claim_two_workers_would_both_send(shop, order_id, monkeypatch):
    monkeypatch.setattr(CancellationSending, "_claim", claim_blindly)
    cancel(order_id)

    push_cancellations(account=shop.account, clock=SecondWorker(shop.account, at=4))

    assert len(shop.amazon.feeds()) == 2


@pytest.mark.parametrize("at", range(1, 9))
def test_two_workers_that_read_the_answer_take_it_once(shop, order_id, at):
    cancel(order_id)
    push(shop)

    push_cancellations(account=shop.account, clock=SecondWorker(shop.account, at=at, minutes=2))

    assert kinds()[1:] == [("cancel_requested", ""), ("status_changed", "canceled")]
    assert Cancellation.objects.get().state == "canceled"
