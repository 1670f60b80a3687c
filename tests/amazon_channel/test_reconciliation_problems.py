"""Accounts whose orders are not proven complete stand on the Problems page until a comparison succeeds."""

from datetime import timedelta

import pytest

from amazon_channel.models import Reconciliation, SellerAccount
from commerce_orders.problems import count_problems, newest_problems, source_of, sources
from tests.factories import NOW, make_account, make_reconciliation

pytestmark = pytest.mark.django_db


def counts():
    return {reason: count for reason, count in count_problems(sources(), now=NOW).items() if count}


def shown(reason):
    source = source_of(reason)
    return source.describe(newest_problems(source, reason, now=NOW, limit=10), reason=reason, now=NOW)


def test_a_comparison_that_failed_is_shown_until_a_later_one_succeeds():
    account = make_account(name="Shop 1")
    make_reconciliation(
        account, outcome="failed", error_code="page_loop", error_detail="Amazon gave the same page again"
    )

    (problem,) = shown("reconciliation_failed")

    assert (problem.account, problem.words, problem.since) == ("Shop 1", "Amazon gave the same page again", NOW)
    assert problem.advice == "Amazon's list kept repeating itself. The next runs continue, reading what is new first."
    assert problem.about[0].address == f"/admin/amazon_channel/reconciliation/{account.pk}/"
    make_reconciliation(account, outcome="running", finished_at=None)
    assert counts() == {"reconciliation_failed": 1}
    make_reconciliation(account, finished_at=NOW + timedelta(days=1))
    assert counts() == {}


def test_open_differences_are_shown_once_for_each_account():
    for _ in range(2):
        account = make_account()
        make_reconciliation(account, unsettled=7, finished_at=NOW - timedelta(days=1))
        make_reconciliation(account, unsettled=2)
    make_reconciliation(make_account())

    problems = shown("differences_open")

    assert counts() == {"differences_open": 2}
    assert {problem.detail for problem in problems} == {"2 differences open"}


def test_what_was_replaced_or_belongs_to_an_account_switched_off_is_no_problem():
    make_reconciliation(make_account(), outcome="failed", error_code="replaced")
    make_reconciliation(make_account(), outcome="failed", error_code="gave_up")
    SellerAccount.objects.update(is_active=False)

    assert counts() == {}


@pytest.mark.parametrize(("age", "days"), [(3, 4), (729, 730), (800, 730)])
def test_trying_again_compares_the_same_days_now(age, days):
    run = make_reconciliation(
        make_account(), outcome="failed", error_code="gave_up", since=NOW - timedelta(days=age, hours=1)
    )
    source = source_of("reconciliation_failed")

    assert source.retry([run], reason="reconciliation_failed", actor="dana", now=NOW) == 1
    source.retry([run], reason="reconciliation_failed", actor="dana", now=NOW)

    again = Reconciliation.objects.get(finished_at=None)
    assert (again.occasion, again.asked_by, again.since) == ("asked", "dana", NOW - timedelta(days=days))


@pytest.mark.parametrize("rows", [1, 3])
def test_describing_is_one_statement(rows, django_assert_num_queries):
    for _ in range(rows):
        make_reconciliation(make_account(), unsettled=1)

    with django_assert_num_queries(1):
        assert len(shown("differences_open")) == rows
