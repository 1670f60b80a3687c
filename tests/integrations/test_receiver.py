"""The example receiver, by itself."""

import json
import runpy
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.integrations.conftest import EXAMPLES, wait_until

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def example():
    return SimpleNamespace(**runpy.run_path(str(EXAMPLES / "receiver.py")))


@pytest.fixture
def inbox(example, tmp_path):
    return example.Inbox(str(tmp_path / "inbox.sqlite3"))


@pytest.fixture
def address(example, inbox):
    with example.listen(0, SECRET, inbox.take) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def message(*, version=1, status="processing"):
    return json.dumps({"type": "order.updated", "data": {"number": "100000001", "version": version, "status": status}})


def send(address, body, *, message_id="msg_1", secret=SECRET, at=None):
    at = at or datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }
    return httpx.post(address, content=body, headers=headers).status_code


def kept(inbox):
    return inbox.run("SELECT id, handled FROM messages ORDER BY rowid")


def test_a_message_that_comes_twice_is_kept_once(address, inbox):
    assert [send(address, message()), send(address, message())] == [204, 204]

    assert kept(inbox) == [("msg_1", 0)]


@pytest.mark.parametrize(
    ("body", "options", "status"),
    [
        (message(), {"secret": "whsec_" + "A" * 32}, 401),
        (message(), {"at": datetime.now(UTC) - timedelta(minutes=6)}, 401),
        ("no JSON", {}, 401),
        (" " * 100_001, {}, 413),
    ],
)
def test_what_is_not_ours_is_turned_away(address, inbox, body, options, status):
    assert send(address, body, **options) == status

    assert kept(inbox) == []


def test_a_message_without_a_signature_is_turned_away(address, inbox):
    assert httpx.post(address, content=message()).status_code == 401
    assert kept(inbox) == []


def test_an_older_version_does_not_overwrite_a_newer_one(inbox, capsys):
    for version, status in ((2, "complete"), (1, "processing")):
        inbox.handle(json.loads(message(version=version, status=status)))

    assert inbox.run("SELECT * FROM orders") == [("100000001", 2, "complete")]
    assert capsys.readouterr().out.count("order.updated") == 2


def test_what_was_kept_before_a_stop_is_worked_on_after_it(example, inbox, tmp_path, capsys):
    inbox.take("msg_1", json.loads(message()))

    again = example.Inbox(str(tmp_path / "inbox.sqlite3"))
    threading.Thread(target=again.work_for_ever, daemon=True).start()

    wait_until(lambda: kept(inbox) == [("msg_1", 1)])
    assert inbox.run("SELECT * FROM orders") == [("100000001", 1, "processing")]
