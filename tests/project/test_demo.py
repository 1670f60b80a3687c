import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User

from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import Credentials
from amazon_channel.services.accounts import connect_account
from amazon_channel.simulator import CLIENT_ID
from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import find_token
from project.demo import processes
from project.demo.preparation import RealAccountsPresent, prepare_demo
from project.demo.processes import Processes, ProcessFailed
from tests.factories import NOW, US


@pytest.fixture
def groups(db):
    return [Group.objects.get_or_create(name=name)[0] for name in ("Order desk", "Warehouse")]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_demo(folder, **environment):
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--json"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
            "DEMO_FOLDER": str(folder),
            "DEMO_PASSWORD": "demo-password",
        }
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(address, *, token=None, body=None):
    """The status and the JSON, or text, of the reply."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=10) as reply:
            status, text = reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, json.loads(text) if text.startswith("{") else text


def wait_until(is_so, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def process_table():
    """Parent by process, of all that run."""
    rows = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(map(int, rows[::2]), map(int, rows[1::2]), strict=True))


def running_now():
    return set(process_table())


def children_of(pid):
    parents = process_table()
    found, unseen = set(), {pid}
    while unseen:
        unseen = {child for child, parent in parents.items() if parent in unseen} - found
        found |= unseen
    return found


def command_of(pid):
    rows = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return rows.stdout


def statuses_at_amazon(amazon, *, until):
    orders = call(f"{amazon}/_sim/orders?limit=1000")[1]["orders"]
    return {
        order["orderId"]: order["fulfillment"]["fulfillmentStatus"]
        for order in orders
        if order["lastUpdatedTime"] <= until
    }


def test_a_killed_demo_goes_on_where_it_was_and_leaves_nothing_running(tmp_path):
    ports = {"PORT": str(free_port()), "SIMULATOR_PORT": str(free_port())}
    orders = f"http://127.0.0.1:{ports['PORT']}/api/v1/amazon/orders/?include_pending=true&page_size=500"

    def read_to():
        """What every account has been read to, as Amazon writes it."""
        with contextlib.closing(sqlite3.connect(tmp_path / "demo.sqlite3", timeout=20)) as database:
            [cursor] = database.execute("SELECT min(cursor) FROM amazon_channel_pullstate").fetchone()
        return f"{cursor.replace(' ', 'T'):.23}Z"

    demo = start_demo(tmp_path, **ports)
    ready = json.loads(demo.stdout.readline())
    assert ready["address"] == f"http://127.0.0.1:{ports['PORT']}/admin/"
    assert (ready["user"], ready["password"]) == ("demo", "demo-password")
    assert call(f"{ready['address']}login/")[0] == 200
    assert call(f"http://127.0.0.1:{ports['PORT']}/readyz")[0] == 200
    second = start_demo(tmp_path, **ports)
    refusal, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert json.loads(refusal)["error"]["code"] == "port_in_use"
    assert ports["PORT"] in json.loads(refusal)["error"]["detail"]
    # Amazon's clock gets ahead of ours, as in a demo that has run for hours; nothing happens in between.
    call(f"{ready['amazon']}/_sim/options", body={"life": False})
    ahead = call(f"{ready['amazon']}/_sim/clock", body={"advance_seconds": 86_400})[1]["now"]
    call(f"{ready['amazon']}/_sim/options", body={"life": True})
    wait_until(lambda: read_to() > ahead)
    known = statuses_at_amazon(ready["amazon"], until=ahead)

    family = children_of(demo.pid)
    assert len(family) >= 6
    for pid in (demo.pid, *family):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    demo.communicate(timeout=60)
    demo = start_demo(tmp_path, **ports)
    ready = json.loads(demo.stdout.readline())

    assert (tmp_path / "worker.log.1").exists()
    there = statuses_at_amazon(ready["amazon"], until=(until := read_to()))
    here = {row["amazon_order_id"]: row["status"] for row in call(orders, token=ready["token"])[1]["results"]}
    assert until > ahead
    assert known.keys() < there.keys()
    assert here.items() >= there.items()

    for name in ("qcluster", "amazon_channel.simulator"):
        [victim, *_] = sorted(pid for pid in children_of(demo.pid) if name in command_of(pid))
        os.kill(victim, signal.SIGKILL)
        words = demo.stderr.readline()
        while "has ended with code -9 and is started again" not in words:
            words = demo.stderr.readline()
        wait_until(lambda name=name: any(name in command_of(pid) for pid in children_of(demo.pid)))
    family = children_of(demo.pid)
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert not family & running_now()


def test_a_process_that_cannot_stay_up_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_DELAY_SECONDS", 0.001)
    said = []
    (tmp_path / "worker.log").write_text("of the last demo")
    running = Processes(log_folder=tmp_path, environment=os.environ, say=said.append)
    running.start("worker", ["-S", "-c", "raise SystemExit('no disk left')"])

    with pytest.raises(ProcessFailed) as failed:
        wait_until(running.look_after)

    assert len(said) == processes.MOST_QUICK_ENDS
    assert "“worker” has ended with code 1 and is started again" in said[0]
    assert "“worker” ends again and again, now with code 1." in str(failed.value)
    assert str(failed.value).endswith("no disk left")
    assert (tmp_path / "worker.log").read_text() == "no disk left\n" * (processes.MOST_QUICK_ENDS + 1)
    assert (tmp_path / "worker.log.1").read_text() == "of the last demo"


def test_preparing_makes_people_accounts_and_a_token(groups, monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "demo-password")

    access = prepare_demo(now=NOW)

    assert access.users[0] == "demo"
    assert {"demo-order-desk", "demo-warehouse"} <= set(access.users)
    assert access.accounts == {account.region: account.pk for account in SellerAccount.objects.all()}
    assert access.accounts.keys() == {"na", "eu", "fe"}
    assert find_token(access.token).name == "demo"


def test_preparing_again_keeps_what_is_there_and_renews_the_token(groups, monkeypatch, client):
    monkeypatch.setenv("DEMO_PASSWORD", "demo-password")
    first = prepare_demo(now=NOW)
    client.force_login(User.objects.get(username="demo-warehouse"))

    second = prepare_demo(now=NOW)

    assert (second.accounts, second.users) == (first.accounts, first.users)
    assert find_token(first.token) is None
    assert find_token(second.token) == ApiToken.objects.get()
    assert client.get("/admin/").status_code == 200  # the session goes on


def test_each_group_has_one_user_and_only_the_first_is_all_powerful(groups, django_user_model):
    access = prepare_demo(now=NOW)

    users = {user.username: user for user in django_user_model.objects.all()}
    assert users.keys() == set(access.users)
    assert [name for name, user in users.items() if user.is_superuser] == ["demo"]
    assert [group.name for group in users["demo-order-desk"].groups.all()] == ["Order desk"]


def test_a_database_with_real_accounts_is_refused_and_left_alone(db, django_user_model):
    connect_account(
        name="Real",
        region="na",
        marketplaces=[US],
        credentials=Credentials(client_id=f"{CLIENT_ID}x", client_secret="s", refresh_token="r"),
        now=NOW,
    )

    with pytest.raises(RealAccountsPresent):
        prepare_demo(now=NOW)

    assert not django_user_model.objects.exists()
    assert not ApiToken.objects.exists()
