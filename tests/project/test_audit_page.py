from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.services.tokens import create_token, revoke_token
from project.audit import SECRET, record_change
from project.audit_page import SHOWN
from project.models import Area, AuditEntry
from tests.commerce_orders.stocked import make_product
from tests.factories import NOW, make_account
from tests.project.exported import csv_lines, export_links
from tests.staff import SignIn

CHANGES = "/admin/changes/"
VIEW = "project.view_auditentry"


@pytest.fixture
def client(sign_in: SignIn) -> Client:
    return sign_in(VIEW)


def rows(response: Any) -> list[tuple[str, str, str, str]]:
    return [(row.actor, row.area, row.action, row.subject) for row in response.context["rows"]]


def note(subject: str, *, minutes: int = 0, actor: str = "ada", area: Area = Area.SETTINGS) -> None:
    record_change(
        area=area,
        action=AuditEntry.Action.CHANGED,
        subject=subject,
        subject_id=1,
        actor=actor,
        now=NOW + timedelta(minutes=minutes),
    )


def test_one_page_shows_changes_of_every_kind_newest_first(client: Client) -> None:
    account = make_account(name="Northwind")
    change_order_settings(account=account, changes={"unknown_sku": "hold"}, actor="token:erp", now=NOW)
    _token, secret = create_token(name="Warehouse", scopes=["orders:read"], actor="ada", now=NOW + timedelta(minutes=1))
    revoke_token(name="Warehouse", now=NOW + timedelta(minutes=2))
    user = User.objects.create_user("erik")
    for minute, thing in enumerate([make_product("SKU-1", 2), Group.objects.create(name="Packers")], start=3):
        LogEntry.objects.log_actions(user.pk, [thing], CHANGE, "10 → 2", single_object=True)
        LogEntry.objects.filter(object_id=str(thing.pk)).update(action_time=NOW + timedelta(minutes=minute))

    response = client.get(CHANGES)

    assert rows(response) == [
        ("erik", "Users and groups", "Changed", "Packers"),
        ("erik", "Products", "Changed", "SKU-1"),
        ("command", "API tokens", "Revoked", "Warehouse"),
        ("ada", "API tokens", "Added", "Warehouse"),
        ("token:erp", "Order settings", "Changed", "Northwind"),
    ]
    text = response.content.decode()
    assert (
        "<strong>Unknown SKU</strong>: <bdi>Import with an unmatched line</bdi> → "
        "<bdi>Hold the order and report a problem</bdi>" in text
    )
    assert "10 → 2" in text
    assert secret not in text


@pytest.mark.parametrize("area", Area)
def test_a_change_of_every_area_is_shown(client: Client, area: Area) -> None:
    note("one", area=area)

    assert rows(client.get(CHANGES)) == [("ada", area.label, "Changed", "one")]


def test_what_happened_to_a_second_factor_is_said_in_the_readers_language(client: Client) -> None:
    user = User.objects.get()
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, change_message="Second factor removed.", single_object=True)
    with translation.override("de"):
        words = gettext("Second factor removed.")

    (row,) = client.get(CHANGES, headers={"Accept-Language": "de"}).context["rows"]

    assert row.words == words != "Second factor removed."


def test_it_is_narrowed_by_what_and_by_whom(client: Client) -> None:
    note("one")
    note("two", actor="erik", minutes=1)
    note("three", actor="erik", area=Area.ACCOUNT, minutes=2)

    assert [row[3] for row in rows(client.get(CHANGES, {"area": "account"}))] == ["three"]
    assert [row[3] for row in rows(client.get(CHANGES, {"who": "erik"}))] == ["three", "two"]
    assert [row[3] for row in rows(client.get(CHANGES, {"who": "erik", "area": "settings"}))] == ["two"]
    assert "Nothing was changed." in client.get(CHANGES, {"who": "nobody"}).content.decode()


def test_long_records_are_leafed_through_without_gaps(client: Client) -> None:
    for minute in range(SHOWN + 3):
        note(str(minute), minutes=minute)

    first = client.get(CHANGES)
    second = client.get(CHANGES + first.context["earlier"])

    found = [int(row[3]) for row in rows(first) + rows(second)]
    assert found == list(range(SHOWN + 2, -1, -1))
    assert second.context["earlier"] == ""


def test_changes_of_one_moment_are_leafed_through_without_gaps(client: Client) -> None:
    user = User.objects.create_user("erik")
    for number in range(SHOWN + 2):
        note(f"recorded {number}")
    things = [Group(pk=number, name=f"logged {number}") for number in range(SHOWN)]
    LogEntry.objects.log_actions(user.pk, things, CHANGE, "")
    LogEntry.objects.update(action_time=NOW)

    pages = [client.get(CHANGES)]
    while address := pages[-1].context["earlier"]:
        pages.append(client.get(CHANGES + address))

    found = [row[3] for page in pages for row in rows(page)]
    assert found == [
        *(f"recorded {number}" for number in reversed(range(SHOWN + 2))),
        *(f"logged {number}" for number in reversed(range(SHOWN))),
    ]


