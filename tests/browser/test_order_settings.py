import pytest
from playwright.sync_api import expect

from amazon_channel.models import OrderSettings
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_example_follows_the_choices_before_anything_is_saved(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(shop.pages()["order-settings"])
    effect = page.get_by_role("status").filter(has_text="Your last order")
    expect(effect).to_contain_text("would wait with a problem")

    page.get_by_label("Import with an unmatched line").check()

    expect(effect).to_contain_text("would become Commerce order")
    expect(effect).to_contain_text("When you save")
    settings = OrderSettings.objects.get(account=shop.to_ship.account)
    assert settings.unknown_sku == "hold"

    page.get_by_role("button", name="Save order settings").click()
    expect(page.get_by_text("Order settings saved.")).to_be_visible()
    settings.refresh_from_db()
    assert settings.unknown_sku == "import"
