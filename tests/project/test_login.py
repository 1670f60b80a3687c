from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from project.login import client_address

LOGIN = "/admin/login/"
PASSWORD = "eleven blue kettles"


@pytest.fixture(autouse=True)
def people(db):
    for name in ("ada", "ben"):
        User.objects.create_user(name, password=PASSWORD, is_staff=True)


def log_in(name, password, *, address="192.0.2.1", **headers):
    return Client(REMOTE_ADDR=address, headers=headers).post(LOGIN, {"username": name, "password": password})


def guess(name, times, **options):
    return [log_in(name, "wrong", **options).status_code for _ in range(times)]


def test_log_in_without_an_aim_leads_to_the_overview(client):
    response = client.post(LOGIN, {"username": "ada", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, reverse("admin:index"))


def test_the_fifth_wrong_password_closes_the_log_in_for_that_user_and_computer_only():
    assert guess("ada", 5) == [200] * 4 + [429]

    locked = log_in("ada", PASSWORD)
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "sessionid" not in locked.cookies
    text = locked.content.decode()
    assert "blocked for 15 minutes after the last attempt" in text
    assert "ask an administrator" in text
    assert "no-store" in locked["Cache-Control"]
    assert log_in("ben", PASSWORD).status_code == 302
    assert log_in("ada", PASSWORD, address="192.0.2.2").status_code == 302


def test_the_log_in_opens_again_by_itself():
    guess("ada", 5)
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=16)
        attempt.save()

    assert log_in("ada", PASSWORD).status_code == 302


def test_a_right_password_forgets_the_wrong_ones():
    assert guess("ada", 4) == [200] * 4
    assert log_in("ada", PASSWORD).status_code == 302
    assert guess("ada", 4) == [200] * 4


def test_the_page_of_a_closed_log_in_is_in_the_readers_language():
    guess("ada", 4)
    assert (
        b'lang="de"'
        in Client(headers={"Accept-Language": "de"}, REMOTE_ADDR="192.0.2.1")
        .post(LOGIN, {"username": "ada", "password": "wrong"})
        .content
    )


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "address"),
    [
        (False, "198.51.100.7", "192.0.2.1"),
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "203.0.113.66, 198.51.100.7", "198.51.100.7"),  # the first is what the browser made up
        (True, "", "192.0.2.1"),
    ],
)
def test_the_address_counted_cannot_be_made_up(rf, settings, behind_proxy, forwarded, address):
    settings.BEHIND_PROXY = behind_proxy
    request = rf.post(LOGIN, REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address
