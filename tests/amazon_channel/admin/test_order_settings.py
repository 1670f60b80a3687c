from typing import Any

import pytest
from django.test import Client

from amazon_channel.admin.order_settings import EFFECTS, NOTES, pack
from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import allowed_values, change_order_settings
from project.models import AuditEntry
from tests.factories import NOW, make_account
from tests.staff import SignIn

SETTINGS = "/admin/amazon_channel/ordersettings/"
VIEW, CHANGE = "amazon_channel.view_ordersettings", "amazon_channel.change_ordersettings"


def save(client: Client, settings: OrderSettings, chosen: dict[str, str], *, seen: dict[str, str]) -> Any:
    """As a page sends it that has shown what the choices do."""
    return client.post(
        f"{SETTINGS}{settings.pk}/change/", chosen | {"seen": pack(seen), "shown": pack(chosen)}, follow=True
    )


def test_each_choice_says_what_it_does() -> None:
    assert set(EFFECTS) == {(key, value) for key in OrderSettings.KEYS for value in allowed_values(key)}


def test_the_page_shows_every_choice_with_its_effect(sign_in: SignIn) -> None:
    settings = make_account().order_settings

    text = sign_in(VIEW, CHANGE).get(f"{SETTINGS}{settings.pk}/change/").content.decode()

    for effect in EFFECTS.values():
        assert str(effect).replace("'", "&#x27;") in text
    for note in NOTES.values():
        assert str(note) in text


def test_a_change_is_stored_and_on_the_page_by_whom(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    client, before = sign_in(VIEW, CHANGE), settings.as_json()
    chosen = before | {"customer_creation": "create", "fba_orders": "ignore"}

    response = save(client, settings, chosen, seen=before)

    text = response.content.decode()
    assert "Order settings saved." in text
    settings.refresh_from_db()
    assert settings.as_json() == chosen
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.at, entry.area, entry.subject_id) == ("dana", NOW, "settings", settings.account_id)
    assert entry.changes == {"customer_creation": ["guest", "create"], "fba_orders": ["create", "ignore"]}
    assert (
        "<strong>Customer creation</strong>: <bdi>No Customer Creation (guest)</bdi> → "
        "<bdi>Build New Customer Account</bdi>" in text
    )


def test_nothing_is_saved_before_its_effects_were_shown(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    client, before = sign_in(VIEW, CHANGE), settings.as_json()
    chosen = before | {"import_orders": "disabled"}

    response = client.post(f"{SETTINGS}{settings.pk}/change/", chosen | {"seen": pack(before), "shown": pack(before)})

    assert "Nothing is saved yet." in response.content.decode()
    assert (response.context["shown"], response.context["seen"]) == (pack(chosen), pack(before))
    settings.refresh_from_db()
    assert settings.as_json() == before


def test_a_preview_saves_nothing_and_keeps_what_was_seen(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    client, before = sign_in(VIEW, CHANGE), settings.as_json()
    chosen = before | {"import_orders": "disabled"}

    response = client.post(
        f"{SETTINGS}{settings.pk}/change/", chosen | {"seen": "as,it,was", "shown": pack(chosen), "preview": "1"}
    )

    assert (response.context["shown"], response.context["seen"]) == (pack(chosen), "as,it,was")
    assert "No waiting order changes." in response.content.decode()
    settings.refresh_from_db()
    assert (settings.as_json(), AuditEntry.objects.count()) == (before, 0)


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(sign_in: SignIn) -> None:
    settings = make_account().order_settings
    client, before = sign_in(VIEW, CHANGE), settings.as_json()
    change_order_settings(account=settings.account, changes={"unknown_sku": "hold"}, actor="ada", now=NOW)
    mine = before | {"fba_orders": "ignore"}

    response = save(client, settings, mine, seen=before)

    assert (
        "ada has changed this in the meantime: Unknown SKU. Your changes are not saved yet" in response.content.decode()
    )
    settings.refresh_from_db()
    theirs = before | {"unknown_sku": "hold"}
    assert settings.as_json() == theirs
    assert response.context["form"].chosen() == mine
    assert response.context["seen"] == pack(theirs)

    save(client, settings, mine, seen=theirs)  # having compared, on purpose
    settings.refresh_from_db()
    assert settings.as_json() == mine


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
