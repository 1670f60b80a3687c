"""A note that was typed is not lost with the session, and nothing of it stays behind whoever logs out."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from commerce_orders.models import OrderEvent
from commerce_orders.states import EventKind
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, Shop, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = "Object.keys(sessionStorage).filter((key) => key.startsWith('note:')).length"
NOTE = "Packed & weighed:\n2 kg <ask again>"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return furnish()


@pytest.fixture
def page(open_page: OpenPage, shop: Shop) -> Page:
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    open_order(page, shop)
    return page


def open_order(page: Page, shop: Shop) -> None:
    page.goto(shop.pages()["amazon-order"])


def log_in_again(page: Page, username: str = "dana") -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Language, colors and logging out").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Log in again")).to_be_visible()


def test_a_note_comes_back_after_the_log_in_and_goes_once_it_is_added(page: Page, shop: Shop, console: Console) -> None:
    page.get_by_label("Note for colleagues").fill(NOTE)
    Session.objects.all().delete()
    page.get_by_role("button", name="Add note").click()
    log_in_again(page)

    expect(page.get_by_text("Nothing was done yet.")).to_be_visible()
    expect(page.get_by_label("Note for colleagues")).to_have_value(NOTE)
    page.get_by_role("button", name="Add note").click()

    expect(page.get_by_text("Note added to the timeline.")).to_be_visible()
    expect(page.get_by_label("Note for colleagues")).to_have_value("")
    assert page.evaluate(KEPT) == 0
    assert OrderEvent.objects.get(kind=EventKind.NOTE).reason.split() == NOTE.split()
    assert console.complaints == []


def test_a_note_is_kept_for_its_order_on_both_of_its_pages(page: Page, shop: Shop) -> None:
    page.get_by_label("Note for colleagues").fill(NOTE)

    page.goto(shop.pages()["commerce-order"])
    expect(page.get_by_label("Note for colleagues")).to_have_value("")
    page.goto(shop.pages()["commerce-order-refused"])
    expect(page.get_by_label("Note for colleagues")).to_have_value(NOTE)
    page.get_by_label("Note for colleagues").fill("")
    open_order(page, shop)
    expect(page.get_by_label("Note for colleagues")).to_have_value("")


def test_whoever_logs_out_leaves_no_note_behind_in_any_tab(page: Page, shop: Shop) -> None:
    other = page.context.new_page()
    open_order(other, shop)
    for tab in (page, other):
        tab.get_by_label("Note for colleagues").fill(NOTE)
        assert tab.evaluate(KEPT) == 1

    log_out(page)

    other.wait_for_function(f"{KEPT} === 0")
    assert page.evaluate(KEPT) == 0


def test_somebody_else_does_not_get_the_note(page: Page, shop: Shop) -> None:
    User.objects.create_superuser("eve", password=PASSWORD)
    page.get_by_label("Note for colleagues").fill(NOTE)
    Session.objects.all().delete()
    page.get_by_role("button", name="Add note").click()
    log_in_again(page, "eve")

    expect(page.get_by_text("Nothing was done yet.")).to_be_visible()
    expect(page.get_by_label("Note for colleagues")).to_have_value("")
    assert page.evaluate(KEPT) == 0
