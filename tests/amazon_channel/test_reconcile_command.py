"""The command: its exact document, and what it exits with."""

import json

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from amazon_channel.models import Reconciliation
from amazon_channel.services.reconciliation.runs import hold, open_reconciliation
from tests.amazon_channel.pulling import place_many, stored
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command as from a shell; its exit code and document."""
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's transaction is on one of them

    def run_command(*arguments):
        command = load_command_class(get_commands()["reconcile_orders"], "reconcile_orders")
        code = 0
        try:
            command.run_from_argv(["manage.py", "reconcile_orders", *arguments, "--json"])
        except SystemExit as end:
            code = int(end.code or 0)
        return code, json.loads(capsys.readouterr().out)

    return run_command


def test_the_document_says_what_was_found_and_repaired(shop, run):
    stale = shop.place()
    shop.pull()
    (before,) = [order["lastUpdatedTime"] for order in [shop.amazon.order(stale)]]
    missing = shop.place()
    shop.amazon.act(stale, "cancel")

    code, document = run("--account", str(shop.account.pk))

    since, until = parse_datetime(document.pop("since")), parse_datetime(document.pop("until"))
    assert (until, (timezone.now() - since).days) == (shop.amazon.now(), 3)
    rows = {row.pop("amazon_order_id"): row for row in document.pop("differences")}
    assert (code, document) == (
        0,
        {
            "account": shop.account.pk,
            "complete": True,
            "amazon": 2,
            "stored": 1,
            "missing": 1,
            "stale": 1,
            "extra": 0,
            "repaired": 2,
            "pages": 1,
            "api_calls": 1,
            "still_to_ask_for": 0,
            "error": None,
        },
    )
    assert parse_datetime(rows[stale].pop("stored_version")) == parse_datetime(before)
    assert parse_datetime(rows[stale].pop("amazon_version")) == shop.amazon.now()
    assert rows[stale] == {"kind": "stale", "repaired": True, "reason": ""}
    assert (rows[missing]["kind"], rows[missing]["stored_version"]) == ("missing", None)
    assert run("--account", shop.account.name)[1]["differences"] == []


def test_only_the_days_asked_for_are_compared(shop, run):
    old, new = shop.place(age_seconds=5 * 86_400), shop.place()

    assert run("--account", str(shop.account.pk), "--days", "4")[1]["amazon"] == 1
    assert stored(shop) == {new}
    assert run("--account", str(shop.account.pk), "--days", "6")[1]["amazon"] == 2
    assert stored(shop) == {old, new}


def test_an_interrupted_walk_exits_with_1_and_goes_on_when_asked_again(shop, run):
    ids = place_many(shop)
    shop.amazon.add_fault("searchOrders", "html", nth=2)

    code, document = run("--account", str(shop.account.pk))

    assert (code, document["complete"], document["error"]["code"]) == (1, False, "unavailable")
    code, document = run("--account", str(shop.account.pk))
    assert (code, document["complete"], document["amazon"], document["repaired"]) == (0, True, 250, 250)
    assert stored(shop) == set(ids)


def test_a_difference_that_cannot_be_repaired_exits_with_1_and_says_why(shop, run):
    order_id = shop.place()
    shop.amazon.act(order_id, "merge", json={"orderItems": None}, bump=False)

    code, document = run("--account", str(shop.account.pk))

    (row,) = document["differences"]
    assert (code, document["complete"], document["missing"], document["repaired"]) == (1, True, 1, 0)
    assert (row["amazon_order_id"], row["repaired"], row["reason"]) == (order_id, False, "unreadable")


@pytest.mark.parametrize("days", ["0", "731", "-3", "three", "1.5", ""])
def test_days_out_of_range_are_refused_with_what_is_allowed(shop, run, days):
    code, document = run("--account", str(shop.account.pk), f"--days={days}")

    assert (code, document["error"]["code"]) == (2, "wrong_arguments")
    assert document["error"]["detail"].endswith("choose from 1 to 730 days")
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize("account", ["No such shop", "999999", "9" * 40])
def test_an_unknown_account_is_refused_with_the_known_ones(amazon, run, account, db):
    known = make_account(name="Shop 1")

    code, document = run("--account", account)

    assert (code, document["error"]["code"]) == (2, "account_unknown")
    assert document["error"]["detail"].endswith(f"Known: {known.pk} Shop 1.")
    assert amazon.log() == []


def test_an_account_must_be_named(run, db):
    code, document = run()

    assert (code, document["error"]["code"]) == (2, "wrong_arguments")


def test_one_that_another_worker_goes_on_with_is_refused(shop, run):
    now = timezone.now()
    hold(open_reconciliation(account=shop.account, now=now), now=now)

    code, document = run("--account", str(shop.account.pk))

    assert (code, document["error"]["code"]) == (1, "running")


def test_people_are_told_the_same_in_words(shop, run, capsys, monkeypatch):
    shop.place()
    command = load_command_class(get_commands()["reconcile_orders"], "reconcile_orders")

    command.run_from_argv(["manage.py", "reconcile_orders", "--account", str(shop.account.pk)])

    assert capsys.readouterr().out == "Amazon lists 1, we held 0: 1 missing, 0 stale.\n1 repaired.\n"
