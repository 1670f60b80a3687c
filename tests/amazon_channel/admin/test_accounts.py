from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ

from amazon_channel.models import SellerAccount, SyncRun
from project.models import AuditEntry
from tests.factories import NOW, make_account
from tests.staff import SignIn

ACCOUNTS = "/admin/amazon_channel/selleraccount/"
SECRETS = {"client_id": "an-id", "client_secret": "a-secret", "refresh_token": "Atzr|token"}
NEW = {"name": "Northwind", "region": "na", "marketplaces": ["ATVPDKIKX0DER"]} | SECRETS
MANAGE = (
    "amazon_channel.view_selleraccount",
    "amazon_channel.add_selleraccount",
    "amazon_channel.change_selleraccount",
    "amazon_channel.sync_selleraccount",
)


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in(*MANAGE)


def change(client: Client, account: SellerAccount, **fields: Any) -> Any:
    unchanged = {
        "name": account.name,
        "marketplaces": account.marketplaces,
        "store": account.store_id,
        "time_zone": account.time_zone,
        "is_active": "on",
    }
    return client.post(f"{ACCOUNTS}{account.pk}/change/", unchanged | fields)


def test_an_account_is_connected_and_its_secrets_are_never_shown(manager: Client) -> None:
    response = manager.post(f"{ACCOUNTS}add/", NEW, follow=True)

    account = SellerAccount.objects.get()
    assert (account.name, account.region, account.marketplaces) == ("Northwind", "na", ["ATVPDKIKX0DER"])
    assert account.credentials.client_secret == "a-secret"
    assert account.time_zone == "America/Los_Angeles"
    text = response.content.decode()
    assert "Account connected. The connection is being tested now." in text
    assert not any(secret in text for secret in SECRETS.values())


def test_changes_of_an_account_are_on_record_without_secrets(manager: Client) -> None:
    manager.post(f"{ACCOUNTS}add/", NEW)
    account = SellerAccount.objects.get()

    change(manager, account, name="Renamed", refresh_token="Atzr|new")
    change(manager, account, name="Renamed")

    changed, added = AuditEntry.objects.all()
    assert (added.actor, added.action, added.subject) == ("dana", "added", "Northwind")
    assert (changed.actor, changed.action, changed.subject_id) == ("dana", "changed", account.pk)
    assert changed.changes == {"name": ["Northwind", "Renamed"], "encrypted_credentials": [None, None]}


def test_one_seller_is_not_connected_twice_under_one_merchant_token(manager: Client) -> None:
    make_account(name="First")
    SellerAccount.objects.update(merchant_token="A1DEMOSELLER00")

    response = manager.post(f"{ACCOUNTS}add/", NEW | {"merchant_token": "A1DEMOSELLER00"})

    assert response.context["form"].errors["merchant_token"] == [
        "The account “First” reads the orders of this seller already. Choose other marketplaces."
    ]
    assert SellerAccount.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"marketplaces": ["A1PA6795UKMFR9"]}, "marketplaces", "Choose marketplaces of this region:"),
        ({"marketplaces": []}, "marketplaces", "This field is required."),
        ({"refresh_token": ""}, "refresh_token", "Client ID, client secret and refresh token are all required."),
        ({"name": "Taken"}, "name", "There is an account with this name already."),
    ],
)
def test_a_refusal_stands_at_its_field_and_repeats_no_secret(
    manager: Client, fields: dict[str, Any], field: str, words: str
) -> None:
    make_account(name="Taken")

    response = manager.post(f"{ACCOUNTS}add/", NEW | fields)

    assert response.context["form"].errors[field][0].startswith(words)
    assert "a-secret" not in response.content.decode()
    assert SellerAccount.objects.count() == 1


def test_secrets_left_blank_stay_as_they_are(manager: Client) -> None:
    account = make_account()
    before = account.credentials

    change(manager, account, name="Renamed", client_id="", client_secret="", refresh_token="")

    account.refresh_from_db()
    assert (account.name, account.credentials) == ("Renamed", before)


def test_one_new_secret_leaves_the_others(manager: Client) -> None:
    account = make_account()

    change(manager, account, refresh_token="Atzr|new")

    account.refresh_from_db()
    assert (account.credentials.refresh_token, account.credentials.client_secret) == (
        "Atzr|new",
        "amzn1.oa2-cs.v1.demo",
    )


