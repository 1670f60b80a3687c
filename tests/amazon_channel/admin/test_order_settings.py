import pytest
from django.contrib.admin.models import LogEntry

from amazon_channel.admin.order_settings import EFFECTS, NOTES
from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import allowed_values
from tests.factories import make_account
from tests.staff import SignIn

SETTINGS = "/admin/amazon_channel/ordersettings/"
VIEW, CHANGE = "amazon_channel.view_ordersettings", "amazon_channel.change_ordersettings"


def test_each_choice_says_what_it_does() -> None:
    assert set(EFFECTS) == {(key, value) for key in OrderSettings.KEYS for value in allowed_values(key)}


def test_the_page_shows_every_choice_with_its_effect(sign_in: SignIn) -> None:
    settings = make_account().order_settings

    text = sign_in(VIEW, CHANGE).get(f"{SETTINGS}{settings.pk}/change/").content.decode()

    for effect in EFFECTS.values():
        assert str(effect).replace("'", "&#x27;") in text
    for note in NOTES.values():
        assert str(note) in text


def test_a_change_is_stored_and_logged(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    chosen = settings.as_json() | {"customer_creation": "create", "fba_orders": "ignore"}

    response = sign_in(VIEW, CHANGE).post(f"{SETTINGS}{settings.pk}/change/", chosen, follow=True)

    assert "Order settings saved." in response.content.decode()
    settings.refresh_from_db()
    assert settings.as_json() == chosen
    assert LogEntry.objects.get().change_message == ('[{"changed": {"fields": ["customer_creation", "fba_orders"]}}]')


def test_an_unknown_value_is_refused_and_changes_nothing(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    before = settings.as_json()

    response = sign_in(VIEW, CHANGE).post(f"{SETTINGS}{settings.pk}/change/", before | {"fba_orders": "burn"})

    assert list(response.context["form"].errors) == ["fba_orders"]
    settings.refresh_from_db()
    assert settings.as_json() == before


def test_changing_needs_its_own_permission(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    client = sign_in(VIEW)
    chosen = settings.as_json() | {"import_orders": "disabled"}

    assert "Save order settings" not in client.get(f"{SETTINGS}{settings.pk}/change/").content.decode()
    assert client.post(f"{SETTINGS}{settings.pk}/change/", chosen).status_code == 403
    settings.refresh_from_db()
    assert settings.import_orders == "enabled"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(sign_in: SignIn, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        make_account()
    client = sign_in(VIEW)

    with django_assert_num_queries(6):
        client.get(SETTINGS)
