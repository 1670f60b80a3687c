from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from django_q.models import OrmQ

from amazon_channel.admin.connection_words import ADVICE, MEANINGS
from amazon_channel.models import ConnectionTest, SellerAccount
from amazon_channel.models.connection_tests import Step
from amazon_channel.tasks import test_connection as do_test
from tests.amazon import Shop
from tests.amazon_channel.admin.test_accounts import MANAGE, NEW
from tests.factories import make_account
from tests.staff import SignIn

ACCOUNTS = "/admin/amazon_channel/selleraccount/"


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in(*MANAGE)


def steps(response: Any) -> list[str]:
    return [strip_tags(step.state) for step in response.context["steps"]]


def test_each_step_says_what_it_means_and_each_code_what_to_do() -> None:
    assert set(MEANINGS) == set(Step)
    assert all(str(words) for words in ADVICE.values())


def test_connecting_leads_to_the_tested_steps(manager: Client, amazon: Any) -> None:
    response = manager.post(
        f"{ACCOUNTS}add/",
        NEW | {"client_id": "amzn1.application-oa2-client.demo", "client_secret": "amzn1.oa2-cs.v1.demo"},
        follow=True,
    )
    account = SellerAccount.objects.get()
    address = f"{ACCOUNTS}{account.pk}/connection/"
    assert response.redirect_chain[-1][0] == address
    assert steps(response) == ["Being tried", *["Not tried"] * 5]
    assert response.context["reload_seconds"] == 2
    assert amazon.log() == []  # nothing is asked of Amazon while somebody waits for a page

    do_test(account.pk)

    response = manager.get(address)
    assert steps(response) == ["Works", "Does not work", *["Not tried"] * 4]
    text = response.content.decode()
    assert "The refresh token is mistyped, or the seller has revoked the authorization." in text
    assert response.context["reload_seconds"] == 0


def test_a_revoked_account_is_renewed_on_the_same_page(manager: Client, shop: Shop) -> None:
    shop.place()
    account = shop.account
    good = account.credentials
    address = f"{ACCOUNTS}{account.pk}/connection/"
    SellerAccount.objects.update(error_code="authorization_revoked", error_detail="invalid_grant")
    assert address in manager.get(f"{ACCOUNTS}{account.pk}/change/").content.decode()

    response = manager.post(address, {"refresh_token": "Atzr|wrong"}, follow=True)
    assert "Atzr|wrong" not in response.content.decode()
    do_test(account.pk)
    assert steps(manager.get(address))[1] == "Does not work"

    manager.post(address, {"refresh_token": good.refresh_token})
    do_test(account.pk)
    response = manager.get(address)
    assert steps(response) == ["Works"] * 6
    assert "The connection works." in response.content.decode()
    account.refresh_from_db()
    assert (account.error_code, account.credentials) == ("", good)


def test_nothing_entered_is_no_renewal(manager: Client) -> None:
    account = make_account()

    response = manager.post(f"{ACCOUNTS}{account.pk}/connection/", {"refresh_token": ""})

    assert response.context["form"].non_field_errors() == ["Enter at least one new value."]
    assert not ConnectionTest.objects.exists()


def test_a_test_is_asked_for_and_the_page_can_be_left(manager: Client) -> None:
    account = make_account()

    response = manager.post(f"{ACCOUNTS}{account.pk}/test/", follow=True)

    assert "This runs in the background; you can leave this page." in response.content.decode()
    assert [job.task["args"] for job in OrmQ.objects.all()] == [("amazon_channel.tasks.test_connection", account.pk)]
    assert ConnectionTest.objects.get().asked_by == "dana"


def test_amazons_words_cannot_break_the_page(manager: Client) -> None:
    account = make_account()
    entry = {"step": "orders", "result": "failed", "code": "InvalidInput", "detail": "<b>no</b>", "facts": {}}
    ConnectionTest.objects.create(account=account, asked_by="x", asked_at="2026-11-20T12:00Z", results=[entry])

    assert "&lt;b&gt;no&lt;/b&gt;" in manager.get(f"{ACCOUNTS}{account.pk}/connection/").content.decode()


def test_each_way_needs_its_permission(sign_in: SignIn) -> None:
    account = make_account()
    address = f"{ACCOUNTS}{account.pk}/connection/"
    viewer = sign_in("amazon_channel.view_selleraccount")

    response = viewer.get(address)
    assert response.context["form"] is None
    assert viewer.post(address, {"refresh_token": "x"}).status_code == 403
    assert viewer.post(f"{ACCOUNTS}{account.pk}/test/").status_code == 403
    assert sign_in(username="erik").get(address).status_code == 403
    assert not ConnectionTest.objects.exists()
