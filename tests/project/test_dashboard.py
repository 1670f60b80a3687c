from datetime import timedelta

import pytest
from django.test import Client

from amazon_channel.models import Alert, RateBudget, ReadingWindow, ReconciledDay
from tests.amazon_channel.problems import make_confirmation, set_standing
from tests.factories import NOW, make_account, make_amazon_order, make_reconciliation
from tests.project.counted import recount_all
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"
VIEW = "amazon_channel.view_amazonorder"


def tiles(client: Client) -> dict[str, int | str]:
    return {tile.title: tile.count for tile in client.get("/admin/").context["tiles"]}


def test_each_tile_counts_the_list_that_it_links_to(sign_in: SignIn) -> None:
    account = make_account()
    make_amazon_order(account=account, ship_by=NOW - timedelta(hours=1))
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=1))
    make_amazon_order(account=account, ship_by=NOW + timedelta(days=3))
    make_amazon_order(account=account, status="PENDING", with_commerce_order=False)
    make_amazon_order(account=account, status="CANCELLED")
    set_standing(account, succeeded_at=NOW, cursor=NOW)
    lagging = make_account()
    set_standing(lagging, error_code="authorization_revoked", error_since=NOW)
    make_amazon_order(account=lagging, ship_by=NOW + timedelta(hours=23))
    make_confirmation("rejected", order=make_amazon_order(account=account, ship_by=NOW, units_to_ship=0))
    client = sign_in(VIEW)

    assert tiles(client) == {
        "Late": 1,
        "To ship today": 1,
        "At risk": 2,
        "To ship in all": 4,
        "Pending at Amazon": 1,
    }
    for tile in client.get("/admin/").context["tiles"]:
        if tile.link:
            assert len(client.get(tile.link).context["cl"].result_list) == tile.count, tile.title


def test_each_reason_counts_the_problems_that_it_links_to(sign_in: SignIn) -> None:
    for code in ("not_stored", "does_not_add_up", "not_stored"):
        make_amazon_order(problem_code=code, problem_since=NOW)
    make_confirmation("rejected")
    client = sign_in(VIEW)

    reasons = client.get("/admin/").context["reasons"]

    assert [(reason.label, reason.number) for reason in reasons] == [
        ("Amazon refused a shipment", "1"),
        ("The amounts do not add up", "1"),
        ("The order could not be stored", "2"),
    ]
    for reason in reasons:
        assert str(len(client.get(reason.link).context["problems"])) == reason.number


def test_days_end_at_midnight_of_the_accounts_own_clock(sign_in: SignIn) -> None:
    account = make_account()  # NOW is nine in the evening in Tokyo
    account.time_zone = "Asia/Tokyo"
    account.save()
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=2, minutes=59))
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=3))

    assert tiles(sign_in(VIEW))["To ship today"] == 1


def test_the_list_of_what_is_at_risk_says_why(sign_in: SignIn) -> None:
    lagging, refused = make_account(), make_account()
    for account, age in ((lagging, 7), (refused, 0)):
        set_standing(account, succeeded_at=NOW, cursor=NOW - timedelta(hours=age))
    make_amazon_order(account=lagging, ship_by=NOW + timedelta(hours=5))
    make_confirmation("rejected", order=make_amazon_order(account=refused, ship_by=NOW, units_to_ship=0))
    client = sign_in(VIEW)

    text = client.get("/admin/amazon_channel/amazonorder/?work=at_risk").content.decode()

    assert text.count("Account not up to date") == 1
    assert text.count("Amazon refused the shipment") == 1
    assert "Account not up to date" not in client.get("/admin/amazon_channel/amazonorder/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dashboard_takes_a_constant_number_of_queries(
    sign_in: SignIn, rows: int, django_assert_num_queries
) -> None:
    for _ in range(rows):
        make_amazon_order(account=make_account())
    client = sign_in(VIEW, "amazon_channel.view_selleraccount")

    recount_all()

    # Session, user, its permissions (2); accounts; clocks (2), days (2); alerts; work; problems; budgets (5).
    with django_assert_num_queries(17):
        client.get("/admin/")
    # Which accounts have most orders, and their names.
    with django_assert_num_queries(19):
        client.get("/admin/?by=account&days=90")


