"""Every page in every language: none of our texts stays English where the catalogue has a translation."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages import Catalog
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, resolve

from project.models import Preferences
from project.translations import TRANSLATED, first, gather_texts, read_catalogue
from tests.browser.all_pages import all_pages
from tests.browser.furnished import Shop, furnish

pytestmark = pytest.mark.django_db
SHOWN_ATTRIBUTES = frozenset({"title", "aria-label", "placeholder", "alt", "value", "data-label"})
# Words that data and other languages share with our sources; a page may show them as they are.
SHARED = frozenset(
    {"Manager", "Viewer", "Warehouse", "Order desk", "Amazon", "SKU", "ASIN", "Prime", "Status", "API", "Other"}
)
# Addresses that answer to POST, hand out data or only lead on.
NO_PAGES = (
    "_test", "_pull", "_start", "_revoke", "_retry", "_delete", "_ship", "_cancel", "_correct", "_reveal", "_process",
    "_settle", "_fetch", "_again", "_columns", "save_view", "change_view", "_grant", "_send", "_ship_row", "_ship_one",
    "_alias", "_print", "_note", "_refresh", "_export", "_result", "_rotate", "_enable", "_disable", "_redeliver",
    "_replay", "_remove", "autocomplete", "jsi18n", "logout", "view_on_site", "search", "second_factor",
    "password_change_done",
)  # fmt: skip
# Nobody makes these by hand.
ONLY_READ = ("amazonorder", "order", "customer", "personaldataaccess", "ordersettings", "webhookdelivery")


class Texts(HTMLParser):
    """What a reader sees or hears of a page: texts, and attributes that are read out.

    A part that is only set apart (``bdi``) belongs to the sentence around it. The text of an icon is the name of its
    drawing, the same in every language.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._silent = 0
        self._is_icon = False
        self._sentence: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_sentence(tag)
        self._silent += tag in {"script", "style"}
        given = dict(attrs)
        self._is_icon = "material-symbols-outlined" in (given.get("class") or "").split()
        for name in SHOWN_ATTRIBUTES & given.keys():
            if name != "value" or given.get("type") in {"submit", "button"}:
                self.found.add(" ".join((given[name] or "").split()))

    def handle_endtag(self, tag: str) -> None:
        self._end_sentence(tag)
        self._silent -= tag in {"script", "style"}
        self._is_icon = False

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._is_icon:
            self._sentence.append(data)

    def _end_sentence(self, tag: str) -> None:
        if tag != "bdi":
            self.found.add(" ".join("".join(self._sentence).split()))
            self._sentence = []


def texts_on(response: Any) -> set[str]:
    parser = Texts()
    parser.feed(response.content.decode())
    return parser.found


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return gather_texts()


def sources(language: str, texts: Catalog) -> set[str]:
    """Our English texts that the language's catalogue has other words for; without those that have placeholders.

    A text that is still to be translated may look like another one that is: ``test_translations`` asks for that.
    """
    catalogue = read_catalogue(language)
    theirs = {message.string for message in catalogue}  # "Date" is Italian for "Dates"
    waiting = {first(text).casefold() for text in texts if not catalogue.get(text.id, text.context)}
    return {
        message.id
        for message in catalogue
        if isinstance(message.id, str)
        and len(message.id) > 3
        and message.id not in SHARED | theirs
        and message.id.casefold() not in waiting
        and "%(" not in message.id
        and message.string
        and message.string != message.id
        and not message.fuzzy
    }


def names(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


@pytest.fixture
def shop() -> Shop:
    return furnish()


def reader(shop: Shop, language: str) -> Client:
    Preferences.objects.create(user=shop.user, language=language)
    client = Client()
    client.force_login(shop.user)
    return client


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_of_ours_stays_english(shop: Shop, texts: Catalog, language: str) -> None:
    english, client = sources(language, texts), reader(shop, language)

    left = {}
    for name, address in all_pages(shop).items():
        response = client.get(address)
        assert (response.status_code, response.headers["Content-Language"]) == (200, language), name
        if words := texts_on(response) & english:
            left[name] = words
    client.logout()
    left["sign-in"] = texts_on(client.get("/admin/login/", headers={"accept-language": language})) & english

    assert {name: words for name, words in left.items() if words} == {}


def test_english_texts_are_found_where_they_are(shop: Shop, texts: Catalog) -> None:
    """The control: the same search on English pages finds what it must not find on others."""
    english, client = sources("sv", texts), reader(shop, "en")

    found = {name: texts_on(client.get(address)) & english for name, address in all_pages(shop).items()}

    assert [name for name, words in found.items() if not words] == []
    assert len(set.union(*found.values())) > 200


def test_each_page_of_the_admin_is_among_them(shop: Shop) -> None:
    visited = {resolve(address.partition("?")[0]).url_name for address in all_pages(shop).values()}

    missing = {
        name
        for name in names(admin.site.urls[0])
        if name not in visited | {"login"} and not name.endswith((*NO_PAGES, *(f"_{model}_add" for model in ONLY_READ)))
    }
    histories = {name for name in missing if name.endswith("_history")}  # one page of Django's for all
    assert missing - histories == set()
