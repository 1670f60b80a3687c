"""Django's pages of people, groups and passwords, in the words of whoever reads them."""

import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.project.exported import csv_lines
from tests.project.listed import group

GERMAN, CHINESE = {"accept-language": "de"}, {"accept-language": "zh-hans"}


@pytest.mark.parametrize("page", ["user/1/change/", "group/add/"])
def test_permissions_are_chosen_in_the_readers_words(admin_client: Client, admin_user, page: str) -> None:
    form = admin_client.get(f"/admin/auth/{page}".replace("1", str(admin_user.pk)), headers=GERMAN).context["adminform"]
    field = form.form["permissions" if "group" in page else "user_permissions"]

    labels = [label for _key, label in field.field.choices]

    assert "Amazon | Amazon-Bestellung | Ansehen" in labels
    assert "Commerce-Bestellungen | Bestellung | Bestellungen versenden" in labels
    assert [label for label in labels if "Can " in label or label.split(" | ")[0] in {"Axes", "Django Q"}] == []
    assert {label.partition(" | ")[0] for label in labels} == {
        "Amazon", "Benutzer und Gruppen", "Commerce-Bestellungen", "Einrichtung", "Kunden",
    }  # fmt: skip


def test_permissions_of_groups_are_exported_so(admin_client: Client) -> None:
    Group.objects.get(name=group(1)).permissions.add(Permission.objects.get(codename="ship_order"))

    lines = csv_lines(admin_client.get("/admin/auth/group/export.csv", headers=GERMAN))

    assert ["Group 1", "Commerce-Bestellungen | Bestellung | Bestellungen versenden"] in lines


@pytest.mark.parametrize(("reader", "words"), [(GERMAN, "Alle %s auswählen"), (CHINESE, "选择全部%s")])
def test_the_boxes_of_permissions_are_in_the_readers_language(admin_client: Client, reader, words: str) -> None:
    script = admin_client.get("/admin/jsi18n/", headers=reader).content.decode()

    catalogue = json.loads(script.partition("const newcatalog = ")[2].partition("};")[0] + "}")
    assert catalogue["Choose all %s"] == words
    assert catalogue["Available %s"] != "Available %s"  # Django's own


def test_a_password_that_is_too_short_is_said_so(admin_client: Client) -> None:
    new = {"username": "kim", "usable_password": "true", "password1": "x7!q", "password2": "x7!q"}

    page = admin_client.post("/admin/auth/user/add/", new, headers=CHINESE).content.decode()

    assert "密码太短，至少需要 12 个字符。" in page


def test_deleting_a_group_speaks_of_nothing_but_the_group(admin_client: Client, admin_user) -> None:
    clerks = Group.objects.create(name="Clerks")
    clerks.permissions.add(Permission.objects.get(codename="ship_order"))
    admin_user.groups.add(clerks)

    response = admin_client.get(f"/admin/auth/group/{clerks.pk}/delete/", headers=GERMAN)

    (deleted,) = response.context["deleted_objects"]
    assert deleted == f'Gruppe: <a href="/admin/auth/group/{clerks.pk}/change/">Clerks</a>'
    assert list(response.context["model_count"]) == [("Gruppen", 1)]


def test_words_of_forms_and_empty_cells_are_as_everywhere_else(admin_client: Client, admin_user) -> None:
    admin_user.first_name = ""
    admin_user.save()

    form = admin_client.get(f"/admin/auth/user/{admin_user.pk}/change/", headers=GERMAN).content.decode()
    cells = admin_client.get("/admin/auth/user/", headers=GERMAN).content.decode()

    assert "Speichern und weiter bearbeiten" in form
    assert "Sichern" not in form
    assert "Verlauf" in form
    assert re.findall(r'data-label="Vorname">(.*?)</td>', cells) == ["–"]
