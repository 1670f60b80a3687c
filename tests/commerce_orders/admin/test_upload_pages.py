import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from commerce_orders.models import Order, Shipment, ShipmentUpload
from commerce_orders.services.upload_shipping import ship_portion
from project.moments import format_moment
from tests.commerce_orders.product_files import csv_file
from tests.commerce_orders.uploaded import make_orders, ship, upload
from tests.factories import NOW
from tests.staff import SignIn

UPLOADS = "/admin/commerce_orders/shipmentupload/"
HOSTILE = '=HYPERLINK("http://evil.example")<script>'


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in("commerce_orders.ship_order", "commerce_orders.view_order")


def hand_in(client: Client, content: bytes, name: str = "labels.csv"):
    return client.post(f"{UPLOADS}add/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def page_of(uploaded: ShipmentUpload) -> str:
    return f"{UPLOADS}{uploaded.pk}/change/"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def three_rows(*orders: Order) -> bytes:
    rows = [["Order", "Carrier", "Tracking"], *([order.number, "UPS", f"1Z{order.pk}"] for order in orders)]
    return csv_file([*rows, [HOSTILE, "UPS", "1Z9"]]).getvalue()


def test_a_file_is_checked_then_shipped_by_a_worker_and_its_outcome_taken_away(packer: Client) -> None:
    first, second = make_orders(2)
    checked = hand_in(packer, three_rows(first, second)).content.decode()
    uploaded = ShipmentUpload.objects.get()
    assert "Ship 2 rows" in checked
    assert "There is no order =HYPERLINK(&quot;http://evil.example&quot;)&lt;script&gt;." in checked
    assert not Shipment.objects.exists()

    running = packer.post(f"{UPLOADS}{uploaded.pk}/ship/", follow=True).content.decode()
    assert ("data-reload-seconds" in running, "1 of 3 rows are done." in running) == (True, True)
    ship_portion(upload_id=uploaded.pk, clock=lambda: NOW)
    done = packer.get(page_of(uploaded)).content.decode()

    assert ("data-reload-seconds" in done, "Shipped: 2" in done, "Refused: 1" in done) == (False, True, True)
    lines = list(csv.reader(io.StringIO(body(packer.get(f"{UPLOADS}{uploaded.pk}/result.csv")).decode("utf-8-sig"))))
    assert ",".join(lines[0]) == "Row,Order number,SKU,Quantity,Carrier,Tracking number,Ship date,Outcome,What to know"
    assert lines[1] == ["2", first.number, "", "", "UPS", f"1Z{first.pk}", "", "Shipped", ""]
    assert lines[3][1] == f"'{HOSTILE}"
    workbook = load_workbook(io.BytesIO(body(packer.get(f"{UPLOADS}{uploaded.pk}/result.xlsx"))))
    cell = workbook.active["B4"]
    assert (cell.value, cell.data_type) == (HOSTILE, "s")


def test_the_list_says_when_a_file_came_as_every_list_does(packer: Client) -> None:
    uploaded = upload([["Order", "Carrier", "Tracking"], ["1", "UPS", "1Z9"]])

    page = packer.get(UPLOADS).content.decode()

    assert format_moment(uploaded.uploaded_at) in page


def test_a_second_click_ships_nothing_twice(packer: Client) -> None:
    (order,) = make_orders(1)
    hand_in(packer, three_rows(order))
    uploaded = ShipmentUpload.objects.get()
    ship(uploaded)

    again = packer.post(f"{UPLOADS}{uploaded.pk}/ship/", follow=True).content.decode()

    assert "The packages of this file are being recorded already." in again
    assert Shipment.objects.count() == 1


def test_columns_are_corrected_on_the_page(packer: Client) -> None:
    (order,) = make_orders(1)
    page = hand_in(packer, csv_file([["Foo", "Bar"], ["x", order.number + "0"]]).getvalue()).content.decode()
    uploaded = ShipmentUpload.objects.get()
    assert "These columns were not found: Order number, Tracking number." in page

    wrong = packer.post(f"{UPLOADS}{uploaded.pk}/columns/", {"column_0": "order", "column_1": "order"})
    right = packer.post(
        f"{UPLOADS}{uploaded.pk}/columns/",
        {"column_0": "tracking", "column_1": "order", "default_carrier": "UPS"},
        follow=True,
    )

    assert "Two columns cannot mean the same." in wrong.content.decode()
    assert f"There is no order {order.number}0." in right.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is neither CSV nor XLSX."),
        (b"only words", "This is not a table of shipments"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_its_field(packer: Client, content: bytes, words: str) -> None:
    assert words in hand_in(packer, content).content.decode()
    assert not ShipmentUpload.objects.exists()


def test_the_same_file_says_that_it_was_here_before(packer: Client) -> None:
    (order,) = make_orders(1)
    hand_in(packer, three_rows(order))

    assert "was uploaded before, by dana" in hand_in(packer, three_rows(order)).content.decode()


def test_rows_of_one_outcome_are_shown_alone(packer: Client) -> None:
    (order,) = make_orders(1)
    uploaded = upload(csv_file([["Order", "Carrier", "Tracking"], [order.number, "UPS", "1Z1"], ["x", "UPS", "1Z2"]]))

    shown = packer.get(f"{page_of(uploaded)}?show=refused")

    assert [row.number for row, _state, _words in shown.context["rows"]] == [3]
    assert len(packer.get(f"{page_of(uploaded)}?show=nonsense").context["rows"]) == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(packer: Client, rows: int, django_assert_num_queries) -> None:
    orders = make_orders(rows)
    table = [["Order", "Carrier", "Tracking"], *([order.number, "UPS", f"1Z{order.pk}"] for order in orders)]
    uploaded = upload(csv_file(table))
    packer.get(page_of(uploaded))

    with django_assert_num_queries(9):
        packer.get(page_of(uploaded))


def test_files_are_for_those_who_may_ship(sign_in: SignIn) -> None:
    (order,) = make_orders(1)
    uploaded = upload(csv_file([["Order", "Tracking"], [order.number, "1Z1"]]))
    client = sign_in("commerce_orders.view_order")

    assert [
        client.get(UPLOADS).status_code,
        client.get(page_of(uploaded)).status_code,
        client.get(f"{UPLOADS}{uploaded.pk}/result.csv").status_code,
        client.post(f"{UPLOADS}{uploaded.pk}/ship/").status_code,
        hand_in(client, b"order,tracking\n").status_code,
    ] == [403] * 5
