import pytest
from playwright.sync_api import Page, expect

from commerce_orders.models import Cancellation, Order, Shipment
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, Shop, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return furnish()


@pytest.fixture
def page(open_page: OpenPage, shop: Shop) -> Page:
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    return page


def open_order(page: Page, order: Order) -> None:
    page.goto(f"/admin/commerce_orders/order/{order.pk}/change/")


def fill_label(page: Page, tracking_number: str) -> None:
    form = page.locator("#ship")
    form.get_by_label("Carrier", exact=True).select_option("UPS")
    form.get_by_label("Tracking number").fill(tracking_number)


def test_an_order_is_canceled_from_its_page(page: Page, shop: Shop, console: Console) -> None:
    order = shop.to_ship.commerce_order
    assert order
    open_order(page, order)
    form = page.locator("#cancel")

    form.get_by_label("Reason").select_option(label="Out of stock")
    form.get_by_role("button", name="Cancel order").click()
    assert not Cancellation.objects.exists()  # the browser asks for the box first
    form.get_by_label("Yes, cancel the whole order").check()
    form.get_by_role("button", name="Cancel order").click()

    expect(page.get_by_text("Nothing can be shipped until Amazon has answered")).to_be_visible()
    expect(page.locator("#timeline ~ ol").get_by_text("Out of stock")).to_be_visible()
    expect(page.get_by_role("button", name="Record shipment")).to_have_count(0)
    assert Cancellation.objects.get().order == order
    assert console.complaints == []


def test_what_the_buyer_asks_to_cancel_is_shipped_after_an_extra_confirmation(
    page: Page, shop: Shop, console: Console
) -> None:
    order = shop.to_ship.commerce_order
    assert order
    open_order(page, order)
    expect(page.get_by_label("Ship although the buyer asks to cancel")).to_have_count(0)
    Order.objects.filter(pk=order.pk).update(buyer_wants_to_cancel=True)  # while the page is open

    fill_label(page, "1Z999AA10123456784")
    page.get_by_role("button", name="Record shipment").click()

    expect(page.get_by_text("Cancel it, or confirm that it is to be shipped all the same.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel as the buyer asks")).to_be_visible()
    assert not Shipment.objects.filter(order=order).exists()
    page.get_by_label("Ship although the buyer asks to cancel").check()
    page.get_by_role("button", name="Record shipment").click()
    expect(page.get_by_text("Shipment recorded.")).to_be_visible()
    assert Shipment.objects.get(order=order).tracking_number == "1Z999AA10123456784"
    assert console.complaints == []


def test_what_the_buyer_asks_is_granted_with_one_click(page: Page, shop: Shop) -> None:
    page.goto("/admin/amazon_channel/amazonorder/?work=late")
    row = page.get_by_role("row").filter(has_text="Buyer asks to cancel")
    row.get_by_role("link").first.click()

    page.get_by_role("button", name="Cancel as the buyer asks").click()

    expect(page.get_by_text("The buyer asked for it")).to_be_visible()
    assert Cancellation.objects.get().reason == "BuyerCanceled"


def test_a_refused_package_is_corrected(page: Page, shop: Shop, console: Console) -> None:
    order = shop.refused.commerce_order
    assert order
    open_order(page, order)
    package = page.get_by_role("article").filter(has_text="9400110200881234567890")
    expect(package.get_by_text("Refused by Amazon")).to_be_visible()
    expect(package.get_by_label("Tracking number")).to_be_hidden()

    package.locator("summary", has_text="Correct").click()
    expect(package.get_by_label("Name of the other carrier")).to_be_hidden()
    package.get_by_label("Carrier", exact=True).select_option("USPS")
    package.get_by_role("button", name="Save correction").click()

    expect(page.get_by_text("Shipment corrected. Its status is shown under Shipments.")).to_be_visible()
    expect(package.get_by_text("Waiting to be sent to Amazon")).to_be_visible()
    expect(page.get_by_text("UPS 9400110200881234567890 → USPS 9400110200881234567890")).to_be_visible()
    assert Shipment.objects.filter(order=order, carrier_code="USPS").count() == 1
    assert console.complaints == []