@pytest.mark.parametrize("rows", [1, 3])
def test_completeness_costs_the_dashboard_two_queries(sign_in: SignIn, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        make_account()
    client = sign_in("amazon_channel.view_selleraccount", "amazon_channel.view_syncrun")

    # Session, user, its permissions (2); accounts; reconciliations, days; budgets (5).
    with django_assert_num_queries(14):
        client.get("/admin/")


def test_the_dashboard_says_how_complete_each_account_is(sign_in: SignIn) -> None:
    account = make_account()
    make_reconciliation(account, unsettled=2)
    ReconciledDay.objects.create(account=account, day=NOW.date(), amazon=1204, held=1202, counted_at=NOW)
    client = sign_in("amazon_channel.view_selleraccount", "amazon_channel.view_syncrun")

    text = client.get("/admin/").content.decode()

    assert "2 differences open" in text
    assert "Amazon lists 1,204, we hold 1,202" in text
    assert f'href="/admin/amazon_channel/reconciliation/{account.pk}/"' in text
    assert (
        "differences open"
        not in sign_in("amazon_channel.view_selleraccount", username="lee").get("/admin/").content.decode()
    )


def test_the_dashboard_names_each_accounts_error_and_what_to_do(sign_in: SignIn) -> None:
    make_account(name="Well")
    account = make_account(name="<b>Ill</b>")
    account.error_code, account.error_detail, account.error_since = "authorization_revoked", "invalid_grant", NOW
    account.save()

    response = sign_in("amazon_channel.view_selleraccount").get("/admin/")

    assert [row["account"].name for row in response.context["accounts"]] == ["<b>Ill</b>", "Well"]
    text = response.content.decode()
    assert "<bdi>&lt;b&gt;Ill&lt;/b&gt;</bdi>" in text
    assert "Authorize the application again in Seller Central" in text


def test_a_new_installation_shows_the_next_step(sign_in: SignIn) -> None:
    text = sign_in("amazon_channel.add_selleraccount").get("/admin/").content.decode()

    assert 'href="/admin/amazon_channel/selleraccount/add/"' in text
    assert "make demo" in text


def test_a_viewer_of_a_new_installation_is_told_who_can_connect(sign_in: SignIn) -> None:
    assert "A manager must connect the first seller account." in sign_in(VIEW).get("/admin/").content.decode()


def test_the_dashboard_shows_nobody_what_they_may_not_see(sign_in: SignIn) -> None:
    make_amazon_order()

    context = sign_in().get("/admin/").context

    assert (context["tiles"], context["accounts"]) == ([], [])


def test_running_alerts_stand_on_top_with_what_to_do(sign_in: SignIn) -> None:
    account = make_account(name="<b>Ill</b>")
    Alert.objects.create(account=account, kind="account_stalled", since=NOW - timedelta(hours=2), noticed_at=NOW)
    Alert.objects.create(account=account, kind="account_behind", since=NOW, noticed_at=NOW, ended_at=NOW)

    text = sign_in("amazon_channel.view_selleraccount").get("/admin/").content.decode()

    assert "1 alert" in text
    assert (
        '<a href="/admin/problems/?reason=account_stalled">Orders of an account are no longer being pulled</a>' in text
    )
    assert "<bdi>&lt;b&gt;Ill&lt;/b&gt;</bdi>, 2 hours ago." in text
    assert "Check that the workers are running" in text
    assert "1 alert" not in sign_in(VIEW, username="viewer").get("/admin/").content.decode()


def test_the_dashboard_says_what_is_left_of_the_budget_and_when_the_backlog_is_done(sign_in: SignIn) -> None:
    account = make_account()
    RateBudget.objects.create(account=account, operation="searchOrders", rate=0.0056, tokens=7.4, refilled_at=NOW)
    ReadingWindow.objects.create(
        account=account, updated_after=NOW - timedelta(days=2), updated_before=NOW, marketplaces=[]
    )
    client = sign_in("amazon_channel.view_selleraccount")

    dashboard = client.get("/admin/").content.decode()
    page = client.get(f"/admin/amazon_channel/selleraccount/{account.pk}/change/").content.decode()

    assert "7 of 20 calls left" in dashboard
    assert "Backlog done no earlier than" in dashboard
    assert "7 of 20 calls left" in page
    assert "1 call waiting, done no earlier than" in page
