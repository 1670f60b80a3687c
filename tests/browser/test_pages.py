import pytest
from playwright.sync_api import Dialog, expect

from project.models import Preferences
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_hostile_text_runs_nothing(open_page: OpenPage, console: Console) -> None:
    shop = furnish()
    page = open_page()
    alerts: list[str] = []

    def note(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    sign_in(page, username="dana", password=PASSWORD)

    for name in ("orders", "amazon-order-hostile", "commerce-order-hostile"):
        page.goto(shop.pages()[name], wait_until="networkidle")
    page.get_by_role("button", name="Show buyer and address").click()

    expect(page.get_by_text("This access was recorded.")).to_be_visible()
    assert alerts == []
    assert console.complaints == []


def test_only_marketplaces_of_the_chosen_region_are_offered(open_page: OpenPage) -> None:
    furnish()
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto("/admin/amazon_channel/selleraccount/add/")

    expect(page.get_by_label("Amazon.com (US)")).to_be_visible()
    page.get_by_label("Region").select_option("eu")

    expect(page.get_by_label("Amazon.com (US)")).to_be_hidden()
    expect(page.get_by_label("Amazon.de (DE)")).to_be_visible()


def test_the_keyboard_finds_its_way(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["commerce-order"])

    page.get_by_label("Carrier", exact=True).focus()
    page.keyboard.press("Tab")

    expect(page.get_by_label("Tracking number")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_a_list_is_taken_away_from_its_menu_on_a_phone(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["customers"])

    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV with buyers").click()

    assert download.value.suggested_filename.startswith("customers-")
    assert "C-12AB34CD56EF" in download.value.path().read_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_tables_fit_a_phone_and_a_tablet(open_page: OpenPage) -> None:
    pages = furnish().pages()
    for width in (390, 660):
        page = open_page(width=width)
        sign_in(page, username="dana", password=PASSWORD)
        for name in ("problems-refused", "shipment-file", "product"):
            page.goto(pages[name])
            hidden = page.evaluate(
                "[document.documentElement, ...document.querySelectorAll('.bo-scroll')]"
                ".map((each) => each.scrollWidth - each.clientWidth)"
            )
            assert (width, name, max(hidden)) == (width, name, 0)


def test_a_label_stands_beside_its_field_in_one_line(open_page: OpenPage) -> None:
    pages = furnish().pages()
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(pages["user"])

    label = page.locator("label", has_text="Password").bounding_box()
    assert label is not None and label["width"] > label["height"]


@pytest.mark.parametrize("name", ["accounts", "deliveries"])
def test_no_cell_of_a_list_is_cut_off_on_a_phone(open_page: OpenPage, name: str) -> None:
    shop = furnish()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()[name])

    cells = page.locator(".data-row :is(td, th)")

    assert cells.count() > 0
    assert cells.evaluate_all("cells => cells.filter(cell => cell.scrollHeight > cell.clientHeight + 1).length") == 0


def test_the_figures_of_a_line_stand_beside_each_other_on_a_phone(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["commerce-order"])

    figures = page.get_by_role("region", name="Lines").locator("tbody tr").first.locator("td.bo-number")
    tops = figures.evaluate_all("cells => cells.map(cell => cell.offsetTop)")

    assert len(tops) == 5
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4]


def test_a_list_of_long_words_fits_a_phone_and_its_labels_are_no_titles(open_page: OpenPage) -> None:
    shop = furnish()
    Preferences.objects.create(user=shop.user, language="de")
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["order-settings-list"])

    cells = page.locator(".data-row").first.locator("td")
    labels = cells.evaluate_all(
        "cells => cells.map(cell => [getComputedStyle(cell, '::before').textTransform, cell.dataset.label])"
    )

    assert labels[-1] == ["none", "Bestellungen mit Versand durch Amazon"]
    assert labels[-2] == ["none", "Status neuer Bestellungen"]
    assert cells.evaluate_all("cells => cells.map(cell => cell.scrollWidth - cell.clientWidth)") == [0] * len(labels)


def test_the_ring_around_a_field_on_a_phone_leaves_its_label_whole(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["ship-all"])

    below = page.locator("td:has([data-tracking])").first.evaluate(
        "cell => getComputedStyle(cell, '::before').marginBottom"
    )

    assert below == "4px"  # the ring is 2 px wide and 2 px away


def test_no_column_is_cut_off_beside_the_menu(open_page: OpenPage) -> None:
    shop = furnish()
    Preferences.objects.create(user=shop.user, language="de")
    page = open_page(width=1280)
    sign_in(page, username="dana", password=PASSWORD)

    for name in ("orders", "commerce-orders", "amazon-order", "commerce-order", "shipment-file"):
        page.goto(shop.pages()[name])
        tables = page.locator(".bo-wide-table, .bo-scroll")
        hidden = tables.evaluate_all("boxes => boxes.map(box => box.scrollWidth - box.clientWidth)")
        assert (name, set(hidden)) == (name, {0})


def test_a_tracking_number_stands_in_one_line(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page(width=1280)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["shipment-file"])

    numbers = page.locator("td.bo-tracking bdi:nth-of-type(2)")

    assert numbers.count() > 2
    assert numbers.evaluate_all("numbers => numbers.map(each => each.getClientRects().length)") == [1] * numbers.count()


WORDS_TOO_WIDE = """names => names.filter(name => {
  const word = name.cloneNode();
  Object.assign(word.style, { position: "absolute", whiteSpace: "nowrap", padding: 0 });
  name.after(word);
  const isTooWide = name.textContent.split(/[\\s\u00ad-]+/).some(text => {
    word.textContent = text;
    return word.getBoundingClientRect().width > name.clientWidth + 1;
  });
  word.remove();
  return isTooWide;
}).map(name => name.textContent)"""


def test_no_word_is_broken_where_there_is_no_hyphen(open_page: OpenPage) -> None:
    shop = furnish()
    Preferences.objects.create(user=shop.user, language="de")
    page = open_page(width=1280)
    sign_in(page, username="dana", password=PASSWORD)

    for address in (shop.pages()["dashboard"], f"/admin/amazon_channel/amazonorder/{shop.to_ship.pk}/change/"):
        page.goto(address)
        names = page.locator(".bo-facts dt, .bo-tile > *")
        assert names.count() > 5
        assert names.evaluate_all(WORDS_TOO_WIDE) == []


@pytest.mark.parametrize("name", ["problems-refused", "shipment-file"])
def test_sentences_in_a_table_have_the_whole_width_of_a_phone(open_page: OpenPage, name: str) -> None:
    shop = furnish()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()[name])

    cells = page.locator("td.bo-prose")

    assert cells.count() >= 2
    assert set(cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell).paddingLeft)")) == {"0px"}
