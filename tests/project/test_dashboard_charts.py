"""The trade of the last days, by picture, words and table."""

from datetime import timedelta

import pytest
from django.test import Client

from project.dashboard.charts import Chart
from tests.amazon_channel.problems import make_confirmation
from tests.factories import NOW, make_account, make_amazon_order
from tests.project.counted import recount_all
from tests.staff import SignIn

VIEW = "amazon_channel.view_amazonorder"


def charts(client: Client, query: str = "") -> dict[str, Chart]:
    return {chart.code: chart for chart in client.get(f"/admin/{query}").context["charts"]}


def test_charts_never_add_currencies_and_show_what_was_counted(sign_in: SignIn) -> None:
    north, south = make_account(name="North"), make_account(name="South")
    make_amazon_order(account=north)
    make_amazon_order(account=north, status="SHIPPED", fulfilled_by="AMAZON", units_to_ship=0)
    make_amazon_order(account=south, currency="EUR", quantities=(5,), purchased_at=NOW - timedelta(days=29))
    make_amazon_order(account=south, currency="EUR", quantities=(9,), purchased_at=NOW - timedelta(days=30))
    recount_all()
    client = sign_in(VIEW)

    shown = charts(client)
    assert [(chart.code, chart.summary) for chart in shown.values()] == [
        ("orders", "3 orders"),
        ("revenue-EUR", "€50.00"),
        ("revenue-USD", "$60.00"),
    ]
    assert [(series.label, sum(series.values)) for series in shown["orders"].series] == [
        ("Merchant", 2),
        ("Amazon (FBA)", 1),
    ]
    assert shown["revenue-USD"].rows[0] == ("Nov 20, 2026", ["$30.00", "$30.00"])
    assert len(shown["orders"].rows) == 30

    by_account = charts(client, "?by=account&days=90")
    assert by_account["orders"].summary == "4 orders"
    assert [(series.label, sum(series.values)) for series in by_account["orders"].series] == [
        ("North", 2),
        ("South", 2),
    ]
    assert len(by_account["orders"].rows) == 90


def test_charts_put_small_accounts_together(sign_in: SignIn) -> None:
    for number in range(9):
        account = make_account(name=f"Account {chr(65 + number)}")
        for _ in range(1 if number > 6 else 2):
            make_amazon_order(account=account)
    recount_all()

    series = charts(sign_in(VIEW), "?by=account")["orders"].series

    assert {each.label: sum(each.values) for each in series} == {
        **{f"Account {letter}": 2 for letter in "ABCDEFG"},
        "Other accounts": 2,
    }


def test_charts_say_how_punctual_and_how_quick_shipping_was(sign_in: SignIn) -> None:
    account = make_account()
    for ship_by, hours in ((NOW, 1), (NOW, 1), (NOW, 1), (NOW - timedelta(days=1), 2)):
        order = make_amazon_order(account=account, ship_by=ship_by, units_to_ship=0)
        told_at = order.purchased_at + timedelta(hours=hours)
        make_confirmation("confirmed", order=order, first_sent_at=told_at, confirmed_at=NOW)
    recount_all()
    client = sign_in(VIEW)

    shown = charts(client)
    assert shown["shipping"].summary == "75% on time: 3 of 4 orders"
    assert [(series.label, sum(series.values)) for series in shown["shipping"].series] == [("On time", 3), ("Late", 1)]
    assert shown["confirmation"].summary == "Half within 59 minutes, nine of ten within 2 hours"
    assert [series.values[-1] for series in shown["confirmation"].series] == [1.0, 2.0]
    assert shown["confirmation"].rows[1] == ("Nov 19, 2026", ["–", "–"])


def test_a_chart_is_said_in_words_and_as_a_table(sign_in: SignIn) -> None:
    make_amazon_order(account=make_account(name="<i>North</i>"))
    recount_all()

    text = sign_in(VIEW).get("/admin/?by=account").content.decode()

    assert 'role="img" aria-label="Orders per day. 1 order"' in text
    assert '<th scope="row">Nov 20, 2026</th><td class="bo-number">1</td>' in text
    assert "<bdi>&lt;i&gt;North&lt;/i&gt;</bdi>" in text
    assert "<i>North" not in text
    assert "<script>" not in text


@pytest.mark.parametrize("query", ["?days=7", "?days=30x&by=", "?by=%00", "?days=-90&by=currency"])
def test_charts_take_any_address(sign_in: SignIn, query: str) -> None:
    make_amazon_order()
    recount_all()

    assert len(charts(sign_in(VIEW), query)["orders"].rows) == 30


def test_an_account_without_orders_shows_the_next_step(sign_in: SignIn) -> None:
    account = make_account()
    client = sign_in(VIEW, "amazon_channel.view_selleraccount")

    text = client.get("/admin/").content.decode()

    assert "Next: pull the orders." in text
    assert f'class="bo-button" href="/admin/amazon_channel/selleraccount/{account.pk}/change/"' in text
    assert "<canvas" not in text
    make_amazon_order(account=account, purchased_at=NOW - timedelta(days=200))
    assert "Nothing was bought in this time" in client.get("/admin/").content.decode()
