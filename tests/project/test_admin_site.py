import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from unfold.admin import ModelAdmin

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Product
from project.admin_site import BackOfficeSite


def test_the_site_is_ours_and_has_no_page_of_the_queue() -> None:
    assert isinstance(admin.site._wrapped, BackOfficeSite)  # type: ignore[attr-defined]
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_q"]


@pytest.mark.parametrize("model", [User, Group])
def test_users_and_groups_are_on_the_themes_forms(model: type) -> None:
    assert isinstance(admin.site._registry[model], ModelAdmin)


@pytest.mark.parametrize(
    "address", ["/admin/login/", "/admin/", "/admin/amazon_channel/amazonorder/", "/admin/auth/user/add/"]
)
def test_pages_allow_no_inline_scripts_and_have_none(admin_client: Client, address: str) -> None:
    response = admin_client.get(address, follow=True)

    policy = response.headers["Content-Security-Policy"]
    (scripts,) = [part for part in policy.split("; ") if part.startswith("script-src")]
    assert scripts == "script-src 'self' 'unsafe-eval'"
    text = response.content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
    assert not re.findall(r"<[^>]+\son(?:click|load|change|submit|error)=", text)


@pytest.mark.parametrize(
    ("model", "title"), [(AmazonOrder, "Amazon-Bestellungen"), (Product, "Produkte"), (User, "Benutzer")]
)
def test_a_list_is_titled_as_it_is_called(admin_client: Client, model: type[Model], title: str) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"

    page = admin_client.get(address, headers={"accept-language": "de"}).content.decode()

    assert f"{title} | " in page.partition("<title>")[2].partition("</title>")[0]


def test_pages_outside_the_admin_keep_the_strict_policy(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "script-src" not in policy
    assert "default-src 'self'" in policy


def test_pages_of_the_admin_stay_in_no_cache(admin_client: Client) -> None:
    assert "no-store" in admin_client.get("/admin/commerce_orders/order/").headers["Cache-Control"]


@pytest.mark.parametrize("key", ["x", "-1", "9" * 19, "9" * 5000])
@pytest.mark.parametrize(
    "page",
    [
        "amazon_channel/amazonorder",
        "amazon_channel/ordersettings",
        "amazon_channel/selleraccount",
        "commerce_orders/apitoken",
        "commerce_orders/order",
        "commerce_orders/product",
    ],
)
def test_an_address_that_names_no_key_is_not_found(admin_client: Client, page: str, key: str) -> None:
    assert admin_client.get(f"/admin/{page}/{key}/change/").status_code == 404
