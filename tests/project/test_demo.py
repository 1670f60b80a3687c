import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.contrib.auth.models import Group

from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import Credentials
from amazon_channel.services.accounts import connect_account
from amazon_channel.simulator import CLIENT_ID
from amazon_channel.simulator.running import running_simulator
from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import find_token
from project.demo.amazon_memory import restore_amazon, save_amazon
from project.demo.preparation import RealAccountsPresent, prepare_demo
from tests.factories import NOW, US


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


def status_of(address, *, token=None):
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


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


def test_the_demo_keeps_its_data_and_leaves_nothing_running(tmp_path):
    ports = {"PORT": str(free_port()), "SIMULATOR_PORT": str(free_port())}
    demo = start_demo(tmp_path, **ports)
    ready = json.loads(demo.stdout.readline())
    orders = f"http://127.0.0.1:{ports['PORT']}/api/v1/amazon/orders/"

    assert ready["address"] == f"http://127.0.0.1:{ports['PORT']}/admin/"
    assert (ready["user"], ready["password"]) == ("demo", "demo-password")
    assert status_of(f"{ready['address']}login/")[0] == 200
    assert status_of(f"http://127.0.0.1:{ports['PORT']}/readyz")[0] == 200
    status, body = status_of(orders, token=ready["token"])
    assert status == 200
    first = json.loads(body)["results"][0]["amazon_order_id"]

    second = start_demo(tmp_path, **ports)
    refusal, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert json.loads(refusal)["error"]["code"] == "port_in_use"
    assert ports["PORT"] in json.loads(refusal)["error"]["detail"]

    family = children_of(demo.pid)
    assert len(family) >= 6
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert not family & running_now()

    again = start_demo(tmp_path, **ports)
    ready = json.loads(again.stdout.readline())
    assert status_of(f"{orders}{first}/", token=ready["token"])[0] == 200
    assert status_of(f"{ready['amazon']}/_sim/orders/{first}")[0] == 200

    victim = next(pid for pid in children_of(again.pid) if "amazon_channel.simulator" in command_of(pid))
    family = children_of(again.pid)
    os.kill(victim, signal.SIGKILL)
    _, words = again.communicate(timeout=60)
    assert again.returncode == 1
    assert "The simulator ended with code -9." in words
    assert not family & running_now()


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
    assert client.login(username="demo-warehouse", password="demo-password")

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


def test_amazons_orders_and_clock_are_remembered(tmp_path):
    file = tmp_path / "amazon.json"
    with running_simulator(seed=3, orders=30) as amazon:
        amazon.simulator.set_clock(advance_seconds=3600)
        save_amazon(amazon.url, file)
        before, saved_at = amazon.simulator.orders(limit=1000), amazon.simulator.now()
    with running_simulator(seed=4) as amazon:
        restore_amazon(amazon.url, file)
        after = amazon.simulator.orders(limit=1000)
        assert amazon.simulator.now() >= saved_at

    assert after["totals"] == before["totals"]
    for old, new in zip(before["orders"], after["orders"], strict=True):
        del old["_simulator"]["history"], new["_simulator"]["history"]
        assert new == old
