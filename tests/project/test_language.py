import pytest
from django.contrib.auth.models import User
from django.test import Client

from project.models import Preferences

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-of-tests"


@pytest.fixture
def dana() -> User:
    return User.objects.create_superuser("dana", password=PASSWORD)


def language_of(client: Client, address: str = "/admin/", **headers: str) -> str:
    return client.get(address, headers=headers).headers["Content-Language"]


def choose(client: Client, language: str) -> None:
    response = client.post("/i18n/setlang/", {"language": language, "next": "/admin/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_until_somebody_chooses_the_browser_decides(dana: User) -> None:
    client = Client()
    assert language_of(client, "/admin/login/", **{"accept-language": "sv-SE,sv;q=0.9"}) == "sv"
    client.force_login(dana)

    assert language_of(client, **{"accept-language": "zh-CN"}) == "zh-hans"
    assert language_of(client, **{"accept-language": "pl"}) == "en"
    assert not Preferences.objects.exists()


def test_a_choice_is_kept_with_the_person_on_every_browser(dana: User) -> None:
    first, second = Client(), Client()
    first.force_login(dana)
    choose(first, "de")
    assert language_of(first, **{"accept-language": "fr"}) == "de"

    second.force_login(dana)

    assert language_of(second, **{"accept-language": "fr"}) == "de"


def test_another_person_on_the_same_browser_has_his_own(dana: User) -> None:
    client = Client()
    client.force_login(dana)
    choose(client, "it")
    client.logout()
    erik = User.objects.create_superuser("erik", password=PASSWORD)
    Preferences.objects.create(user=erik, language="sv")

    client.force_login(erik)

    assert language_of(client) == "sv"
    assert dict(Preferences.objects.values_list("user__username", "language")) == {"dana": "it", "erik": "sv"}


def test_a_choice_on_the_sign_in_page_is_kept_by_signing_in(dana: User) -> None:
    Preferences.objects.create(user=dana, language="de")
    client = Client()
    choose(client, "fr")
    assert language_of(client, "/admin/login/") == "fr"

    client.post("/admin/login/", {"username": "dana", "password": PASSWORD})

    assert language_of(client) == "fr"
    assert Preferences.objects.get().language == "fr"


def test_the_sign_in_page_names_each_language_in_itself(client: Client) -> None:
    text = client.get("/admin/login/").content.decode()

    for language, name in (
        ("en", "English"), ("zh-hans", "简体中文"), ("sv", "svenska"),
        ("de", "Deutsch"), ("it", "italiano"), ("fr", "français"),
    ):  # fmt: skip
        assert f'value="{language}" lang="{language}"' in text
        assert f">{name}</button>" in text


@pytest.mark.parametrize("language", ["", "xx", "de'; --", "x" * 1000])
def test_what_is_no_language_changes_nothing(dana: User, language: str) -> None:
    client = Client()
    client.force_login(dana)
    choose(client, language)

    assert language_of(client) == "en"
    assert not Preferences.objects.exists()


def test_choosing_leads_nowhere_else_and_is_no_link(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "de", "next": "https://evil.example/"})

    assert response.headers["Location"] == "/"
    assert client.get("/i18n/setlang/").status_code == 405


def test_the_persons_language_costs_no_query(dana: User, django_assert_num_queries) -> None:
    client = Client()
    client.force_login(dana)
    address = "/admin/password_change/"
    with django_assert_num_queries(3):
        client.get(address)
    choose(client, "sv")
    with django_assert_num_queries(3):
        client.get(address)
