"""The commands of the sync: exact documents, exit codes, and no secret in what they print."""

import json
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connections
from django.utils import timezone

from amazon_channel.models import CancellationRequest, OrderSettings, PullState, SellerAccount, ShipmentConfirmation
from amazon_channel.services.leases import take_lease
from tests.amazon_channel.canceling import cancel
from tests.amazon_channel.shipping import ship
from tests.factories import make_account

pytestmark = pytest.mark.django_db

CANARIES = {
    "AMAZON_CLIENT_ID": "amzn1.application-oa2-client.canary",
    "AMAZON_CLIENT_SECRET": "amzn1.oa2-cs.v1.canary",
    "AMAZON_REFRESH_TOKEN": "Atzr|canary",
}
COUNTS = ("pages", "api_calls", "seen", "created", "updated", "unchanged", "problems", "commerce_orders_created")


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command as from a shell; its exit code and document."""
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's transaction is on one of them

    def run_command(name: str, *arguments: str) -> tuple[int, Any]:
        command = load_command_class(get_commands()[name], name)
        code = 0
        try:
            command.run_from_argv(["manage.py", name, *arguments, "--json"])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        assert "canary" not in out + err
        return code, json.loads(out)

    return run_command


def error_of(result):
    return result["error"] and result["error"]["code"]


def test_pull_prints_what_each_account_did(shop, run):
    shop.place()
    other = make_account()
    SellerAccount.objects.filter(pk=make_account().pk).update(is_active=False)

    code, (first, second) = run("pull_orders")

    cursor = shop.amazon.clock()["now"]
    assert code == 0
    assert first == {
        "account": shop.account.pk,
        "pages": 1,
        "api_calls": 1,
        "seen": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "problems": 0,
        "commerce_orders_created": 1,
        "cursor": cursor,
        "error": None,
    }
    assert (second["account"], second["created"], second["error"]) == (other.pk, 1, None)


@pytest.mark.parametrize("by", ["pk", "name"])
def test_pull_takes_one_account_by_id_or_name(shop, run, by):
    make_account()

    code, results = run("pull_orders", "--account", str(getattr(shop.account, by)))

    assert (code, [result["account"] for result in results]) == (0, [shop.account.pk])


@pytest.mark.parametrize(
    ("operation", "fault", "code"),
    [
        ("searchOrders", "html", "unavailable"),
        ("searchOrders", "throttle", "throttled"),
        ("searchOrders", "message", "access_denied"),
        ("searchOrders", "wrong_shape", "unreadable_reply"),
        ("token", "disconnect", "unreachable"),
    ],
)
def test_pull_that_fails_says_why_and_the_other_accounts_are_read(shop, run, operation, fault, code):
    make_account()
    shop.amazon.add_fault(operation, fault, nth=1)

    exit_code, (first, second) = run("pull_orders")

    assert (exit_code, error_of(first), error_of(second)) == (1, code, None)
    assert first["cursor"] is None
    assert second["pages"] == 1


def test_pull_of_an_account_that_is_being_read_fails(shop, run):
    shop.pull()
    take_lease(shop.account, now=timezone.now())

    code, (result,) = run("pull_orders")

    assert (code, error_of(result), [result[count] for count in COUNTS]) == (1, "running", [0] * 8)
    assert result["cursor"] == shop.amazon.clock()["now"]


def test_pull_that_the_budget_ends_says_when_it_goes_on(shop, run):
    shop.amazon.set_options(rate_scale=1)
    shop.pull()
    shop.amazon.create_orders(count=2000, status="UNSHIPPED", age_seconds=40 * 86_400, marketplace_id="ATVPDKIKX0DER")

    code, (result,) = run("pull_orders", "--since", "2026-01-01T00:00:00Z")

    assert (code, error_of(result), result["pages"]) == (1, "budget_empty", 16)
    assert result["error"]["goes_on_at"] > timezone.now().isoformat()


@pytest.mark.parametrize("account", ["No such shop", "999999", "9" * 40])
@pytest.mark.parametrize("command", ["pull_orders", "push_shipments", "push_cancellations"])
def test_an_unknown_account_is_refused_with_the_known_ones(amazon, account, command, run):
    known = make_account(name="Shop 1")

    code, document = run(command, "--account", account)

    assert (code, document["error"]["code"]) == (2, "account_unknown")
    assert document["error"]["detail"].endswith(f"Known: {known.pk} Shop 1.")
    assert amazon.log() == []


NO_MOMENTS = "yesterday", "2026-11-20T00:00:00", "2026-13-01T00:00:00Z", "", "1989-12-31T23:59:59Z"
BEYOND_THE_CALENDAR = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize("since", [*NO_MOMENTS, *BEYOND_THE_CALENDAR])
def test_pull_since_a_moment_that_is_none_is_a_wrong_argument(shop, run, since):
    code, document = run("pull_orders", "--since", since)

    assert (code, document["error"]["code"]) == (2, "wrong_arguments")
    assert shop.amazon.log() == []


def test_pull_since_a_moment_reads_from_there(shop, run):
    code, _results = run("pull_orders", "--since", "2026-11-01T02:00:00+02:00")

    (entry,) = shop.amazon.log(operation="searchOrders")
    assert (code, entry["query"]["lastUpdatedAfter"]) == (0, "2026-11-01T00:00:00Z")


def test_push_prints_what_was_sent(shop, run):
    order_ids = [shop.place() for _ in range(3)]
    shop.pull()
    assert run("push_shipments") == (
        0,
        {"sent": 0, "confirmed": 0, "retry_later": 0, "rejected": 0, "withdrawn": 0, "errors": [], "problems": []},
    )
    for order_id in order_ids:
        ship(order_id)
    refusal = {"status": 400, "code": "InvalidInput", "message": "No."}
    shop.amazon.add_fault("confirmShipment", "status", nth=1, args=refusal)
    shop.amazon.add_fault("confirmShipment", "html", nth=2)

    code, document = run("push_shipments", "--account", shop.account.name)

    (problem,) = document.pop("problems")
    assert problem.pop("order") in order_ids
    assert problem == {"code": "InvalidInput", "detail": "No."}
    assert (code, document) == (
        1,
        {"sent": 1, "confirmed": 0, "retry_later": 1, "rejected": 1, "withdrawn": 0, "errors": []},
    )


def test_push_that_cannot_reach_amazon_says_so(shop, run):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    shop.amazon.add_fault("confirmShipment", "message")

    assert run("push_shipments") == (
        1,
        {
            "sent": 0,
            "confirmed": 0,
            "retry_later": 1,
            "rejected": 0,
            "withdrawn": 0,
            "errors": [{"code": "access_denied", "detail": "Forbidden"}],
            "problems": [],
        },
    )
    assert ShipmentConfirmation.objects.get().state == "waiting"


def test_push_of_cancellations_prints_what_was_sent_and_answered(shop, run):
    order_ids = [shop.place() for _ in range(2)]
    shop.pull()
    nothing = {"sent": 0, "accepted": 0, "refused": 0, "retry_later": 0, "errors": []}
    assert run("push_cancellations") == (0, nothing)
    for order_id in order_ids:
        cancel(order_id)
    shop.amazon.act(order_ids[0], "unfulfillable")

    assert run("push_cancellations", "--account", shop.account.name) == (0, nothing | {"sent": 2})
    CancellationRequest.objects.update(not_before=timezone.now())
    assert run("push_cancellations") == (1, nothing | {"accepted": 1, "refused": 1})

    cancel(order_ids[0])
    shop.amazon.add_fault("createFeed", "throttle")
    code, document = run("push_cancellations")
    assert (code, document["retry_later"], document["errors"][0]["code"]) == (1, 1, "throttled")


@pytest.fixture
def canaries(monkeypatch):
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, f" {value} ")


ADD = ("--name", "Shop 1", "--region", "na", "--marketplaces", "ATVPDKIKX0DER, A2EUQ1WTGCTBG2")


def test_an_account_is_connected_with_credentials_from_the_environment(db, run, canaries):
    code, document = run("add_amazon_account", *ADD)

    account = SellerAccount.objects.get()
    assert (code, document) == (0, {"account": account.pk})
    assert account.marketplaces == ["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"]
    assert account.time_zone == "America/Los_Angeles"
    assert list(account.encrypted_credentials.values()) == list(CANARIES.values())
    assert OrderSettings.objects.get().account == PullState.objects.get().account == account


@pytest.mark.parametrize("missing", CANARIES)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_account_without_all_credentials_is_refused(db, run, canaries, monkeypatch, missing, value):
    monkeypatch.delenv(missing) if value is None else monkeypatch.setenv(missing, value)

    code, document = run("add_amazon_account", *ADD)

    assert (code, document["error"]) == (
        1,
        {"code": "credentials_missing", "detail": f"Set in the environment: {missing}."},
    )
    assert not SellerAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "exit_code", "error_code"),
    [
        ({"--region": "mars"}, 2, "wrong_arguments"),
        ({"--name": "  "}, 2, "name_invalid"),
        ({"--marketplaces": "A1PA6795UKMFR9"}, 2, "marketplaces_invalid"),
        ({"--marketplaces": "ATVPDKIKX0DER,nowhere"}, 2, "marketplaces_invalid"),
        ({"--marketplaces": ","}, 2, "marketplaces_invalid"),
    ],
)
def test_a_wrong_account_is_refused_and_not_stored(db, run, canaries, changes, exit_code, error_code):
    arguments = dict(zip(ADD[::2], ADD[1::2], strict=True)) | changes

    code, document = run("add_amazon_account", *(part for pair in arguments.items() for part in pair))

    assert (code, document["error"]["code"]) == (exit_code, error_code)
    assert not SellerAccount.objects.exists()


def test_credentials_are_no_arguments(db, run, canaries):
    code, document = run("add_amazon_account", *ADD, "--refresh-token", "x")

    assert (code, document["error"]["code"]) == (2, "wrong_arguments")


def test_a_name_is_given_once(db, run, canaries):
    make_account(name="Shop 1")

    code, document = run("add_amazon_account", *ADD)

    assert (code, document["error"]["code"], SellerAccount.objects.count()) == (1, "name_invalid", 1)


@pytest.mark.parametrize(("token", "stored"), [("A1DEMOSELLER00", "A1DEMOSELLER00"), (None, ""), ("a-b", None)])
def test_the_merchant_token_may_stand_in_the_environment(db, run, canaries, monkeypatch, token, stored):
    if token:
        monkeypatch.setenv("AMAZON_MERCHANT_TOKEN", f" {token} ")

    code, document = run("add_amazon_account", *ADD)

    if stored is None:
        assert (code, document["error"]["code"]) == (1, "merchant_token_invalid")
        assert not SellerAccount.objects.exists()
    else:
        assert (code, SellerAccount.objects.get().merchant_token) == (0, stored)
