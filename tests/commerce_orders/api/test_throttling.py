"""How often a token may ask, told in each answer."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commerce_orders.models import ApiToken, RequestBudget
from commerce_orders.services import request_budgets
from commerce_orders.services.request_budgets import Allowance, spend_request
from tests.amazon_channel.test_concurrency import at_once
from tests.commerce_orders.api.clients import client_with_text, make_token
from tests.factories import NOW

ORDERS = "/api/v1/orders/"


def spend(token: ApiToken, *, per_minute: int = 3, seconds: float = 0) -> Allowance:
    return spend_request(token, per_minute=per_minute, now=NOW + timedelta(seconds=seconds))


@pytest.mark.django_db
def test_budget_is_spent_at_once_and_fills_steadily() -> None:
    token, _text = make_token("orders:read")
    assert [spend(token).remaining for _ in range(3)] == [2, 1, 0]
    assert spend(token) == Allowance(False, 3, 0, full_in=60, wait=20)
    assert spend(token, seconds=19) == Allowance(False, 3, 0, full_in=41, wait=1)
    assert spend(token, seconds=20) == Allowance(True, 3, 0, full_in=60)
    assert not spend(token, seconds=21).is_allowed
    assert spend(token, seconds=3600) == Allowance(True, 3, 2, full_in=20)


@pytest.mark.django_db
def test_tokens_have_budgets_of_their_own() -> None:
    first, second = make_token("orders:read")[0], make_token("orders:read")[0]
    assert [spend(first).is_allowed for _ in range(4)] == [True, True, True, False]
    assert spend(second).is_allowed


@pytest.mark.django_db
def test_clock_that_went_back_stops_nobody() -> None:
    token, _text = make_token("orders:read")
    for _ in range(3):
        spend(token, seconds=86_400)
    assert spend(token).is_allowed


@pytest.mark.django_db
def test_most_requests_write_nothing() -> None:
    token, _text = make_token("orders:read")
    with CaptureQueriesContext(connection) as captured:
        allowances = [spend(token, per_minute=1000) for _ in range(100)]
    assert len(captured) == 10
    assert [allowance.remaining for allowance in allowances] == list(range(999, 899, -1))


@pytest.mark.django_db
def test_another_process_takes_from_the_same_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    token, _text = make_token("orders:read")
    spent = 0
    for _process in range(3):
        monkeypatch.setattr(request_budgets, "_held", {})
        while spend(token, per_minute=200).is_allowed:
            spent += 1
            if spent % 80 == 0:
                break
    assert spent == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="an SQLite database in memory has one connection")
def test_of_many_at_once_no_more_than_the_limit_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    token, _text = make_token("orders:read")
    # As of processes that share nothing but the row.
    results = at_once(*[lambda: request_budgets._take(token, 1, 5, NOW.timestamp()) for _ in range(12)])
    assert sum(isinstance(result, request_budgets.Held) for result in results) == 5


@pytest.mark.django_db
def test_answer_says_what_is_left_and_then_when_to_come_back(settings: LazySettings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    client = client_with_text(make_token("orders:read")[1])
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    answers = [client.get(ORDERS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [[answer[name] for name in names] for answer in answers] == [
        ["2", "1", "30"],
        ["2", "0", "60"],
        ["2", "0", "60"],
    ]
    assert answers[2].json()["code"] == "throttled"
    assert answers[2]["Retry-After"] == "30"
    assert RequestBudget.objects.get().spent_until <= timezone.now().timestamp() + 60


@pytest.mark.django_db
def test_without_a_limit_nothing_is_counted(settings: LazySettings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    answer = client_with_text(make_token("orders:read")[1]).get(ORDERS)
    assert "RateLimit-Limit" not in answer
    assert not RequestBudget.objects.exists()
