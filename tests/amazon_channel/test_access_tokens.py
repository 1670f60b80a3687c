"""One access token per seller, shared by all workers, encrypted, and given up as soon as it is not good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonTransient
from amazon_channel.models import AccessToken, SellerAccount
from amazon_channel.services import access_tokens
from amazon_channel.services.access_tokens import SharedToken, open_gateway
from amazon_channel.services.accounts import change_account
from amazon_channel.simulator import CLIENT_ID, CLIENT_SECRET
from tests.amazon_channel.gateways import WINDOW
from tests.amazon_channel.pulling import DONE, FAILED
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db


def token_calls(shop):
    return len(shop.amazon.log(operation="token"))


def search(shop, **options):
    account = SellerAccount.objects.get(pk=shop.account.pk)
    return open_gateway(account, **options).search_orders(WINDOW)


def stored_bytes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT encrypted_token FROM amazon_channel_accesstoken")
        return bytes(cursor.fetchone()[0])


def test_runs_within_fifty_minutes_share_a_token(shop):
    shop.amazon.set_options(token_lifetime_seconds=3600)
    for minutes in (0, 25, 50):
        shop.pull(clock=shop.later(minutes=minutes))
    assert token_calls(shop) == 1

    shop.pull(clock=shop.later(minutes=56))

    assert token_calls(shop) == 2


def test_the_token_stands_encrypted(shop):
    search(shop)

    row = AccessToken.objects.get()
    token = row.encrypted_token["access_token"]
    assert token.startswith("Atza|")
    assert token.encode() not in stored_bytes()
    assert token not in repr(SharedToken(shop.account, clock=timezone.now).find(None))
    assert row.asked_until is None


def test_calls_of_one_run_need_no_query(shop, django_assert_num_queries):
    gateway = open_gateway(shop.account)
    gateway.search_orders(WINDOW)

    with django_assert_num_queries(0):
        gateway.search_orders(WINDOW)


def test_sellers_have_tokens_of_their_own(shop):
    other = make_account()

    search(shop)
    open_gateway(other).search_orders(WINDOW)

    assert AccessToken.objects.count() == token_calls(shop) == 2


def test_a_changed_secret_is_not_served_the_former_ones_token(shop):
    search(shop)
    changed = replace(shop.account.credentials, client_secret="amzn1.oa2-cs.v1.other")
    change_account(account=shop.account, credentials=changed, now=NOW)

    with pytest.raises(AmazonMisconfigured) as refused:
        search(shop)

    assert refused.value.code == "client_credentials_wrong"
    shop.amazon.add_seller(client_id=CLIENT_ID, client_secret="amzn1.oa2-cs.v1.other")
    assert search(shop).orders == []


@pytest.mark.parametrize("fault", ["expire_token", "revoke"])
def test_a_token_that_amazon_no_longer_takes_is_replaced_once(shop, fault):
    search(shop)
    shop.amazon.add_fault("searchOrders", fault, nth=1)
    shop.amazon.clear_log()

    assert search(shop).orders == []
    assert [entry["operation"] for entry in shop.amazon.log()] == ["searchOrders", "token", "searchOrders"]
    assert search(shop).orders == []
    assert token_calls(shop) == 1


def test_a_token_that_another_worker_replaced_stays(shop):
    search(shop)
    slow = SharedToken(shop.account, clock=timezone.now)
    slow.find(None)
    shop.amazon.add_fault("searchOrders", "revoke", nth=1)
    search(shop)
    newer = AccessToken.objects.get().encrypted_token

    slow.forget()

    assert AccessToken.objects.get().encrypted_token == newer


def test_a_seller_that_is_shut_out_is_not_asked_for_tokens_again_and_again(shop):
    shop.amazon.add_fault("searchOrders", "revoke")
    for minutes in range(0, 60, 15):
        assert shop.pull(clock=shop.later(minutes=minutes)).error_code == "access_denied"

    assert token_calls(shop) <= 5


@pytest.mark.parametrize("times", [1, 2])
def test_a_login_that_fails_locks_nobody_out(shop, times):
    """Row 15: the refresh fails twice."""
    shop.amazon.add_fault("token", "status", times=times, args={"status": 500})
    for _ in range(times):
        assert shop.pull().error_code == "unavailable"

    assert shop.pull().outcome == DONE


def test_a_new_refresh_token_is_kept_encrypted_and_used(shop):
    """Row 15: Amazon rotates the refresh token, and takes the old one no more."""
    renewed = {"access_token": "Atza|new", "expires_in": 0, "refresh_token": "Atzr|rotated"}
    shop.amazon.add_fault("token", "wrong_shape", nth=1, args={"json": renewed})
    with pytest.raises(AmazonMisconfigured):
        search(shop)

    account = SellerAccount.objects.get(pk=shop.account.pk)
    assert account.credentials == replace(shop.account.credentials, refresh_token="Atzr|rotated")
    with connection.cursor() as cursor:
        cursor.execute("SELECT encrypted_credentials FROM amazon_channel_selleraccount")
        assert b"Atzr|rotated" not in bytes(cursor.fetchone()[0])
    shop.amazon.add_seller(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token="Atzr|rotated")
    assert search(shop).orders == []


def test_what_staff_entered_meanwhile_is_not_overwritten(shop):
    def ask(credentials):
        change_account(account=shop.account, credentials=replace(credentials, refresh_token="Atzr|entered"), now=NOW)
        return access_tokens.Token(access_token="Atza|x", seconds=60, refresh_token="Atzr|rotated")

    SharedToken(SellerAccount.objects.get(), clock=timezone.now).find(ask)

    assert SellerAccount.objects.get().credentials.refresh_token == "Atzr|entered"


def test_an_answer_that_another_worker_waits_for_is_waited_for_shortly(shop, monkeypatch):
    looks = []
    monkeypatch.setattr(access_tokens.time, "sleep", looks.append)
    AccessToken.objects.create(account=shop.account, asked_until=timezone.now() + timedelta(minutes=1))

    with pytest.raises(AmazonTransient) as waited:
        search(shop)

    assert (waited.value.code, token_calls(shop)) == ("timeout", 0)
    assert sum(looks) == pytest.approx(5)
    assert search(shop, clock=shop.later(minutes=2)).orders == []  # whoever asked is given up


def test_a_proxy_that_says_no_is_not_wrong_credentials(shop):
    for body in ("<html>Forbidden</html>", '{"message": "Forbidden"}'):
        shop.amazon.add_fault("token", "not_json", nth=1, args={"status": 403, "body": body})

        run = shop.pull()

        assert (run.outcome, run.error_code, run.api_calls) == (FAILED, "unavailable", 0)
    assert shop.pull().outcome == DONE


def test_a_token_whose_key_is_gone_is_asked_for_anew(shop, settings):
    search(shop)
    AccessToken.objects.update(encrypted_token={"access_token": "x"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE amazon_channel_accesstoken SET encrypted_token = %s", [b"\x01gone" + b"0" * 40])

    assert search(shop).orders == []
    assert token_calls(shop) == 2
