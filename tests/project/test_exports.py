"""Every list as CSV and XLSX: found in its place, with the right rows, for those who see the list, at any size."""

from dataclasses import asdict
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.functional import Promise

from commerce_orders.services.tokens import create_token
from project import export, portions
from project.models import Preferences
from tests.commerce_orders.webhooks.receivers import make_webhook
from tests.factories import NOW, make_account
from tests.project.exported import csv_lines, export_links, xlsx_lines
from tests.project.listed import CHANGELISTS, LISTS, Listed
from tests.staff import SignIn

FORMULA = "=HYPERLINK(A1)"
listed = pytest.mark.parametrize("each", LISTS.values(), ids=LISTS)


def open_list(sign_in: SignIn, each: Listed) -> Client:
    return sign_in(each.permission)


def lines_of(client: Client, each: Listed) -> list[list[str]]:
    return csv_lines(client.get(export_links(client, each.page())[each.menu]))


def test_every_list_of_the_admin_is_looked_at_here() -> None:
    assert {model._meta.label for model in admin.site._registry} == set(CHANGELISTS)


@listed
def test_a_list_is_taken_away_from_its_own_page(sign_in: SignIn, each: Listed) -> None:
    client = open_list(sign_in, each)
    first = each.make(1)
    there = [line[0] for line in lines_of(client, each)[1:]]
    made = [each.make(number) for number in (2, 3)]

    headings, *lines = lines_of(client, each)
    in_workbook = xlsx_lines(client.get(export_links(client, each.page(), "xlsx")[each.menu]))

    assert [line[0] for line in lines] == (sorted([*there, *made]) if each.by_name else [*reversed(made), *there])
    assert first in there
    assert in_workbook[0] == headings
    assert [line[0] for line in in_workbook[1:]] == [line[0] for line in lines]
    assert all(heading and heading[0].isupper() for heading in headings)


@listed
@pytest.mark.parametrize("rows", [1, 3])
def test_an_export_takes_a_constant_number_of_queries(sign_in: SignIn, each: Listed, rows: int) -> None:
    client = open_list(sign_in, each)
    for number in range(1, rows + 1):
        each.make(number)
    (address,) = export_links(client, each.page())[each.menu : each.menu + 1]

    with CaptureQueriesContext(connection) as taken:
        csv_lines(client.get(address))

    assert len(taken) == each.queries


@listed
def test_only_those_who_see_a_list_may_export_it(sign_in: SignIn, each: Listed) -> None:
    client, others = open_list(sign_in, each), sign_in(username="eve")
    each.make(1)

    for format in ("csv", "xlsx"):
        address = export_links(client, each.page(), format)[each.menu]
        assert others.get(address).status_code == 403
        assert client.get(address.replace(f".{format}", ".pdf")).status_code == 404


@listed
def test_a_long_list_is_read_in_portions_and_each_row_is_there_once(
    sign_in: SignIn, each: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = open_list(sign_in, each)
    for number in range(1, 6):
        each.make(number)
    whole = lines_of(client, each)
    monkeypatch.setattr(portions, "PORTION", 2)
    monkeypatch.setattr("commerce_orders.admin.problem_export.PORTION", 2)

    assert lines_of(client, each) == whole


@listed
def test_a_list_too_long_for_a_workbook_is_refused_in_words(
    sign_in: SignIn, each: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "XLSX_ROWS", 1)
    client = open_list(sign_in, each)
    for number in (1, 2):
        each.make(number)

    shown = client.get(export_links(client, each.page(), "xlsx")[each.menu], follow=True)

    assert shown.redirect_chain[0][0].partition("?")[0] == each.page().partition("?")[0]
    assert "An XLSX file holds at most 1 row. Filter the list, or export it as CSV." in shown.content.decode()


def test_headings_of_columns_wait_for_the_reader() -> None:
    """A text that were translated when the program starts would be everybody's English."""
    columns: list[Any] = [column for model in admin.site._registry.values() for column in model.export_columns]  # type: ignore[attr-defined]

    assert [column.heading for column in columns if not isinstance(column.heading, Promise)] == []


def test_headings_and_words_are_in_the_readers_language(sign_in: SignIn) -> None:
    each = LISTS["amazon_channel.SellerAccount"]
    sign_in(each.permission)
    dana = User.objects.get(username="dana")
    Preferences.objects.create(user=dana, language="de")
    client = Client()
    client.force_login(dana)
    each.make(1)

    headings, line = csv_lines(client.get(f"{each.page()}export.csv"))

    assert headings[:4] == ["Name", "Region", "Marktplätze", "Shop"]
    assert line[1] == "Nordamerika"
    assert line[5:7] == ["ja", "Noch nicht abgerufen"]


def test_filters_and_search_of_a_list_are_heeded(sign_in: SignIn) -> None:
    client = sign_in("auth.view_user")
    for number in (1, 2):
        LISTS["auth.User"].make(number)

    (address,) = export_links(client, "/admin/auth/user/?q=user2&is_staff__exact=0&p=1")

    assert address == "/admin/auth/user/export.csv?q=user2&is_staff__exact=0"
    assert [line[0] for line in csv_lines(client.get(address))[1:]] == ["user2"]


def test_a_list_that_there_cannot_be_is_not_exported(sign_in: SignIn) -> None:
    client = sign_in("commerce_orders.view_product")

    assert client.get("/admin/commerce_orders/product/export.csv?is_active=perhaps").status_code == 404


def test_no_export_says_a_secret(admin_client: Client) -> None:
    token, text = create_token(name="ERP", scopes=["orders:read"], now=NOW)
    endpoint, user = make_webhook(name="Till"), User.objects.get()
    secrets = {text, token.digest, endpoint.secret, user.password, *asdict(make_account().credentials).values()}
    LISTS["commerce_orders.WebhookDelivery"].make(2)

    said = [
        "".join(cell for line in csv_lines(admin_client.get(f"{each.address}export.csv")) for cell in line)
        for each in CHANGELISTS.values()
    ]

    assert [secret for secret in secrets if secret in "".join(said)] == []
    assert all(len(secret) > 5 for secret in secrets)
    assert [name for name in ("ERP", "Till", user.username) if name not in "".join(said)] == []
