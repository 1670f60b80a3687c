import pytest
from playwright.sync_api import expect

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Shipment, ShipmentUpload
from commerce_orders.tasks import carry_out_upload
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish
from tests.commerce_orders.product_files import csv_file

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_file_with_three_bad_rows_ships_the_others(open_page: OpenPage, console: Console) -> None:
    shop = furnish()
    order = shop.to_ship.commerce_order
    asked = AmazonOrder.objects.get(buyer_wants_to_cancel=True).commerce_order
    assert order and asked
    rows = [
        ["Bestellnummer", "Versanddienstleister", "Sendungsnummer", "Empfänger"],
        [order.channel_order_id, "usps", "9400110200881234567890", "Ada"],
        ["111-0000000-0000009", "UPS", "1Z999AA10123456784", "Bob"],
        [asked.number, "UPS", "1Z999AA10123456785", "Eve"],
        [order.number, "Brieftaube", "1Z999AA10123456786", "Ada"],
    ]
    page = open_page(width=390)
    sign_in(page, username="dana", password=PASSWORD)
    page.goto("/admin/commerce_orders/shipmentupload/add/")

    file = {"name": "labels.csv", "mimeType": "text/csv", "buffer": csv_file(rows, encoding="cp1252").getvalue()}
    page.locator("input[type=file]").set_input_files(files=[file])  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_text("There is no order 111-0000000-0000009.")).to_be_visible()
    expect(page.get_by_text("The buyer asks to cancel this order.")).to_be_visible()
    expect(page.get_by_text("The carrier “Brieftaube” is not known for this order.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    before = Shipment.objects.count()
    page.get_by_role("button", name="Ship 1 row").click()
    expect(page.get_by_text("3 of 4 rows are done.")).to_be_visible()
    carry_out_upload(ShipmentUpload.objects.latest("pk").pk)

    expect(page.get_by_text("Shipped: 1")).to_be_visible()
    assert console.complaints == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Outcome as CSV").click()
    assert "9400110200881234567890,,Shipped" in download.value.path().read_text("utf-8-sig")
    assert Shipment.objects.count() == before + 1