@pytest.mark.parametrize(
    "address", ["?before=x", "?before=2026-01-01", "?area=nothing", "?who=%00", "?before=9999-99-99"]
)
def test_what_cannot_be_read_of_the_address_is_left_out(client: Client, address: str) -> None:
    note("one")

    assert [row[3] for row in rows(client.get(CHANGES + address))] == ["one"]


def test_secrets_are_noted_as_changed_only(client: Client) -> None:
    record_change(
        area=Area.ACCOUNT,
        action=AuditEntry.Action.CHANGED,
        subject="<b>Northwind</b>",
        subject_id=1,
        actor="ada",
        now=NOW,
        changes={"encrypted_credentials": (None, None)},
    )

    text = client.get(CHANGES).content.decode()

    assert '<div class="bo-help"><strong>Credentials</strong></div>' in text
    assert "&lt;b&gt;Northwind&lt;/b&gt;" in text


def test_the_page_needs_its_permission_which_managers_have(sign_in: SignIn, groups: dict[str, Group]) -> None:
    assert sign_in(username="erik").get(CHANGES).status_code == 403
    assert sign_in(username="mona", group=groups["Manager"]).get(CHANGES).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    user = User.objects.create_user("erik")
    for _ in range(count):
        note("one")
        LogEntry.objects.log_actions(user.pk, [make_product(f"S{_}", 1)], CHANGE, "", single_object=True)
    client.get(CHANGES)  # content types are looked up once a process

    with django_assert_num_queries(6):
        client.get(CHANGES)


@pytest.mark.parametrize(
    "before",
    [
        "yesterday",
        "2026-01-01T00:00:00Z",
        "yesterday~RECORDED~1",
        "2026-01-01T00:00:00~RECORDED~1",
        "2026-01-01T00:00:00Z~FORGOTTEN~1",
        "2026-01-01T00:00:00Z~RECORDED~x",
        "0001-01-01T00:00:00+23:59~RECORDED~1",
        "9999-12-31T23:59:59-23:59~LOGGED~1",
    ],
)
def test_a_place_that_cannot_be_narrows_nothing(client: Client, before: str) -> None:
    note("Settings of ada")

    assert [row[3] for row in rows(client.get(CHANGES, {"before": before}))] == ["Settings of ada"]


def test_changes_are_taken_away_from_both_records_as_they_are_narrowed(client: Client) -> None:
    user = User.objects.create_user("erik")
    account = make_account(name="=1+1")
    change_order_settings(account=account, changes={"unknown_sku": "hold"}, actor="ada", now=NOW)
    LogEntry.objects.log_actions(user.pk, [make_product("SKU-1", 2)], CHANGE, "10 → 2", single_object=True)
    LogEntry.objects.update(action_time=NOW + timedelta(minutes=1))
    note("Northwind", minutes=2, area=Area.ACCOUNT)

    headings, *lines = csv_lines(client.get(f"{CHANGES}export.csv"))

    assert headings == ["When (UTC)", "By", "What", "Which", "Change", "Detail"]
    assert lines == [
        ["2026-11-20 12:02", "ada", "Seller accounts", "Northwind", "Changed", ""],
        ["2026-11-20 12:01", "erik", "Products", "SKU-1", "Changed", "10 → 2"],
        [
            "2026-11-20 12:00",
            "ada",
            "Order settings",
            "'=1+1",
            "Changed",
            "Unknown SKU: Import with an unmatched line → Hold the order and report a problem",
        ],
    ]
    (link,) = export_links(client, f"{CHANGES}?area=settings&who=ada&before=2027-01-01T00:00:00Z~LOGGED~1")
    assert link == f"{CHANGES}export.csv?area=settings&who=ada"
    assert csv_lines(client.get(link))[1:] == lines[2:]


def test_a_secret_is_taken_away_by_its_name_only(client: Client) -> None:
    record_change(
        area=Area.WEBHOOK,
        action=AuditEntry.Action.CHANGED,
        subject="Till",
        subject_id=1,
        actor="ada",
        now=NOW,
        changes={"secret": SECRET},
    )

    assert csv_lines(client.get(f"{CHANGES}export.csv"))[1][5] == "Secret"


def test_what_was_changed_of_a_webhook_is_named_in_the_readers_language(client: Client) -> None:
    record_change(
        area=Area.WEBHOOK,
        action=AuditEntry.Action.CHANGED,
        subject="ERP",
        subject_id=1,
        actor="ada",
        now=NOW,
        changes={"secret": SECRET, "url": ("http://a.example/", "http://b.example/")},
    )

    (row,) = client.get(CHANGES, headers={"accept-language": "de"}).context["rows"]

    assert sorted(each.field for each in row.changes) == ["Adresse", "Geheimnis"]
