"""The shipping sheet as a packer uses it: a scanner types and sends Enter."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from amazon_channel.models import AmazonOrder
from amazon_channel.services.push import push_shipments
from commerce_orders.models import Order, Shipment
from tests.amazon import Shop
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHEET = "/admin/amazon_channel/amazonorder/ship/?work=to_ship"


def open_sheet(open_page: OpenPage, *, width: int = 1280) -> Page:
    page = open_page(width=width)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(SHEET)
    return page


def scan(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_ten_orders_are_shipped_by_scanning_and_amazon_has_them(
    shop: Shop, open_page: OpenPage, console: Console
) -> None:
    User.objects.create_superuser("dana", password=PASSWORD)
    amazon_numbers = [shop.place() for _ in range(10)]
    shop.pull()
    page = open_sheet(open_page)
    page.get_by_label("Carrier of all rows").select_option("UPS")
    page.locator("[data-tracking]").first.focus()

    for number in range(10):
        scan(page, f"1Z999AA1012345678{number}")
    expect(page.locator("[data-shipped]")).to_have_text("10")
    push_shipments(account=shop.account)

    packages = {
        number: [package["trackingNumber"] for package in shop.amazon.order(number)["packages"]]
        for number in amazon_numbers
    }
    assert sorted(number for (number,) in packages.values()) == [f"1Z999AA1012345678{digit}" for digit in range(10)]
    assert {order.status for order in Order.objects.all()} == {"complete"}
    assert console.complaints == []


def test_a_row_that_fails_holds_up_no_other_and_what_is_typed_survives_a_reload(open_page: OpenPage) -> None:
    furnish()
    orders = list(AmazonOrder.objects.to_ship().filter(commerce_order__isnull=False).order_by("ship_by"))
    page = open_sheet(open_page, width=390)
    page.get_by_label("Carrier of all rows").select_option("UPS")
    asked, first, second = orders[:3]  # the buyer of the first one asks to cancel

    page.get_by_label(f"Tracking number {asked.amazon_order_id}").focus()
    scan(page, "1Z0")
    scan(page, "1Z1")
    page.keyboard.type("1Z2")

    expect(page.get_by_text("The buyer asks to cancel this order.")).to_be_visible()
    expect(page.get_by_text("UPS 1Z1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.reload()
    expect(page.get_by_label("Carrier of all rows")).to_have_value("UPS")
    expect(page.get_by_label(f"Tracking number {asked.amazon_order_id}")).to_have_value("1Z0")
    expect(page.get_by_label(f"Tracking number {second.amazon_order_id}")).to_have_value("1Z2")
    assert [shipment.order_id for shipment in Shipment.objects.filter(tracking_number__startswith="1Z1")][-1:] == [
        first.commerce_order_id
    ]


def test_a_scanned_order_number_goes_to_its_row_and_arrows_go_up_and_down(open_page: OpenPage) -> None:
    furnish()
    first, *_others, last = AmazonOrder.objects.to_ship().filter(commerce_order__isnull=False).order_by("ship_by")
    assert last.commerce_order
    page = open_sheet(open_page)
    tracking = page.get_by_label(f"Tracking number {last.amazon_order_id}")
    start = page.get_by_label(f"Tracking number {first.amazon_order_id}")

    for number in (last.amazon_order_id, last.commerce_order.number):
        start.focus()
        scan(page, number)
        expect(tracking).to_be_focused()
    expect(start).to_have_value("")
    page.keyboard.press("ArrowUp")
    expect(tracking).not_to_be_focused()
    scan(page, "111-0000000-9999999")

    expect(page.get_by_text("This order is not on this sheet.")).to_be_visible()
    assert not Shipment.objects.filter(order=last.commerce_order).exists()


def test_without_an_answer_the_number_stays_and_is_sent_again(open_page: OpenPage) -> None:
    shop = furnish()
    page = open_sheet(open_page)
    page.get_by_label("Carrier of all rows").select_option("UPS")
    number = page.get_by_label(f"Tracking number {shop.to_ship.amazon_order_id}")
    page.route("**/ship/row/", lambda route: route.abort())

    number.fill("1Z999AA10123456784")
    number.press("Enter")
    expect(page.get_by_text("Not saved: no answer. Press Enter to try again.")).to_be_visible()
    page.unroute("**/ship/row/")
    number.press("Enter")

    row = page.get_by_role("row").filter(has_text=shop.to_ship.amazon_order_id)
    expect(row.get_by_text("Shipped", exact=True)).to_be_visible()
    assert Shipment.objects.filter(order=shop.to_ship.commerce_order).count() == 1
