"""The password alone opens nothing for whoever has, or must have, a second factor."""

import re
import time
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from project.second_factor import KEY, begin_set_up

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-of-tests"
ASK, SET_UP = "/admin/second-factor/", "/admin/second-factor/set-up/"
PAGES = ["/admin/", "/admin/auth/user/", "/admin/password_change/", "/admin/nowhere/", SET_UP]


@pytest.fixture
def dana() -> User:
    return User.objects.create_superuser("dana", password=PASSWORD)


def signed_in(username: str = "dana") -> Client:
    """By the stock log-in of the admin."""
    client = Client()
    client.post("/admin/login/", {"username": username, "password": PASSWORD})
    return client


def code_of(device: TOTPDevice) -> str:
    """What the app shows now."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time()
    return f"{totp.token():06d}"


def switched_on(user: User) -> tuple[Client, list[str]]:
    client = signed_in(user.username)
    client.get(SET_UP)
    response = client.post(SET_UP, {"action": "confirm", "code": code_of(TOTPDevice.objects.get(user=user))})
    codes = response.context["codes"]
    assert len(set(codes)) == 10
    return client, codes


def test_it_is_off_until_somebody_wants_it(dana: User) -> None:
    client = signed_in()

    assert client.get("/admin/").status_code == 200
    assert client.get(ASK).headers["Location"] == "/admin/"
    assert not TOTPDevice.objects.exists()


def test_it_is_on_once_the_app_has_shown_a_code(dana: User) -> None:
    client = signed_in()
    text = client.get(SET_UP).content.decode()
    device = TOTPDevice.objects.get()
    assert "data:image/svg+xml" in text
    assert not device.confirmed

    wrong = client.post(SET_UP, {"action": "confirm", "code": "000000"})
    assert wrong.context["form"].errors["code"][0].startswith("This code is not valid.")
    for page in (text, wrong.content.decode()):
        assert "The six digits that the app shows now." in page
        assert "recovery" not in page
    assert signed_in().get("/admin/").status_code == 200  # nothing is asked for yet
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)

    client.post(SET_UP, {"action": "confirm", "code": code_of(device)})
    assert client.get("/admin/").status_code == 200
    assert client.session[KEY] == "passed"


def test_tabs_that_open_at_once_set_up_one_and_the_same(dana: User) -> None:
    first, second = (TOTPDevice.objects.create(user=dana, confirmed=False) for _ in range(2))
    client = signed_in()

    assert client.get(SET_UP).status_code == 200
    assert not client.post(SET_UP, {"action": "confirm", "code": code_of(second)}).context["codes"]
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post(SET_UP, {"action": "confirm", "code": code_of(first)}).context["codes"]
    assert list(TOTPDevice.objects.values_list("pk", "confirmed")) == [(first.pk, True)]


@pytest.mark.parametrize("page", PAGES)
def test_the_stock_log_in_opens_no_page_without_it(dana: User, page: str) -> None:
    switched_on(dana)
    client = signed_in()

    for response in (client.get(page), client.post(page, {"username": "x", "action": "remove"})):
        assert response.status_code == 302
        assert response.headers["Location"].startswith(ASK)
    assert TOTPDevice.objects.filter(confirmed=True).count() == 1


def test_no_page_of_the_admin_is_open_before_the_code(dana: User) -> None:
    switched_on(dana)
    client = signed_in()
    addresses = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]

    assert {client.get(address).headers.get("Location", "").partition("?")[0] for address in addresses} == {ASK}


def test_a_code_opens_the_page_that_was_wanted_and_is_good_once(dana: User) -> None:
    switched_on(dana)
    TOTPDevice.objects.update(last_t=-1)
    code, client = code_of(TOTPDevice.objects.get()), signed_in()
    before = client.session.session_key

    response = client.post(f"{ASK}?next=/admin/auth/user/", {"code": f" {code[:3]} {code[3:]} "})
    assert response.headers["Location"] == "/admin/auth/user/"
    assert client.get("/admin/auth/user/").status_code == 200
    assert client.session.session_key != before

    second = signed_in()
    assert second.post(ASK, {"code": code}).context["form"].errors["code"]
    assert second.get("/admin/").status_code == 302


def test_a_recovery_code_opens_once(dana: User) -> None:
    _client, codes = switched_on(dana)

    client = signed_in()
    assert client.post(ASK, {"code": codes[3].upper()}).headers["Location"] == "/admin/"
    assert StaticToken.objects.count() == 9
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert signed_in().post(ASK, {"code": codes[3]}).context["form"].errors["code"]


def test_guesses_are_slowed_down(dana: User) -> None:
    switched_on(dana)
    TOTPDevice.objects.update(last_t=-1)
    client = signed_in()
    client.post(ASK, {"code": "000000"})

    good = client.post(ASK, {"code": code_of(TOTPDevice.objects.get())})

    assert good.context["form"].errors["code"]  # too soon after a wrong one
    assert TOTPDevice.objects.get().throttling_failure_count == 1


def test_managers_must_set_it_up_where_the_environment_says_so(settings: Any, groups: dict[str, Group]) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    for name in ("Manager", "Warehouse"):
        User.objects.create_user(name, password=PASSWORD, is_staff=True).groups.add(groups[name])

    assert signed_in("Warehouse").get("/admin/").status_code == 200
    client = signed_in("Manager")
    assert client.get("/admin/").headers["Location"] == f"{SET_UP}?next=%2Fadmin%2F"
    assert "Your permissions require a second factor." in client.get(SET_UP).content.decode()

    device = begin_set_up(User.objects.get(username="Manager"))
    done = client.post(SET_UP, {"action": "confirm", "code": code_of(device)})
    assert "Your permissions require a second factor." not in done.content.decode()
    assert client.get("/admin/").status_code == 200
    client.post(SET_UP, {"action": "remove", "code": StaticToken.objects.all()[0].token})
    assert TOTPDevice.objects.filter(confirmed=True).exists()
    assert StaticToken.objects.count() == 10


def test_one_switches_ones_own_off_with_a_code(dana: User) -> None:
    client, codes = switched_on(dana)

    response = client.post(SET_UP, {"action": "remove", "code": codes[0]}, follow=True)

    assert "The second factor is off." in response.content.decode()
    assert not StaticToken.objects.exists()
    assert signed_in().get("/admin/").status_code == 200


@pytest.mark.parametrize("action", ["remove", "codes"])
@pytest.mark.parametrize("code", ["", "000000", PASSWORD])
def test_whoever_finds_a_session_open_changes_nothing(dana: User, action: str, code: str) -> None:
    client, codes = switched_on(dana)

    response = client.post(SET_UP, {"action": action, "code": code}, headers={"accept-language": "de"})

    assert response.context["form"].errors["code"]
    if code == "000000":
        assert "Dieser Code ist nicht gültig." in response.content.decode()
    assert set(StaticToken.objects.values_list("token", flat=True)) == set(codes)
    assert signed_in().get("/admin/").headers["Location"].startswith(ASK)
    assert LogEntry.objects.count() == 1  # that it was set up


@pytest.mark.parametrize("action", ["remove", "codes"])
def test_guesses_at_an_open_session_are_slowed_down(dana: User, action: str) -> None:
    client, codes = switched_on(dana)
    client.post(SET_UP, {"action": action, "code": "000000"})

    too_soon = client.post(SET_UP, {"action": action, "code": codes[0]})

    assert too_soon.context["form"].errors["code"]
    assert StaticToken.objects.count() == 10


def test_a_second_app_is_not_set_up_over_the_first(dana: User) -> None:
    client, _codes = switched_on(dana)
    other = TOTPDevice.objects.create(user=dana, confirmed=False)

    assert not client.post(SET_UP, {"action": "confirm", "code": code_of(other)}).context["codes"]

    assert TOTPDevice.objects.get(confirmed=True) != other


def test_new_recovery_codes_end_the_old_ones(dana: User) -> None:
    client, codes = switched_on(dana)

    new = client.post(SET_UP, {"action": "codes", "code": codes[0]}).context["codes"]

    assert set(new).isdisjoint(codes)
    assert set(StaticToken.objects.values_list("token", flat=True)) == set(new)


def test_an_administrator_takes_a_lost_one_away_on_record(dana: User, admin_client: Client) -> None:
    switched_on(dana)

    admin_client.post("/admin/auth/user/", {"action": "take_second_factor", "_selected_action": [dana.pk]})

    assert signed_in().get("/admin/").status_code == 200
    (entry,) = LogEntry.objects.exclude(user=dana)
    assert (entry.object_id, entry.get_change_message()) == (str(dana.pk), "Second factor removed.")


def test_no_administrator_takes_ones_own_away_without_a_code(dana: User) -> None:
    client, _codes = switched_on(dana)

    response = client.post(
        "/admin/auth/user/", {"action": "take_second_factor", "_selected_action": [dana.pk]}, follow=True
    )

    assert "Switch it off under Second factor, with a code." in response.content.decode()
    assert signed_in().get("/admin/").headers["Location"].startswith(ASK)


def test_the_key_stands_on_no_other_page(dana: User) -> None:
    client, _codes = switched_on(dana)
    assert not [model for model in admin.site._registry if model._meta.app_label.startswith("otp_")]
    assert not re.search(r"otpauth|secret=", client.get(SET_UP).content.decode())


def test_logging_out_and_the_language_stay_open_and_next_leads_nowhere_else(dana: User) -> None:
    _client, codes = switched_on(dana)
    client = signed_in()

    assert client.post("/i18n/setlang/", {"language": "sv", "next": "/admin/"}).headers["Location"] == "/admin/"
    assert client.post(f"{ASK}?next=https://evil.example/", {"code": codes[0]}).headers["Location"] == "/admin/"
    assert client.post("/admin/logout/").status_code in {200, 302}


def test_what_people_do_to_their_own_is_on_record(dana: User) -> None:
    client, codes = switched_on(dana)
    new = client.post(SET_UP, {"action": "codes", "code": codes[0]}).context["codes"]
    client.post(SET_UP, {"action": "remove", "code": new[0]})

    entries = LogEntry.objects.order_by("pk")
    assert [(entry.user, entry.object_id, entry.change_message) for entry in entries] == [
        (dana, str(dana.pk), "Second factor set up."),
        (dana, str(dana.pk), "New recovery codes created."),
        (dana, str(dana.pk), "Second factor removed."),
    ]
