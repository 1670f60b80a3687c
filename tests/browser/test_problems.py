import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.amazon import Shop
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_problem_appears_is_tried_again_and_is_healed(open_page: OpenPage, console: Console, shop: Shop) -> None:
    User.objects.create_superuser("dana", password=PASSWORD)
    order_ids = [shop.place(quantities=(1,), order={"proceeds": {"grandTotal": {"amount": "99.99"}}}) for _ in range(2)]
    shop.pull()
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)

    page.get_by_role("link", name="The amounts do not add up 2").click()
    expect(page.get_by_role("heading", name="The amounts do not add up")).to_be_visible()
    expect(page.get_by_text("Compare the amounts below").first).to_be_visible()
    shop.amazon.act(order_ids[0], "reprice", unit_price="10.00")
    page.get_by_label(f"Choose {order_ids[0]}").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Try chosen ones again").press("Enter")
    expect(page.get_by_text("1 problem is being tried again.")).to_be_visible()
    expect(page.get_by_text("Being tried again", exact=True)).to_have_count(1)
    shop.pull()
    page.reload()

    expect(page.get_by_text(order_ids[1])).to_be_visible()
    expect(page.get_by_text(order_ids[0])).to_have_count(0)
    page.get_by_role("link", name=order_ids[1]).click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Being tried again", exact=True)).to_be_visible()
    assert console.complaints == []
