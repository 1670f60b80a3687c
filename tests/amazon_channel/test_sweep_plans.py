"""The sweeps of each minute read what is left to do, and never the table: whatever the number of orders."""

from datetime import timedelta

import pytest
from django.db import connection

from amazon_channel.gateway.errors import AmazonError
from amazon_channel.models import CancellationRequest, ShipmentConfirmation
from amazon_channel.services.cancellations.feeding import Feeding
from amazon_channel.services.cancellations.results import CancellationResults
from amazon_channel.services.cancellations.run import CancellationReport
from amazon_channel.services.forecasts import describe_budgets
from amazon_channel.services.push import Push
from amazon_channel.services.push_returns import return_later
from amazon_channel.tasks import push_due_accounts, push_due_cancellations
from project.health import check_shipment_confirmations
from tests.amazon_channel.problems import make_cancellation, make_confirmation
from tests.factories import NOW, make_account

LATER = NOW + timedelta(days=2)
pytestmark = pytest.mark.django_db


def plans_of(statements):
    """What SQLite does for those that read confirmations or cancellations."""
    tables = {ShipmentConfirmation._meta.db_table, CancellationRequest._meta.db_table}
    plans = []
    with connection.cursor() as cursor:
        for statement, parameters in statements:
            if any(f'"{table}"' in statement for table in tables):
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.append("\n".join(row[-1] for row in cursor.fetchall()))
    return plans


@pytest.fixture
def statements():
    """Every statement that the test makes, with its parameters."""
    made = []

    def note(execute, sql, params, many, context):
        if not many:
            made.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield made


def push_of(account):
    return Push(account, clock=lambda: NOW)


def results_of(account):
    feeding = Feeding(account, clock=lambda: NOW)
    return CancellationResults(account, feeding=feeding, report=CancellationReport(), clock=lambda: NOW)


def hold_back(account):
    push = push_of(account)
    push.held = (NOW + timedelta(minutes=1), AmazonError("unreachable", "No answer"))
    push.hold()


LOOKS = {
    "shipments of all accounts": (lambda account: push_due_accounts(), "confirmation_due"),
    "shipments of an account": (lambda account: list(push_of(account).due()[:50]), "confirmation_due"),
    "shipments that are held back": (hold_back, "confirmation_due"),
    "shipments that are let go": (lambda account: push_of(account)._release(), "confirmation_due"),
    "shipments to look for": (
        lambda account: list(ShipmentConfirmation.objects.of_account(account).to_read_back(NOW)[:20]),
        "confirmation_due",
    ),
    "shipments to come back for": (lambda account: return_later(account=account, now=NOW), "confirmation_"),
    "shipments in the backlog": (
        lambda account: describe_budgets(accounts=[account], now=NOW),
        "confirmation_waiting",
    ),
    "health": (lambda account: check_shipment_confirmations(NOW), "confirmation_due"),
    "cancellations of all accounts": (lambda account: push_due_cancellations(), "cancellation_unanswered"),
    "cancellations to send": (
        lambda account: list(CancellationRequest.objects.of_account(account).to_send(NOW)[:100]),
        "cancellation_unanswered",
    ),
    "cancellations to ask about": (lambda account: results_of(account).read_answers(), "cancellation_unanswered"),
    "cancellations of a feed": (
        lambda account: CancellationRequest.objects.of_account(account).filter(feed_id="1").count(),
        "cancellation_feed",
    ),
}


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL plans by the rows that there are")
@pytest.mark.parametrize(("look", "index"), LOOKS.values(), ids=LOOKS)
def test_a_sweep_reads_an_index_of_what_is_left_to_do(statements, look, index):
    account = make_account()
    statements.clear()

    look(account)

    (plan,) = plans_of(list(statements))
    assert index in plan


def test_the_work_left_is_what_its_index_holds():
    waiting, sending, sent = (make_confirmation(state) for state in ("waiting", "sending", "sent"))
    make_confirmation("rejected")
    make_confirmation("withdrawn")
    make_confirmation("confirmed", confirmed_at=NOW)
    to_send, to_ask = make_cancellation("sending"), make_cancellation("sent")
    make_cancellation("refused")

    assert set(ShipmentConfirmation.objects.to_work_on(NOW)) == {waiting, sending, sent}
    assert list(ShipmentConfirmation.objects.due(NOW)) == [waiting, sending]
    assert list(ShipmentConfirmation.objects.to_read_back(NOW)) == [sent]
    assert set(CancellationRequest.objects.to_work_on(LATER)) == {to_send, to_ask}
    assert list(CancellationRequest.objects.to_send(LATER)) == [to_send]
    assert list(CancellationRequest.objects.to_ask_about(LATER)) == [to_ask]
