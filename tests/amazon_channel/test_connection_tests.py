"""Each step of a connection against the simulated Amazon, and each failure that the Selling Partner API knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django_q.models import OrmQ

from amazon_channel.models import AmazonOrder, ConnectionTest, SellerAccount
from amazon_channel.services.connection_tests import (
    TestRunning,
    accounts_to_test,
    ask_for_test,
    run_test,
)
from amazon_channel.tasks import test_connection as do_test
from tests.amazon import Shop
from tests.factories import NOW

STEPS = ["application", "authorisation", "region", "marketplaces", "orders", "personal_data"]
CANADA = "A2EUQ1WTGCTBG2"


def tried(shop: Shop, **columns: Any) -> dict[str, tuple[str, str]]:
    """Result and code by step, of a test now; ``columns`` change the account first."""
    for name, value in columns.items():
        setattr(shop.account, name, value)
    shop.account.save()
    ask_for_test(account=shop.account, asked_by="dana", now=NOW)
    test = run_test(account=SellerAccount.objects.get(), clock=lambda: NOW)
    assert test == ConnectionTest.objects.get()
    assert test.finished_at == NOW
    return {entry["step"]: (entry["result"], entry["code"]) for entry in test.results}


def test_a_good_connection_passes_every_step_and_stores_no_order(shop: Shop) -> None:
    shop.place()

    assert tried(shop) == dict.fromkeys(STEPS, ("passed", ""))
    test = ConnectionTest.objects.get()
    assert test.has_passed
    assert test.result_of("orders")["facts"] == {"orders": 1}  # type: ignore[index]
    assert CANADA in test.result_of("marketplaces")["facts"]["more"]  # type: ignore[index]
    assert AmazonOrder.objects.count() == 0


def test_without_an_order_of_ones_own_nothing_is_said_of_addresses(shop: Shop) -> None:
    shop.place(fulfilled_by="AMAZON", status="SHIPPED")

    assert tried(shop)["personal_data"] == ("unknown", "no_order_to_tell_by")
    assert ConnectionTest.objects.get().has_passed


@pytest.mark.parametrize(
    ("changed", "step", "code"),
    [
        ({"client_secret": "rotated"}, "application", "client_credentials_wrong"),
        ({"client_id": "mistyped"}, "application", "client_credentials_wrong"),
        ({"refresh_token": "Atzr|mistyped"}, "authorisation", "authorization_revoked"),
    ],
)
def test_credentials_that_are_wrong_stop_the_test_at_their_step(
    shop: Shop, changed: dict[str, str], step: str, code: str
) -> None:
    results = tried(shop, credentials=replace(shop.account.credentials, **changed))

    assert list(results) == STEPS[: STEPS.index(step) + 1]
    assert results[step] == ("failed", code)
    assert not ConnectionTest.objects.get().has_passed
    assert SellerAccount.objects.get().error_code == code


def test_an_error_is_over_when_the_renewed_credentials_pass(shop: Shop) -> None:
    good = shop.account.credentials
    tried(shop, credentials=replace(good, refresh_token="Atzr|revoked"))
    shop.account.refresh_from_db()

    tried(shop, credentials=good)

    assert SellerAccount.objects.get().error_code == ""


def test_a_seller_of_another_region_is_told_so(shop: Shop) -> None:
    shop.amazon.add_seller(id="A2", refresh_token="Atzr|two", marketplace_ids=["A1PA6795UKMFR9"])
    results = tried(shop, credentials=replace(shop.account.credentials, refresh_token="Atzr|two"))

    assert results["region"] == ("failed", "sells_elsewhere")


def test_marketplaces_that_the_seller_has_not_are_named(shop: Shop) -> None:
    shop.amazon.add_seller(id="A2", refresh_token="Atzr|two", marketplace_ids=["ATVPDKIKX0DER"])
    results = tried(
        shop,
        credentials=replace(shop.account.credentials, refresh_token="Atzr|two"),
        marketplaces=["ATVPDKIKX0DER", CANADA],
    )

    assert results["marketplaces"] == ("failed", "not_sold_in")
    assert ConnectionTest.objects.get().result_of("marketplaces")["facts"]["wrong"] == [CANADA]  # type: ignore[index]


def test_a_missing_role_for_addresses_is_noticed(shop: Shop) -> None:
    shop.amazon.set_options(roles=["inventory_and_order_tracking"])
    shop.place()

    assert tried(shop)["personal_data"] == ("failed", "role_missing")


@pytest.mark.parametrize(
    ("operation", "fault", "step", "expected"),
    [
        ("token", {"kind": "status", "args": {"status": 503}}, "application", ("unknown", "unavailable")),
        ("token", {"kind": "not_json"}, "application", ("unknown", "unavailable")),
        (
            "getMarketplaceParticipations",
            {"kind": "status", "args": {"status": 403}},
            "region",
            ("failed", "access_denied"),
        ),
        ("getMarketplaceParticipations", {"kind": "throttle"}, "region", ("unknown", "throttled")),
        ("getMarketplaceParticipations", {"kind": "html"}, "region", ("unknown", "unavailable")),
        ("searchOrders", {"kind": "status", "args": {"status": 403}}, "orders", ("failed", "access_denied")),
        ("searchOrders", {"kind": "throttle"}, "orders", ("unknown", "throttled")),
        ("searchOrders", {"kind": "empty"}, "orders", ("failed", "unreadable_reply")),
        ("searchOrders", {"kind": "redirect"}, "orders", ("failed", "redirected")),
        ("searchOrders", {"kind": "disconnect"}, "orders", ("unknown", "unreachable")),
    ],
)
def test_what_amazon_answers_is_told_from_what_passes_by_itself(
    shop: Shop, operation: str, fault: dict[str, Any], step: str, expected: tuple[str, str]
) -> None:
    shop.amazon.add_fault(operation, **fault)

    results = tried(shop)

    assert list(results)[-1] == step
    assert results[step] == expected
    assert SellerAccount.objects.get().error_code == expected[1]


def test_a_test_is_done_by_one_worker_once(shop: Shop) -> None:
    ask_for_test(account=shop.account, asked_by="dana", now=NOW)
    assert [job.task["args"] for job in OrmQ.objects.all()] == [
        ("amazon_channel.tasks.test_connection", shop.account.pk)
    ]
    run_test(account=shop.account, clock=lambda: NOW)
    shop.amazon.clear_log()

    with pytest.raises(TestRunning):
        run_test(account=shop.account, clock=lambda: NOW)
    do_test(shop.account.pk)  # a job that is delivered twice

    assert shop.amazon.log() == []


def test_a_test_whose_worker_died_is_found_again(shop: Shop) -> None:
    ask_for_test(account=shop.account, asked_by="dana", now=NOW)
    assert accounts_to_test(NOW) == [shop.account.pk]
    ConnectionTest.objects.update(started_at=NOW)
    assert accounts_to_test(NOW + timedelta(minutes=5)) == []
    assert accounts_to_test(NOW + timedelta(minutes=7)) == [shop.account.pk]


def test_a_test_asked_for_anew_is_left_to_its_own_worker(shop: Shop) -> None:
    """Credentials were renewed while a worker tried the old ones: what he finds must not stand as the answer."""
    ask_for_test(account=shop.account, asked_by="dana", now=NOW)
    moments = iter([NOW])

    def clock() -> Any:
        if moment := next(moments, None):
            return moment
        ask_for_test(account=shop.account, asked_by="erik", now=NOW + timedelta(seconds=5))
        return NOW + timedelta(seconds=6)

    with pytest.raises(TestRunning):
        run_test(account=shop.account, clock=clock)

    test = ConnectionTest.objects.get()
    assert (test.asked_by, test.results, test.is_running) == ("erik", [], True)
