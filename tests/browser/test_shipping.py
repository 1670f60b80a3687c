import pytest
from playwright.sync_api import expect

from commerce_orders.models import Shipment
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_order_is_shipped_from_its_page(open_page: OpenPage, console: Console) -> None:
    shop = furnish()
    order = shop.to_ship.commerce_order
    assert order
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)

    page.get_by_role("link", name="Amazon orders").first.click()
    expect(page.get_by_text("1 pending at Amazon")).to_be_visible()
    page.get_by_role("link", name=shop.to_ship.amazon_order_id).click()
    expect(page.get_by_role("heading", name=shop.to_ship.amazon_order_id).first).to_be_visible()
    page.get_by_role("link", name=order.number).click()

    expect(page.get_by_label("Name of the other carrier")).to_be_hidden()
    page.get_by_label("Carrier", exact=True).select_option("Other")
    expect(page.get_by_label("Name of the other carrier")).to_be_visible()
    page.get_by_label("Carrier", exact=True).select_option("UPS")
    page.get_by_label("Tracking number").fill("1Z999AA10123456784")
    page.get_by_role("button", name="Record shipment").click()

    expect(page.get_by_text("Shipment recorded. Its status is shown under Shipments.")).to_be_visible()
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()
    expect(page.get_by_text("Waiting to be sent to Amazon")).to_be_visible()
    expect(page.get_by_role("button", name="Record shipment")).to_have_count(0)
    assert Shipment.objects.get(order=order).tracking_number == "1Z999AA10123456784"
    assert console.complaints == []


def test_a_double_click_ships_once(open_page: OpenPage) -> None:
    shop = furnish()
    order = shop.to_ship.commerce_order
    assert order
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto(f"/admin/commerce_orders/order/{order.pk}/change/")

    page.get_by_label("Carrier", exact=True).select_option("UPS")
    page.get_by_label("Tracking number").fill("1Z999AA10123456784")
    page.get_by_label("Quantity of SKU-2").fill("1")
    page.get_by_role("button", name="Record shipment").dblclick()

    expect(page.get_by_text("Shipment recorded.")).to_be_visible()
    assert Shipment.objects.filter(order=order).count() == 1


def test_selected_orders_are_shipped_together(open_page: OpenPage, console: Console) -> None:
    shop = furnish()
    page = open_page()
    sign_in(page, username="dana", password=PASSWORD)
    page.goto("/admin/amazon_channel/amazonorder/?work=to_ship")

    page.get_by_role("row", name=shop.to_ship.amazon_order_id).get_by_role("checkbox").check()
    page.get_by_role("button", name="Ship selected orders").click()
    page.get_by_label("Carrier of all rows").select_option("USPS")
    page.get_by_label(f"Tracking number {shop.to_ship.amazon_order_id}").fill("9400110200881234567890")
    page.get_by_role("button", name="Ship", exact=True).click()

    expect(page.get_by_text("1 order shipped.")).to_be_visible()
    assert Shipment.objects.get(order=shop.to_ship.commerce_order).carrier_code == "USPS"
    assert console.complaints == []
