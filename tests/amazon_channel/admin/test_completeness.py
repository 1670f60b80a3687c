"""The completeness pages: what they say, what they start, and who may."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django_q.models import OrmQ

from amazon_channel.models import OrderDifference, ReconciledDay, Reconciliation, SellerAccount
from tests.factories import NOW, make_account, make_amazon_order, make_reconciliation
from tests.staff import SignIn

LIST = "/admin/amazon_channel/reconciliation/"
VIEW, START = "amazon_channel.view_syncrun", "amazon_channel.sync_selleraccount"


def make_difference(run: Reconciliation, number: str, **columns: object) -> OrderDifference:
    values = {"kind": "missing", "day": NOW.date(), "is_repaired": True, "found_at": NOW} | columns
    return OrderDifference.objects.create(reconciliation=run, account=run.account, amazon_order_id=number, **values)


def make_day(account: SellerAccount, day: date, amazon: int, held: int) -> ReconciledDay:
    return ReconciledDay.objects.create(account=account, day=day, amazon=amazon, held=held, counted_at=NOW)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_each_account_says_how_complete_it_is(sign_in: SignIn) -> None:
    complete, open_one = make_account(name="Complete shop"), make_account(name="<b>Open</b>")
    new, old, short = make_account(name="New shop"), make_account(name="Old shop"), make_account(name="Short shop")
    make_reconciliation(complete)
    make_day(complete, NOW.date(), 1204, 1204)
    make_day(complete, NOW.date() - timedelta(days=8), 9, 9)
    make_reconciliation(open_one, unsettled=1)
    make_reconciliation(new, outcome="waiting", finished_at=None)
    make_reconciliation(old, finished_at=NOW - timedelta(days=3))
    make_reconciliation(old, outcome="failed", finished_at=NOW)
    make_reconciliation(short)
    make_day(short, NOW.date(), 2, 1)

    rows = sign_in(VIEW).get(LIST).context["rows"]

    assert {row["account"].name: (str(row["state"]).split(">")[2].split("<")[0]) for row in rows} == {
        "Complete shop": "Complete",
        "<b>Open</b>": "1 difference open",
        "New shop": "Waiting for Amazon",
        "Old shop": "Compared 3 days ago",
        "Short shop": "Orders missing",
    }
    words = {row["account"].name: row["completeness"].words for row in rows}
    assert (words["Complete shop"], words["New shop"]) == ("Amazon lists 1,204, we hold 1,204", "")


@pytest.mark.parametrize("accounts", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(sign_in: SignIn, accounts: int, django_assert_num_queries) -> None:
    for _ in range(accounts):
        make_reconciliation(make_account())
    client = sign_in(VIEW)

    # Session, user, its permissions (2); accounts (2), reconciliations, days; problems in the sidebar.
    with django_assert_num_queries(9):
        client.get(LIST)


def test_a_day_says_what_both_sides_hold_and_leads_to_its_differences(sign_in: SignIn) -> None:
    account = make_account()
    run = make_reconciliation(account, unsettled=1)
    make_day(account, NOW.date(), 1204, 1203)
    make_day(account, NOW.date() - timedelta(days=1), 10, 10)
    held = make_amazon_order(account=account)
    make_difference(run, held.amazon_order_id, kind="stale", stored_version=NOW - timedelta(hours=1))
    make_difference(run, "111-0000000-0000001", is_repaired=False, reason="not_stored")
    make_difference(run, "111-0000000-0000002", day=NOW.date() - timedelta(days=1))
    client = sign_in(VIEW, "amazon_channel.view_amazonorder")

    text = text_of(client, f"{LIST}{account.pk}/")

    assert "Amazon lists 1,214, we hold 1,213" in text
    assert "The order could not be stored." in text
    assert f'href="/admin/amazon_channel/amazonorder/{held.pk}/change/"' in text
    assert 'href="?day=2026-11-20#differences"' in text
    one_day = text_of(client, f"{LIST}{account.pk}/?day=2026-11-19")
    assert "111-0000000-0000002" in one_day
    assert "111-0000000-0000001" not in one_day


@pytest.mark.parametrize("rows", [1, 3])
def test_an_accounts_page_takes_a_constant_number_of_queries(
    sign_in: SignIn, rows: int, django_assert_num_queries
) -> None:
    account = make_account()
    for age in range(rows):
        run = make_reconciliation(account, finished_at=NOW - timedelta(days=age))
        make_day(account, NOW.date() - timedelta(days=age), 1, 1)
        make_difference(run, f"111-0000000-000000{age}")
    client = sign_in(VIEW)

    # Session, user, its permissions (2); account; completeness (2), days (2), audits, differences, orders, runs;
    # problems in the sidebar.
    with django_assert_num_queries(14):
        client.get(f"{LIST}{account.pk}/")


@pytest.mark.parametrize("query", ["?day=x", "?before=2026-99-99", "?day=", "?page=99"])
def test_an_address_that_cannot_be_read_shows_everything(sign_in: SignIn, query: str) -> None:
    account = make_account()
    make_difference(make_reconciliation(account), "111-0000000-0000001")

    assert "111-0000000-0000001" in text_of(sign_in(VIEW), f"{LIST}{account.pk}/{query}")


def test_earlier_days_are_a_page_away(sign_in: SignIn) -> None:
    account = make_account()
    make_reconciliation(account)
    for age in range(35):
        make_day(account, NOW.date() - timedelta(days=age), 1, 1)
    client = sign_in(VIEW)

    assert 'href="?before=2026-10-21"' in text_of(client, f"{LIST}{account.pk}/")
    assert len(client.get(f"{LIST}{account.pk}/?before=2026-10-21").context["days"]) == 4


def test_a_comparison_is_started_shown_and_not_started_twice(sign_in: SignIn) -> None:
    account = make_account()
    OrmQ.objects.all().delete()
    client = sign_in(VIEW, START)

    for _ in range(2):
        response = client.post(f"{LIST}{account.pk}/start/", {"days": "30"})
        assert response.headers["Location"] == f"{LIST}{account.pk}/"

    run = Reconciliation.objects.get()
    assert (run.occasion, run.asked_by, run.since) == ("asked", "dana", NOW - timedelta(days=30))
    assert {row.task["args"] for row in OrmQ.objects.all()} == {("amazon_channel.tasks.reconcile_account", account.pk)}
    text = text_of(client, f"{LIST}{account.pk}/")
    assert "Comparing now" in text
    assert 'data-reload-seconds="15"' in text


@pytest.mark.parametrize("days", ["", "0", "731", "x", "-1", "9" * 50, "٣"])
def test_days_that_are_not_possible_start_nothing(sign_in: SignIn, days: str) -> None:
    account = make_account()

    response = sign_in(VIEW, START).post(f"{LIST}{account.pk}/start/", {"days": days}, follow=True)

    assert "Choose from 1 to 730 days." in response.content.decode()
    assert not Reconciliation.objects.exists()


def test_an_account_that_was_switched_off_is_not_compared(sign_in: SignIn) -> None:
    account = make_account()
    SellerAccount.objects.update(is_active=False)
    client = sign_in(VIEW, START)

    assert client.post(f"{LIST}{account.pk}/start/", {"days": "3"}).status_code == 404
    assert "Compare now" not in text_of(client, f"{LIST}{account.pk}/")


def test_only_who_may_sync_can_start(sign_in: SignIn) -> None:
    account = make_account()
    client = sign_in(VIEW)

    assert client.post(f"{LIST}{account.pk}/start/", {"days": "3"}).status_code == 403
    assert client.get(f"{LIST}{account.pk}/start/").status_code == 405
    assert "Compare now" not in text_of(client, f"{LIST}{account.pk}/")
    assert sign_in(username="lee").get(LIST).status_code == 403
