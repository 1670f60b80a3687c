"""The completeness of accounts, and the days and differences of one, taken away."""

from datetime import timedelta

import pytest

from tests.amazon_channel.admin.test_completeness import make_day, make_difference
from tests.factories import NOW, make_account, make_reconciliation
from tests.project.exported import csv_lines, export_links, xlsx_lines
from tests.staff import SignIn

VIEW = "amazon_channel.view_syncrun"
COMPLETENESS = "/admin/amazon_channel/reconciliation/"


def test_accounts_are_exported_with_what_amazon_lists_and_we_hold(sign_in: SignIn) -> None:
    compared, _new = make_account(name="=1+1"), make_account(name="New shop")
    compared.time_zone = "Europe/Berlin"
    compared.save()
    make_reconciliation(compared)
    make_day(compared, NOW.date(), 1204, 1203)

    lines = xlsx_lines(sign_in(VIEW).get(f"{COMPLETENESS}export.xlsx"))

    assert lines == [
        ["Name", "Status", "Amazon lists (last seven days)", "We hold (last seven days)", "Last compared"],
        ["=1+1", "Orders missing", 1204, 1203, "2026-11-20 13:00"],
        ["New shop", "Not compared yet", None, None, None],
    ]


def test_days_are_exported_with_their_differences_the_latest_first(sign_in: SignIn) -> None:
    account, yesterday = make_account(), NOW.date() - timedelta(days=1)
    run = make_reconciliation(account)
    for day, held in ((yesterday, 10), (NOW.date(), 9), (NOW.date() - timedelta(days=400), 8)):
        make_day(account, day, 10, held)
    make_day(make_account(), NOW.date(), 77, 77)
    make_difference(run, "111-0000000-0000001")
    client = sign_in(VIEW)

    days, _differences = export_links(client, f"{COMPLETENESS}{account.pk}/")

    assert csv_lines(client.get(days)) == [
        ["Day", "Amazon lists", "We hold", "Differences"],
        ["2026-11-20", "10", "9", "1"],
        ["2026-11-19", "10", "10", "0"],
        ["2025-10-16", "10", "8", "0"],
    ]


def test_differences_are_exported_all_or_those_of_the_day_that_is_open(sign_in: SignIn) -> None:
    account = make_account()
    account.time_zone = "Europe/Berlin"
    account.save()
    run = make_reconciliation(account, unsettled=1)
    make_difference(run, "111-0000000-0000001", is_repaired=False, reason="not_stored", amazon_version=NOW)
    make_difference(run, "111-0000000-0000002", day=NOW.date() - timedelta(days=1))
    make_difference(make_reconciliation(make_account()), "111-0000000-0000003")
    client = sign_in(VIEW)

    _days, everything = export_links(client, f"{COMPLETENESS}{account.pk}/")
    _days, of_day = export_links(client, f"{COMPLETENESS}{account.pk}/?day=2026-11-20")
    headings, *lines = csv_lines(client.get(everything))

    assert [line[0] for line in lines] == ["111-0000000-0000002", "111-0000000-0000001"]
    assert csv_lines(client.get(of_day)) == [headings, lines[1]]
    assert dict(zip(headings, lines[1], strict=True)) == {
        "Amazon order number": "111-0000000-0000001",
        "Day": "2026-11-20",
        "What": "Missing here",
        "Amazon's version": "2026-11-20 13:00",
        "Our version": "",
        "Outcome": "Open",
        "Reason": "The order could not be stored.",
        "Found": "2026-11-20 13:00",
    }


@pytest.mark.parametrize("part", ["days", "differences"])
def test_an_account_that_there_is_not_is_not_exported(sign_in: SignIn, part: str) -> None:
    assert sign_in(VIEW).get(f"{COMPLETENESS}99/{part}/export.csv").status_code == 404
