"""What all our commands promise to scripts: 2 for wrong arguments, one sentence, and with --json one JSON document."""

import json

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db import connections

from tests.factories import make_account

OURS = ("project", "customers", "commerce_orders", "amazon_channel")
ADD = ["--name=Shop", "--region=na"]
WRONG = [
    ("add_amazon_account", [], "required"),
    ("add_amazon_account", [*ADD, "--marketplaces=nowhere"], "Choose marketplaces of this region"),
    ("add_amazon_account", ["--name= ", "--region=na", "--marketplaces=ATVPDKIKX0DER"], "Enter a name"),
    ("add_amazon_account", ["--name=Shop", "--region=mars", "--marketplaces=ATVPDKIKX0DER"], "invalid choice"),
    ("amazon_simulator", ["--port=99999999"], "from 0 to 65535"),
    ("amazon_simulator", ["--port=1", "--host=0.0.0.0"], "--allow-remote"),
    ("amazon_simulator", ["--port=1", "--not-before=noon"], "RFC 3339"),
    ("count_days", ["--account=99"], "There is no account"),
    ("count_days", ["--since=today"], "is no day such as 2026-11-01"),
    ("create_api_token", ["--name=ERP", "--scopes=nope"], "There is no scope nope. Choose from: orders:read"),
    ("create_api_token", ["--name=ERP", "--scopes=,"], "Give at least one scope"),
    ("create_api_token", ["--name=", "--scopes=orders:read"], "1 to 80 characters"),
    ("create_api_token", ["--name=ERP", "--scopes=orders:read", "--expires-in-days=0"], "from 1 to 3650"),
    ("demo", ["now"], "unrecognized arguments: now"),
    ("import_products", [], "required"),
    ("import_products", ["/nowhere.csv"], "there is no file"),
    (
        "order_settings",
        ["Shop 1", "--set", "unknown_sku=wrong"],
        "unknown_sku cannot be wrong. Choose from: import, hold",
    ),
    ("list_api_tokens", ["all"], "unrecognized arguments: all"),
    ("order_settings", ["Shop 1", "--set", "colour=blue"], "There is no setting colour"),
    ("order_settings", ["Shop 1", "--set", "unknown_sku"], "is not KEY=VALUE"),
    ("order_settings", ["Shop 2"], "There is no account “Shop 2”"),
    ("pull_orders", ["--account=99"], "There is no account “99”"),
    ("pull_orders", ["--since=yesterday"], "no ISO 8601 time"),
    ("pull_orders", ["--since=2999-01-01T00:00:00Z"], "in the future"),
    ("push_cancellations", ["--account=99"], "There is no account"),
    ("push_shipments", ["--account=99"], "There is no account"),
    ("reconcile_orders", ["--account=99"], "There is no account"),
    ("reconcile_orders", ["--account=1", "--days=0"], "choose from 1 to 730 days"),
    ("retry_problems", ["--reason=boredom"], "There is no reason “boredom”"),
    ("retry_problems", ["--account=99"], "There is no account"),
    ("revoke_api_token", ["--name=ERP"], "There is no token with the name ERP"),
    ("rotate_field_keys", ["all"], "unrecognized arguments: all"),
    ("translations", ["--language=tlh"], "invalid choice"),
]


@pytest.fixture
def run(db, capsys, monkeypatch):
    """Run a command as from a shell: its exit code, standard output and standard error."""
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's transaction is on one of them
    for variable in ("AMAZON_CLIENT_ID", "AMAZON_CLIENT_SECRET", "AMAZON_REFRESH_TOKEN"):
        monkeypatch.setenv(variable, "amzn1.application-oa2-client.x")
    make_account(name="Shop 1")

    def run(name, *arguments):
        with pytest.raises(SystemExit) as end:
            load_command_class(get_commands()[name], name).run_from_argv(["manage.py", name, *arguments])
        return end.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(("name", "arguments", "words"), WRONG)
def test_wrong_arguments_are_exit_code_2_and_one_sentence(run, name, arguments, words):
    code, out, err = run(name, *arguments, "--no-color")
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert "Traceback" not in err

    code, out, err = run(name, *arguments, "--json")
    assert (code, err) == (2, "")
    assert json.loads(out).keys() == {"error"}
    assert words in json.loads(out)["error"]["detail"]


def test_every_command_of_ours_is_tried():
    ours = {name for name, app in get_commands().items() if app in OURS and apps.is_installed(app)}
    assert {name for name, _arguments, _words in WRONG} == ours


def test_a_port_that_cannot_be_read_stops_the_demo_with_one_sentence(run, monkeypatch):
    monkeypatch.setenv("PORT", "front door")
    code, out, err = run("demo", "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["error"]["code"] == "environment_unreadable"
    assert json.loads(out)["error"]["detail"].startswith("The environment variable PORT cannot be read")
