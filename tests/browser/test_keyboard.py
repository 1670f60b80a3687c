"""The shipping path without a mouse, and lists that stay where they were."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, Shop, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORDERS = "/admin/amazon_channel/amazonorder/"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return furnish()


@pytest.fixture
def page(open_page: OpenPage, shop: Shop) -> Page:
    page = open_page(height=500)
    sign_in(page, username="dana", password=PASSWORD)
    return page


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


def test_the_shipping_path_goes_by_keyboard(page: Page, console: Console) -> None:
    page.goto(f"{ORDERS}?work=to_ship")
    numbers = page.locator(".bo-row-link .bo-code").all_text_contents()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Open the order")).to_be_visible()
    page.keyboard.press("j")  # belongs to the dialog now
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("j")
    page.keyboard.press("j")
    assert numbers[1] in focused(page)
    page.keyboard.press("x")
    expect(page.get_by_text("Selected: 1")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name=numbers[0], exact=True)).to_be_visible()

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name=numbers[1], exact=True)).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name=numbers[0], exact=True)).to_be_visible()

    page.keyboard.press("m")
    note = page.get_by_label("Note for colleagues")
    expect(note).to_be_focused()
    page.keyboard.type("n? u/s")  # typed, and nothing else
    expect(note).to_have_value("n? u/s")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("n? u/s")).to_be_visible()

    page.keyboard.press("u")
    page.wait_for_url(f"**{ORDERS}?work=to_ship")
    expect(page.locator(".bo-cursor")).to_contain_text(numbers[0])
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search all orders")).to_be_focused()
    page.keyboard.type(numbers[2])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=numbers[2], exact=True)).to_be_visible()
    assert console.complaints == []


def test_a_list_stays_where_it_was_and_is_kept_as_a_view(page: Page, console: Console) -> None:
    page.goto(ORDERS)
    page.get_by_text("Filters", exact=True).click()
    page.locator("#filter-status").select_option("UNSHIPPED")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(f"**{ORDERS}?status=UNSHIPPED")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save current view as").fill("Unshipped ones")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("Saved as “Unshipped ones”.")).to_be_visible()
    expect(page.get_by_text("View: Unshipped ones")).to_be_visible()

    page.evaluate("scrollTo(0, 120)")
    page.get_by_role("checkbox", name="Select all orders on this page").check()
    page.get_by_role("button", name="Try problems again").click()
    expect(page.get_by_text("Nothing to try again:").or_(page.get_by_text("tried again:")).first).to_be_attached()
    assert page.evaluate("scrollY") == 120
    assert page.url.endswith(f"{ORDERS}?status=UNSHIPPED")

    page.get_by_role("link", name="Status: Unshipped").click()
    expect(page.get_by_role("link", name="Status: Unshipped")).to_have_count(0)
    assert console.complaints == []
