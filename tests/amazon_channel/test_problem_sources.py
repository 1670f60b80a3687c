"""What the Problems page finds, where it finds it, and what leaves it by itself."""

from datetime import timedelta

import pytest
from django.db import connection

from amazon_channel.models import CancellationRequest, ShipmentConfirmation
from amazon_channel.problems import problems_of
from amazon_channel.problems.orders import OrderProblems
from commerce_orders.models import Order
from commerce_orders.problems import count_all_problems, count_problems, newest_problems, place_of, source_of, sources
from tests.amazon_channel.problems import make_cancellation, make_confirmation, make_held_order, set_standing
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


def counts():
    return {reason: count for reason, count in count_problems(sources(), now=NOW).items() if count}


def shown(reason):
    source = source_of(reason)
    return source.describe(newest_problems(source, reason, now=NOW, limit=10), reason=reason, now=NOW)


def test_a_well_installation_has_no_problems():
    make_amazon_order()
    make_confirmation("sent", at=NOW - timedelta(hours=23))
    make_confirmation("confirmed", confirmed_at=NOW)
    make_cancellation("sent", at=NOW - timedelta(hours=23))

    assert counts() == {}


def test_every_kind_is_counted_in_one_statement(django_assert_num_queries):
    make_held_order("unreadable")
    make_held_order("not_stored")
    make_confirmation("rejected")
    make_confirmation("sent", at=NOW - timedelta(hours=25))
    make_cancellation("refused")
    make_cancellation("waiting", at=NOW - timedelta(hours=25))
    set_standing(make_account(), error_code="authorization_revoked", error_since=NOW)

    with django_assert_num_queries(1):
        found = counts()

    assert found == {
        "account_error": 1,
        "shipment_refused": 1,
        "shipment_not_shown": 1,
        "cancellation_refused": 1,
        "cancellation_unanswered": 1,
        "unreadable": 1,
        "not_stored": 1,
    }
    with django_assert_num_queries(1):
        assert count_all_problems(sources(), now=NOW) == sum(found.values()) == 7


def test_counting_stops_at_the_cap(monkeypatch):
    monkeypatch.setattr("commerce_orders.problems.COUNTED_AT_MOST", 2)
    for _ in range(3):
        make_held_order()

    assert counts() == {"does_not_add_up": 2}


def test_reasons_have_one_source_each():
    codes = [reason for source in sources() for reason in source.reasons()]

    assert len(codes) == len(set(codes))
    assert source_of("made_up") is None


@pytest.mark.parametrize("reason", ["unreadable", "shipment_refused", "shipment_not_shown", "cancellation_refused"])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_of_problems_takes_one_query(reason, rows, django_assert_num_queries):
    for _ in range(rows):
        match reason:
            case "unreadable":
                make_held_order(reason)
            case "shipment_refused":
                make_confirmation("rejected")
            case "shipment_not_shown":
                make_confirmation("sent", at=NOW - timedelta(hours=25))
            case _:
                make_cancellation("refused")

    with django_assert_num_queries(1):
        assert len(shown(reason)) == rows


def test_pages_follow_each_other_without_gap_or_repetition():
    kept = {make_held_order(since=NOW - timedelta(minutes=minute)).pk for minute in (3, 1, 1, 1, 2)}
    source, pages, behind = source_of("does_not_add_up"), [], None
    while rows := newest_problems(source, "does_not_add_up", now=NOW, behind=behind, limit=2):
        pages.append([row.pk for row in rows])
        behind = place_of(rows[-1], source, "does_not_add_up")
        make_held_order(since=NOW)  # what comes meanwhile is newer, and moves nothing

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {pk for page in pages for pk in page} == kept


def test_an_order_shows_all_that_is_wrong_with_it():
    order = make_amazon_order(problem_code="canceled_after_shipment", problem_since=NOW, problem_detail="3 have left.")
    first, second = make_confirmation("rejected", order=order), make_confirmation("rejected", order=order)
    make_confirmation("sent", order=order, at=NOW - timedelta(hours=25))
    make_cancellation("refused", order=order)

    assert [(problem.reason, problem.key) for problem in problems_of(order, now=NOW)][:2] == [
        ("shipment_refused", first.pk),
        ("shipment_refused", second.pk),
    ]
    assert [problem.reason for problem in problems_of(order, now=NOW)][2:] == [
        "shipment_not_shown",
        "cancellation_refused",
        "canceled_after_shipment",
    ]


