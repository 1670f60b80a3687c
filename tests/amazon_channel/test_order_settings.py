import json
import logging

import pytest
from django.core.management import call_command

from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import OrderSettingsRefused, allowed_values, change_order_settings
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "import_orders": "enabled",
    "customer_creation": "guest",
    "order_number_source": "commerce",
    "new_order_status": "processing",
    "fba_orders": "create",
    "reserve_pending_stock": "yes",
    "unknown_sku": "import",
}
OTHERS = {
    "import_orders": "disabled",
    "customer_creation": "create",
    "order_number_source": "amazon",
    "new_order_status": "pending",
    "fba_orders": "ignore",
    "reserve_pending_stock": "no",
    "unknown_sku": "hold",
}


def test_settings_have_two_values_each_the_default_first() -> None:
    assert {key: allowed_values(key) for key in OrderSettings.KEYS} == {
        key: [DEFAULTS[key], OTHERS[key]] for key in DEFAULTS
    }
    assert make_account().order_settings.as_json() == DEFAULTS


def test_settings_are_changed_for_one_account_and_logged(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks
) -> None:
    account, other = make_account(), make_account()
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        settings = change_order_settings(
            account=account, changes={"unknown_sku": "hold", "fba_orders": "create"}, actor="ada", now=NOW
        )
    assert settings.as_json() == DEFAULTS | {"unknown_sku": "hold"}
    assert OrderSettings.objects.get(account=account).as_json() == DEFAULTS | {"unknown_sku": "hold"}
    assert OrderSettings.objects.get(account=other).as_json() == DEFAULTS
    assert caplog.messages == [
        f"2026-11-20T12:00:00+00:00: ada changed unknown_sku of account {account.pk} from import to hold"
    ]


def test_settings_with_anything_wrong_change_nothing() -> None:
    account = make_account()
    changes = {"unknown_sku": "hold", "fba_orders": "maybe", "colour": "blue"}
    with pytest.raises(OrderSettingsRefused) as refusal:
        change_order_settings(account=account, changes=changes, actor="ada", now=NOW)
    assert refusal.value.fields == {
        "fba_orders": "fba_orders cannot be maybe. Choose from: create, ignore.",
        "colour": f"There is no setting colour. Choose from: {', '.join(DEFAULTS)}.",
    }
    assert OrderSettings.objects.get().as_json() == DEFAULTS


def test_order_settings_command_shows_and_changes(capsys: pytest.CaptureFixture[str]) -> None:
    account = make_account(name="Shop 1")
    call_command("order_settings", str(account.pk), "--json")
    assert json.loads(capsys.readouterr().out) == DEFAULTS
    every = [f"{key}={value}" for key, value in OTHERS.items()]
    call_command("order_settings", "Shop 1", "--set", *every[:3], "--set", *every[3:], "--json")
    assert json.loads(capsys.readouterr().out) == OTHERS
    assert OrderSettings.objects.get().as_json() == OTHERS
    call_command("order_settings", "Shop 1")
    assert capsys.readouterr().out.splitlines() == every


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["Shop 2"], "account_unknown"),
        (["Shop 1", "--set", "colour=blue"], "invalid"),
        (["Shop 1", "--set", "unknown_sku=hold", "fba_orders="], "invalid"),
        (["Shop 1", "--set", "unknown_sku=hold", "unknown_sku=import"], "setting_given_twice"),
    ],
)
def test_order_settings_command_refuses_and_changes_nothing(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(name="Shop 1")
    with pytest.raises(SystemExit) as end:
        call_command("order_settings", *arguments, "--json")
    assert end.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert OrderSettings.objects.get().as_json() == DEFAULTS