def test_the_merchant_token_is_entered_and_checked(manager: Client) -> None:
    account = make_account()

    change(manager, account, merchant_token="A1DEMOSELLER00")
    account.refresh_from_db()
    assert account.merchant_token == "A1DEMOSELLER00"

    response = change(manager, account, merchant_token="my shop")
    assert response.context["form"].errors["merchant_token"][0].startswith("A merchant token is made of")
    account.refresh_from_db()
    assert account.merchant_token == "A1DEMOSELLER00"


def test_a_change_that_is_refused_changes_nothing(manager: Client) -> None:
    account = make_account()

    response = change(manager, account, name="Renamed", time_zone="Mars/Base")

    assert response.context["form"].errors["time_zone"] == ["This time zone is not known."]
    account.refresh_from_db()
    assert (account.name == "Renamed", account.time_zone) == (False, "UTC")


def test_the_page_shows_state_error_advice_and_recent_pulls(manager: Client) -> None:
    account = make_account()
    account.error_code, account.error_detail = "client_credentials_wrong", "<b>invalid_client</b>"
    account.error_since = NOW
    account.save()
    SyncRun.objects.create(account=account, started_at=NOW, outcome="failed", error_detail="<i>no</i>", seen=12)

    text = manager.get(f"{ACCOUNTS}{account.pk}/change/").content.decode()

    assert "&lt;b&gt;invalid_client&lt;/b&gt;" in text
    assert "The client ID or client secret is wrong or was rotated." in text
    assert "&lt;i&gt;no&lt;/i&gt;" in text
    assert '<span class="bo-pill bo-danger"><bdi>Failed</bdi></span>' in text
    assert "amzn1.oa2-cs.v1.demo" not in text


@pytest.mark.parametrize(
    ("minutes", "words"), [(None, "Not pulled yet"), (2, "Pulled 2 minutes ago"), (60, "Pulled 1 hour ago")]
)
def test_the_list_says_how_fresh_each_account_is(manager: Client, minutes: int | None, words: str) -> None:
    account = make_account()
    if minutes is not None:
        account.pull_state.succeeded_at = NOW - timedelta(minutes=minutes)
        account.pull_state.save()

    assert words in manager.get(ACCOUNTS).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(manager: Client, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        make_account()

    with django_assert_num_queries(7):
        manager.get(ACCOUNTS)


def test_the_page_takes_a_constant_number_of_queries(manager: Client, django_assert_num_queries) -> None:
    account = make_account()
    for runs in (1, 3):
        SyncRun.objects.create(account=account, started_at=NOW + timedelta(minutes=runs))
        with django_assert_num_queries(14):
            manager.get(f"{ACCOUNTS}{account.pk}/change/")


def test_pull_now_rings_for_a_worker(manager: Client) -> None:
    account = make_account()

    text = manager.post(f"{ACCOUNTS}{account.pk}/pull/", follow=True).content.decode()

    assert "The orders are being pulled now." in text
    (job,) = OrmQ.objects.all()
    assert job.task["args"] == ("amazon_channel.tasks.pull_account", account.pk)


def test_testing_and_pulling_need_their_own_permission(sign_in: SignIn) -> None:
    account = make_account()
    client = sign_in("amazon_channel.view_selleraccount", "amazon_channel.change_selleraccount")

    assert client.post(f"{ACCOUNTS}{account.pk}/test/").status_code == 403
    assert client.post(f"{ACCOUNTS}{account.pk}/pull/").status_code == 403
    assert client.get(f"{ACCOUNTS}{account.pk}/pull/").status_code == 405
    assert client.get(f"{ACCOUNTS}add/").status_code == 403
    assert not OrmQ.objects.exists()


def test_whoever_may_only_view_cannot_change(sign_in: SignIn) -> None:
    account = make_account(name="Northwind")
    client = sign_in("amazon_channel.view_selleraccount")

    assert client.get(f"{ACCOUNTS}{account.pk}/change/").context["form"] is None
    assert change(client, account, name="Renamed").status_code == 403
    account.refresh_from_db()
    assert account.name == "Northwind"
