"""Whatever goes wrong with a feed, the order is canceled once, or staff learn that it is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.gateway.feeds import FeedGateway
from amazon_channel.models import AmazonOrder, CancellationRequest
from amazon_channel.services.cancellations import sending
from amazon_channel.services.cancellations.sending import SENDING_LEASE
from tests.amazon_channel.canceling import (
    cancel,
    is_canceled,
    only_request,
    problem,
    push,
    push_at,
    report_at,
    status_at_amazon,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    """An order whose cancellation was asked for; its Amazon number."""
    order_id = shop.place()
    shop.pull()
    cancel(order_id)
    return order_id


@pytest.mark.parametrize("fault", ["disconnect_after_effect", "html_after_effect"])
def test_a_feed_whose_number_was_lost_is_sent_again_and_its_refusal_is_no_refusal(shop, order_id, fault):
    shop.amazon.add_fault("createFeed", fault, nth=1)

    assert push(shop) == (0, 0, 0, 1)

    unknown = only_request()
    assert (unknown.state, unknown.attempts, unknown.feed_id) == ("waiting", 1, "")
    assert status_at_amazon(shop, order_id) == "CANCELLED"
    assert push_at(shop, unknown.not_before) == (1, 0, 0, 0)
    assert push_at(shop, only_request().not_before) == (0, 1, 0, 0)
    assert [feed["messages"][0]["code"] for feed in shop.amazon.feeds()] == ["18028", ""]
    assert is_canceled()


def test_without_the_reading_the_second_feed_would_look_like_a_refusal(shop, order_id, monkeypatch):
    """The control: what Amazon says of the second feed alone is that it did not cancel."""
    monkeypatch.setattr("amazon_channel.services.cancellations.results.read_order_again", lambda **_: None)
    shop.amazon.add_fault("createFeed", "disconnect_after_effect", nth=1)
    push(shop)
    push(shop, minutes=1)

    assert push(shop, minutes=3) == (0, 0, 1, 0)
    assert only_request().error_detail == f"Order {order_id} has already been cancelled."


def test_a_worker_that_died_before_it_wrote_down_the_feed_is_followed_by_another(shop, order_id, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    monkeypatch.setattr(sending.CancellationSending, "_sent", die)
    start = timezone.now()
    with pytest.raises(Killed):
        push_at(shop, start)
    monkeypatch.undo()

    assert (only_request().state, status_at_amazon(shop, order_id)) == ("sending", "CANCELLED")
    assert push_at(shop, start + SENDING_LEASE - timedelta(seconds=1)) == (0, 0, 0, 0)
    assert push_at(shop, start + SENDING_LEASE) == (1, 0, 0, 0)
    assert push_at(shop, only_request().not_before) == (0, 1, 0, 0)
    assert is_canceled()


@pytest.mark.parametrize(
    ("operation", "fault", "args", "code"),
    [
        ("createFeedDocument", "html", {"status": 503}, "unavailable"),
        ("uploadFeedDocument", "status", {"status": 403}, "storage_refused"),
        ("uploadFeedDocument", "status", {"status": 500}, "unavailable"),
        ("uploadFeedDocument", "disconnect", {}, "unreachable"),
        ("createFeed", "status", {"status": 500}, "unavailable"),
        ("createFeed", "empty", {}, "unreadable_reply"),
        ("createFeed", "wrong_shape", {}, "unreadable_reply"),
    ],
)
def test_an_outage_is_tried_again_at_growing_intervals_until_staff_are_told(
    shop, order_id, operation, fault, args, code
):
    shop.amazon.add_fault(operation, fault, args=args)
    waits = []
    now = start = timezone.now()
    for _ in range(8):
        report = report_at(shop, now)
        assert (report.sent, report.retry_later, report.error.code) == (0, 1, code)
        due = only_request().not_before
        waits.append((due - now) / timedelta(seconds=1))
        now = due

    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
    assert (only_request().state, only_request().error_code, problem()) == ("waiting", code, "")
    push_at(shop, start + timedelta(hours=25))
    assert problem() == "cancellation_unanswered"
    shop.amazon.clear_faults()
    assert push_at(shop, start + timedelta(hours=26)) == (1, 0, 0, 0)
    assert push_at(shop, start + timedelta(hours=27)) == (0, 1, 0, 0)
    assert is_canceled()


def test_an_upload_address_that_ran_out_costs_a_new_one(shop, order_id, monkeypatch):
    put = FeedGateway.upload

    def too_late(gateway, place, document):
        shop.amazon.set_clock(advance_seconds=301)
        put(gateway, place, document)

    monkeypatch.setattr(FeedGateway, "upload", too_late)
    report = report_at(shop, timezone.now())
    monkeypatch.undo()

    assert (report.error.code, "Request has expired" in report.error.detail) == ("storage_refused", True)
    assert shop.amazon.feeds() == []
    assert push(shop, minutes=1) == (1, 0, 0, 0)
    assert len(shop.amazon.log(operation="createFeedDocument")) == 2


@pytest.mark.parametrize(
    ("kind", "args", "code"),
    [
        ("feed_fatal", {}, "feed_fatal"),
        ("feed_fatal", {"after_effect": True}, "feed_fatal"),
        ("feed_cancelled", {}, "feed_cancelled"),
        ("feed_without_result", {}, "result_missing"),
    ],
)
def test_a_feed_that_ends_badly_is_a_problem_and_is_sent_again(shop, order_id, kind, args, code):
    shop.amazon.add_fault("createFeed", kind, times=1, args=args)
    push(shop)

    assert push(shop, minutes=2) == (0, 0, 0, 1)

    assert (only_request().state, only_request().error_code, problem()) == ("waiting", code, "cancellation_unanswered")
    shop.amazon.act(order_id, "touch")
    shop.pull()
    if only_request().state == "waiting":
        assert problem() == "cancellation_unanswered"
        assert push(shop, minutes=5) == (1, 0, 0, 0)
        assert push(shop, minutes=10) == (0, 1, 0, 0)
    assert is_canceled()


def test_a_feed_that_is_never_done_is_a_problem_after_a_day_and_another_is_sent(shop, order_id):
    shop.amazon.add_fault("createFeed", "feed_stuck", times=1)
    push(shop)

    assert push(shop, hours=23) == (0, 0, 0, 0)
    assert (only_request().state, problem()) == ("sent", "")
    assert push(shop, hours=25) == (0, 0, 0, 1)
    assert (only_request().state, problem()) == ("waiting", "cancellation_unanswered")
    assert push(shop, hours=26) == (1, 0, 0, 0)
    assert push(shop, hours=27) == (0, 1, 0, 0)
    assert is_canceled()


@pytest.mark.parametrize("operation", ["getFeed", "getFeedDocument", "downloadFeedDocument"])
@pytest.mark.parametrize(("fault", "args"), [("html", {"status": 503}), ("not_json", {}), ("truncate", {"at": 20})])
def test_an_answer_that_cannot_be_read_is_asked_for_again(shop, order_id, operation, fault, args):
    push(shop)
    shop.amazon.add_fault(operation, fault, args=args)

    for hours in (1, 2):
        report = report_at(shop, timezone.now() + timedelta(hours=hours))
        assert (report.accepted, report.refused, report.retry_later) == (0, 0, 0)
        assert (only_request().state, problem()) == ("sent", "")
    shop.amazon.clear_faults()
    assert push(shop, hours=3) == (0, 1, 0, 0)
    assert is_canceled()


def test_a_report_that_stays_forbidden_is_a_problem_after_a_day(shop, order_id):
    push(shop)
    shop.amazon.add_fault("downloadFeedDocument", "status", args={"status": 403})

    assert push(shop, hours=12) == (0, 0, 0, 0)
    assert push(shop, hours=25) == (0, 0, 0, 1)
    assert (only_request().error_code, problem()) == ("storage_refused", "cancellation_unanswered")
    shop.amazon.clear_faults()
    assert push(shop, hours=26) == (1, 0, 0, 0)
    assert push(shop, hours=27) == (0, 1, 0, 0)
    assert is_canceled()


def test_a_feed_that_amazon_forgot_is_sent_again_at_once(shop, order_id):
    push(shop)
    CancellationRequest.objects.update(feed_id="../../orders")

    assert push(shop, minutes=2) == (0, 0, 0, 1)
    assert (only_request().error_code, problem()) == ("NotFound", "cancellation_unanswered")


def test_messages_that_the_report_does_not_account_for_are_read_one_by_one(shop):
    ids = [shop.place() for _ in range(4)]
    shop.pull()
    for order_id in ids:
        cancel(order_id)
    shop.amazon.add_fault("createFeed", "feed_half_done", times=1)
    push(shop)

    assert push(shop, minutes=2) == (0, 2, 0, 2)

    rows = dict(CancellationRequest.objects.values_list("amazon_order__amazon_order_id", "state"))
    assert [rows[order_id] for order_id in ids] == ["accepted", "accepted", "waiting", "waiting"]
    assert AmazonOrder.objects.filter(problem_code="cancellation_unanswered").count() == 2
    assert push(shop, minutes=5) == (2, 0, 0, 0)
    assert push(shop, minutes=10) == (0, 2, 0, 0)
    assert not AmazonOrder.objects.with_problem().exists()


def test_amazons_rate_of_feeds_is_kept_and_answers_are_read_all_the_same(shop, order_id):
    shop.amazon.set_options(rate_scale=1)
    second = shop.place()
    shop.pull()
    push(shop)
    cancel(second)
    shop.amazon.add_fault("createFeed", "throttle", nth=1)
    now = timezone.now() + timedelta(minutes=2)

    report = report_at(shop, now)

    assert (report.error.code, report.accepted, report.retry_later) == ("throttled", 1, 1)
    waiting = CancellationRequest.objects.get(state="waiting")
    assert timedelta(seconds=120) <= waiting.not_before - now <= timedelta(seconds=151)  # one feed in two minutes
    report = report_at(shop, waiting.not_before - timedelta(seconds=1))
    assert (report.error, report.sent) == (None, 0)
    assert push_at(shop, waiting.not_before + timedelta(seconds=1)) == (1, 0, 0, 0)


def test_a_revoked_authorisation_is_the_accounts_problem(shop, order_id):
    shop.amazon.add_seller(authorised=False)

    report = report_at(shop, timezone.now())

    shop.account.refresh_from_db()
    assert (report.error.code, shop.account.error_code) == ("authorization_revoked", "authorization_revoked")
    assert (only_request().state, report.retry_later) == ("waiting", 1)
