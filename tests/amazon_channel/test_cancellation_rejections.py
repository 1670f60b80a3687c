"""A feed that Amazon aborts as a whole: what is said to staff, and that the good orders in it are canceled."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from amazon_channel.models import AmazonOrder, CancellationRequest, SellerAccount
from amazon_channel.services.accounts import change_account
from amazon_channel.services.cancellations import answers, sending
from tests.amazon_channel.canceling import cancel, is_canceled, only_request, problem, push, push_at
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def order_id(shop):
    """An order whose cancellation was asked for; its Amazon number."""
    order_id = shop.place()
    shop.pull()
    cancel(order_id)
    return order_id


def test_one_order_that_makes_the_feed_unreadable_ends_up_alone(shop, monkeypatch):
    """Amazon aborts the whole feed for one message that it cannot read; the others must not wait for ever."""
    ids = [shop.place(quantities=(1,)) for _ in range(6)]
    shop.pull()
    for order_id in ids:
        cancel(order_id)
    AmazonOrder.objects.filter(amazon_order_id=ids[2]).update(amazon_order_id="no-order-number")
    monkeypatch.setattr(sending, "MOST_IN_FEED", 8)
    now = timezone.now()
    for _ in range(12):
        push_at(shop, now)
        now += timedelta(hours=1)

    accepted = CancellationRequest.objects.filter(state="accepted")
    assert set(accepted.values_list("amazon_order__amazon_order_id", flat=True)) == {*ids} - {ids[2]}
    (left,) = CancellationRequest.objects.exclude(state="accepted")
    row = left.amazon_order
    assert (row.amazon_order_id, row.problem_code) == ("no-order-number", "cancellation_unanswered")


@pytest.mark.parametrize("entered", ["", "A1SOMEBODYELSE"])
def test_a_feed_of_another_merchant_is_refused_with_what_to_enter(shop, order_id, entered):
    """Where nobody has entered the token, Amazon's report says it; what somebody entered is theirs to correct."""
    shop.amazon.set_options(check_merchant_identifier=True)
    SellerAccount.objects.update(merchant_token=entered)
    push(shop)

    assert push(shop, minutes=2) == (0, 0, 0, 1)

    words = "The MerchantIdentifier provided in the XML payload is not valid for your credentials."
    request = only_request()
    assert (request.error_code, problem()) == ("merchant_token_wrong", "cancellation_unanswered")
    assert request.error_detail == f"{words} Enter the merchant token on the account's page."
    if entered:
        assert SellerAccount.objects.get().merchant_token == entered
        change_account(account=shop.account, merchant_token="A1DEMOSELLER00", now=NOW)
    assert SellerAccount.objects.get().merchant_token == "A1DEMOSELLER00"
    assert push(shop, minutes=5) == (1, 0, 0, 0)
    assert push(shop, minutes=10) == (0, 1, 0, 0)
    assert is_canceled()


def test_what_amazon_says_of_a_feed_it_aborted_is_shown(shop, order_id):
    AmazonOrder.objects.update(amazon_order_id="no-order-number")
    push(shop)
    push(shop, minutes=2)

    detail = "Amazon did not process the request: FATAL. AmazonOrderID 'no-order-number' is not valid"
    assert (only_request().error_code, only_request().error_detail) == ("feed_fatal", detail)
    problem_detail = AmazonOrder.objects.get().problem_detail
    assert problem_detail == detail
    with translation.override("de"):
        assert str(problem_detail).startswith("Amazon hat ")


def test_an_answer_that_cannot_be_stored_does_not_keep_the_others_back(shop, monkeypatch, caplog):
    ids = [shop.place() for _ in range(3)]
    shop.pull()
    poison, *good = [cancel(order_id).pk for order_id in ids]
    push(shop)
    complete = answers.complete_cancellation

    def fail_on_one(*, cancellation_id, **options):
        if cancellation_id == poison:
            raise ArithmeticError
        return complete(cancellation_id=cancellation_id, **options)

    monkeypatch.setattr(answers, "complete_cancellation", fail_on_one)
    assert push(shop, minutes=2) == (0, 2, 0, 1)

    row = AmazonOrder.objects.with_problem().get()
    assert (row.amazon_order_id, row.problem_code) == (ids[0], "cancellation_unanswered")
    assert row.problem_detail == "Amazon's answer could not be stored: ArithmeticError."
    assert set(CancellationRequest.objects.filter(cancellation__in=good).values_list("state", flat=True)) == {
        "accepted"
    }
    assert "could not be stored" in caplog.text
    monkeypatch.undo()
    assert push(shop, minutes=10) == (0, 1, 0, 0)
    assert not AmazonOrder.objects.with_problem().exists()
