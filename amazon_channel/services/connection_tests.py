"""Testing an account's connection step by step, by a worker; the page shows how far it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from amazon_channel import states
from amazon_channel.gateway.client import AmazonGateway, Participation, Window
from amazon_channel.gateway.errors import AmazonError, AmazonTransient
from amazon_channel.mapping.personal import personal_details
from amazon_channel.mapping.reading import Unreadable
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import ConnectionTest, SellerAccount
from amazon_channel.models.connection_tests import Result, Step
from amazon_channel.services.account_errors import clear_error, record_error, retry_accounts
from amazon_channel.services.budgets import SEARCH_ORDERS, Budget
from commerce_orders.wording import stored
from project import jobs

ORDERS_OF_THE_LAST = timedelta(days=30)


class TestRunning(Exception):
    """Another worker does this test, or it is done."""

    __test__ = False  # no test of pytest's


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step showed. ``detail`` is Amazon's own words, or why there are none."""

    step: Step
    result: Result
    code: str = ""
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"step": self.step.value, "result": self.result.value, "detail": stored(self.detail)}


def ask_for_test(*, account: SellerAccount, asked_by: str, now: datetime) -> ConnectionTest:
    """Have a worker test the connection; one that runs already is begun anew, since it may know old credentials."""
    with transaction.atomic():
        test, _ = ConnectionTest.objects.update_or_create(
            account=account,
            defaults={
                "asked_by": asked_by,
                "asked_at": now,
                "started_at": None,
                "finished_at": None,
                "results": [],
            },
        )
        jobs.ring("amazon_channel.tasks.test_connection", account.pk)
    return test


def run_test(*, account: SellerAccount, clock: Callable[[], datetime]) -> ConnectionTest:
    """Do the account's test, keeping each step's outcome as soon as it is known. Raises ``TestRunning``.

    The account's error is what the test ended with, as for any call. A test that was asked for anew meanwhile is
    left to the worker of that one.
    """
    now = clock()
    if not ConnectionTest.objects.free(now).filter(account=account).update(started_at=now):
        raise TestRunning
    test = ConnectionTest.objects.get(account=account)
    own = ConnectionTest.objects.filter(pk=test.pk, started_at=test.started_at, asked_at=test.asked_at)
    for outcome in _steps(account, clock=clock):
        test.results.append(outcome.as_json())
        if not own.update(results=test.results):
            raise TestRunning
    test.finished_at = clock()
    if not own.update(finished_at=test.finished_at):
        raise TestRunning
    return test


def _steps(account: SellerAccount, *, clock: Callable[[], datetime]) -> Iterator[Outcome]:
    # Without the token that workers share: a new one is what the credentials are good for now.
    gateway = AmazonGateway(account.credentials, region=account.region)
    try:
        gateway.log_in()
    except AmazonError as error:
        record_error(account, error, now=clock())
        if error.code == "authorization_revoked":  # said only to an application that is known
            yield Outcome(Step.APPLICATION, Result.PASSED)
            yield _failed(Step.AUTHORISATION, error)
        else:
            yield _failed(Step.APPLICATION, error)
        return
    yield Outcome(Step.APPLICATION, Result.PASSED)
    yield Outcome(Step.AUTHORISATION, Result.PASSED)
    try:
        participations = gateway.marketplace_participations()
    except AmazonError as error:
        record_error(account, error, now=clock())
        yield _failed(Step.REGION, error)
        return
    yield from _judge_participations(account, participations)
    try:
        orders = _first_page(account, gateway, now=clock())
    except AmazonError as error:
        if error.code != "budget_empty":
            record_error(account, error, now=clock())
        yield _failed(Step.ORDERS, error)
        return
    clear_error(account, now=clock())
    retry_accounts(accounts=[account], now=clock())
    yield Outcome(Step.ORDERS, Result.PASSED, facts={"orders": len(orders)})
    yield _judge_personal_data(orders)


def _judge_participations(account: SellerAccount, participations: Sequence[Participation]) -> Iterator[Outcome]:
    """Amazon names the marketplaces of the region's endpoint at which the token is good."""
    sells_in = [row.marketplace_id for row in participations if row.is_participating]
    here = [place for place in sells_in if place in MARKETPLACES and MARKETPLACES[place].region == account.region]
    if not here:
        yield Outcome(Step.REGION, Result.FAILED, "sells_elsewhere", facts={"marketplaces": sells_in})
        return
    yield Outcome(Step.REGION, Result.PASSED)
    wrong = [place for place in account.marketplaces if place not in here]
    more = [place for place in here if place not in account.marketplaces]
    yield Outcome(
        Step.MARKETPLACES,
        Result.FAILED if wrong else Result.PASSED,
        "not_sold_in" if wrong else "",
        facts={"sells_in": here, "wrong": wrong, "more": more},
    )


def _first_page(account: SellerAccount, gateway: AmazonGateway, *, now: datetime) -> Sequence[Any]:
    """The first page of what changed lately; nothing is stored. It counts as any call to search."""
    budget = Budget(account, SEARCH_ORDERS)
    with budget.spending(lambda: now):
        page = gateway.search_orders(
            Window(last_updated_after=now - ORDERS_OF_THE_LAST, marketplace_ids=tuple(account.marketplaces))
        )
    budget.learn(page.rate, now)
    return page.orders


def _judge_personal_data(orders: Sequence[Any]) -> Outcome:
    """By an order that the merchant ships and that Amazon has verified, which must have an address."""
    addressed = [_has_address(order) for order in orders if _must_have_address(order)]
    if not addressed:
        return Outcome(Step.PERSONAL_DATA, Result.UNKNOWN, "no_order_to_tell_by")
    if any(addressed):
        return Outcome(Step.PERSONAL_DATA, Result.PASSED)
    return Outcome(Step.PERSONAL_DATA, Result.FAILED, "role_missing")


def _must_have_address(order: Any) -> bool:
    fulfillment = order.get("fulfillment") if isinstance(order, dict) else None
    return (
        isinstance(fulfillment, dict)
        and fulfillment.get("fulfilledBy") == states.MERCHANT
        and fulfillment.get("fulfillmentStatus") in states.TO_SHIP
    )


def _has_address(order: Any) -> bool:
    try:
        address = personal_details(order).address
    except Unreadable:
        return False
    return address is not None and bool(address.lines)


def _failed(step: Step, error: AmazonError) -> Outcome:
    """A refusal is a fault; what passes by itself says nothing about the connection."""
    is_passing = isinstance(error, AmazonTransient)
    return Outcome(step, Result.UNKNOWN if is_passing else Result.FAILED, error.code, error.detail)


def accounts_to_test(now: datetime) -> list[int]:
    """Accounts whose test was asked for and has no worker."""
    return list(ConnectionTest.objects.free(now).values_list("account_id", flat=True))
