import re
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from commerce_orders.services.tokens import create_token
from tests.factories import NOW
from tests.staff import SignIn


def sidebar(client: Client) -> list[str]:
    groups: list[dict[str, Any]] = client.get("/admin/").context["sidebar_navigation"]
    return [str(item["title"]) for group in groups for item in group["items"]]


def test_the_sidebar_shows_what_one_may_open(sign_in: SignIn, groups: dict[str, Group]) -> None:
    assert sidebar(sign_in(username="viewer", group=groups["Viewer"])) == [
        "Overview",
        "Problems",
        "Amazon orders",
        "Commerce orders",
    ]
    assert sidebar(sign_in(username="manager", group=groups["Manager"])) == [
        "Overview",
        "Problems",
        "Amazon orders",
        "Commerce orders",
        "Ship from a file",
        "Customers",
        "Products",
        "Completeness",
        "Seller accounts",
        "Order settings",
        "Carrier names",
        "API tokens",
        "Webhooks",
        "Personal data access",
        "Changes",
    ]


def test_every_link_of_the_sidebar_opens(admin_client: Client) -> None:
    groups = admin_client.get("/admin/").context["sidebar_navigation"]
    links = [item["link"] for group in groups for item in group["items"]]

    assert len(links) == 17
    assert {admin_client.get(link).status_code for link in links} == {200}


def test_the_page_one_is_on_is_marked(sign_in: SignIn) -> None:
    client = sign_in("commerce_orders.view_order")

    groups = client.get("/admin/commerce_orders/order/").context["sidebar_navigation"]

    assert [item["title"] for group in groups for item in group["items"] if item["active"]] == ["Commerce orders"]


def test_a_page_without_a_row_says_in_its_head_what_it_is_for(admin_client: Client) -> None:
    def path(address: str) -> list[str]:
        head = re.search(r"<h1.*?</h1>", admin_client.get(address).content.decode(), re.DOTALL)
        assert head
        words = re.sub(r"<span class=\"material.*?</span>|<[^>]*>", "\n", head[0], flags=re.DOTALL)
        return [line.strip() for line in words.splitlines() if line.strip()]

    assert path("/admin/commerce_orders/product/") == ["Commerce orders", "Products"]
    assert path("/admin/commerce_orders/product/import/") == ["Commerce orders", "Products", "Import products"]
    assert path("/admin/amazon_channel/reconciliation/") == ["Amazon", "Completeness"]


def test_the_head_of_a_page_has_names_as_they_are(sign_in: SignIn) -> None:
    token, _text = create_token(name="eBay-like till", scopes=["orders:read"], now=NOW)
    client = sign_in("commerce_orders.view_apitoken")

    page = client.get(f"/admin/commerce_orders/apitoken/{token.pk}/change/").content.decode()

    head = page.partition("<h1")[2].partition("</h1>")[0]
    assert re.findall(r">\s*([^<>\s][^<>]*?)\s*</a\s*>", head) == ["Commerce orders", "API tokens", "eBay-like till"]