def test_a_shipments_problem_is_not_the_orders_too():
    order = make_amazon_order(problem_code="shipment_refused", problem_since=NOW, problem_detail="Amazon's words")
    make_confirmation("rejected", order=order)

    assert counts() == {"shipment_refused": 1}
    assert [problem.reason for problem in problems_of(order, now=NOW)] == ["shipment_refused"]


def test_a_refused_shipment_says_which_order_whose_words_and_what_to_do():
    confirmation = make_confirmation("rejected", at=NOW - timedelta(hours=3))
    order = confirmation.amazon_order

    (problem,) = shown("shipment_refused")

    assert (problem.what, problem.detail) == ("Amazon refused a shipment", "UPS 1Z999")
    assert problem.words == "It does not match the expected format."
    assert problem.advice.startswith("Compare carrier and tracking number with the label")
    assert [link.text for link in problem.about] == [order.amazon_order_id, order.commerce_order.number]
    assert (problem.account, problem.since) == (order.account.name, NOW - timedelta(hours=3))


def test_a_refused_cancellation_is_a_problem_only_while_the_order_is_open_and_nobody_asked_again():
    refused, closed, again = (make_cancellation("refused") for _ in range(3))
    Order.objects.filter(pk=closed.cancellation.order_id).update(status="complete", closed_at=NOW)
    make_cancellation("waiting", order=again.amazon_order)

    assert [problem.key for problem in shown("cancellation_refused")] == [refused.pk]
    assert problems_of(closed.amazon_order, now=NOW) == []
    assert problems_of(again.amazon_order, now=NOW) == []


def test_a_page_of_one_account_leaves_out_the_others():
    ours, theirs = make_held_order(), make_held_order()
    rejected = make_confirmation("rejected", order=make_amazon_order(account=ours.account))
    make_confirmation("rejected", order=make_amazon_order(account=theirs.account))
    reference = ours.account.reference

    orders, shipments = source_of("does_not_add_up"), source_of("shipment_refused")
    assert [row.pk for row in orders.rows("does_not_add_up", now=NOW, account=reference)] == [ours.pk]
    assert [row.pk for row in shipments.rows("shipment_refused", now=NOW, account=reference)] == [rejected.pk]


INDEXES = {
    "unreadable": "amazon_order_problem",
    "shipment_refused": "confirmation_refused",
    "shipment_not_shown": "confirmation_sent",
    "cancellation_refused": "cancellation_refused",
    "cancellation_unanswered": "cancellation_unanswered_newest",
}


@pytest.mark.parametrize(("reason", "index"), INDEXES.items())
def test_each_reason_is_read_from_its_index(reason, index):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a planner without rows prefers to read the whole, empty table
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    source = source_of(reason)
    since = source.since(reason)

    plan = source.rows(reason, now=NOW).order_by(f"-{since}", "-pk")[:50].explain()

    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_the_models_say_what_their_querysets_find():
    missing, fresh = make_confirmation("sent", at=NOW - timedelta(hours=25)), make_confirmation("sent")
    late, young = make_cancellation("sent", at=NOW - timedelta(hours=25)), make_cancellation("sent")

    assert list(ShipmentConfirmation.objects.missing_at_amazon(NOW)) == [missing]
    assert (missing.is_missing_at_amazon(NOW), fresh.is_missing_at_amazon(NOW)) == (True, False)
    assert list(CancellationRequest.objects.unanswered(NOW)) == [late]
    assert (late.is_unanswered(NOW), young.is_unanswered(NOW)) == (True, False)


def test_a_cancellation_that_is_being_sent_is_left_to_its_worker():
    asked, sending = (make_cancellation(state, at=NOW - timedelta(hours=25)) for state in ("sent", "sending"))
    CancellationRequest.objects.update(not_before=NOW + timedelta(minutes=4))
    reason = "cancellation_unanswered"

    retried = source_of(reason).retry([asked, sending], reason=reason, actor="ada", now=NOW)

    asked.refresh_from_db()
    sending.refresh_from_db()
    assert retried == 1
    assert (asked.not_before, sending.not_before) == (NOW, NOW + timedelta(minutes=4))


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("unreadable", "For technical support: orderItems is missing"),
        ("does_not_add_up", "orderItems is missing"),
    ],
)
def test_what_only_a_programmer_understands_says_so(code, shown):
    make_amazon_order(problem_code=code, problem_since=NOW, problem_detail="orderItems is missing")
    [row] = OrderProblems().rows(code, now=NOW)
    [problem] = OrderProblems().describe([row], reason=code, now=NOW)
    assert problem.detail == shown
