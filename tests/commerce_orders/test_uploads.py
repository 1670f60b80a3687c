"""Files of shipments: read in any encoding, with any columns, once, by workers that may die."""

import io
from datetime import timedelta

import pytest

from commerce_orders.cells import TableRefused
from commerce_orders.models import Shipment, ShipmentUpload, UploadRow
from commerce_orders.services import upload_shipping, uploads
from commerce_orders.services.upload_shipping import UploadNotReady, ship_portion, start_shipping
from commerce_orders.services.uploads import change_columns, forget_uploads, read_upload, unfinished_uploads
from commerce_orders.tasks import carry_out_unfinished_uploads, carry_out_upload
from tests.commerce_orders.product_files import csv_file, xlsx_file
from tests.commerce_orders.uploaded import make_orders, outcomes, ship, upload
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEADINGS = {
    "en": ["Order ID", "SKU", "Qty", "Carrier", "Tracking number", "Ship date"],
    "zh": ["订单号", "货号", "数量", "快递公司", "运单号", "发货日期"],
    "sv": ["Ordernummer", "Artikelnr", "Antal", "Fraktbolag", "Kollinummer", "Skickad"],
    "de": ["Bestell-Nr.", "Artikelnummer", "Stückzahl", "Versanddienstleister", "Sendungsnummer", "Versanddatum"],
    "it": ["Numero ordine", "Codice articolo", "Quantità", "Corriere", "Numero di spedizione", "Data spedizione"],
    "fr": ["N° de commande", "Référence article", "Qté", "Transporteur", "N° de suivi", "Date d’expédition"],
}
COLUMNS = ["order", "sku", "quantity", "carrier", "tracking", "date"]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *((language, "utf-8-sig") for language in HEADINGS),
        ("de", "cp1252"),
        ("fr", "utf-8"),
        ("it", "utf-16"),
        ("sv", "utf-16-le"),
        ("de", "utf-16-be"),
        ("sv", "cp1252"),
        ("it", "cp1252"),
        ("zh", "gb18030"),
        ("zh", "utf-16"),
    ],
)
def test_headings_of_each_language_are_known_in_each_encoding(language, encoding):
    (order,) = make_orders(1)
    row = [order.number, "SKU-1", "1", "UPS", "1Z1", "2026-11-20"]

    uploaded = upload(csv_file([HEADINGS[language], row], delimiter=";", encoding=encoding))

    assert uploaded.columns == COLUMNS
    assert uploaded.headings == HEADINGS[language]
    assert outcomes(uploaded) == [("ready", "")]


def test_columns_are_guessed_from_what_is_in_them():
    orders = make_orders(3)
    rows = [
        ["Ada Lovelace", "DHL", f"JD0149999000{order.pk}", order.channel_order_id, "19.11.2026"] for order in orders
    ]

    with_strange_headings = upload([["Wer", "Wie", "Was", "Wieso", "Wann"], *rows])
    without = upload(rows)

    for uploaded, headings in ((with_strange_headings, 1), (without, 0)):
        assert uploaded.columns == ["", "carrier", "tracking", "order", "date"]
        assert (uploaded.has_headings, uploaded.rows_read) == (bool(headings), 3)
    assert without.headings == [""] * 5  # a buyer's name is no heading


def test_what_stands_in_columns_that_are_not_used_is_stored_encrypted_only_and_thrown_away():
    (order,) = make_orders(1)
    uploaded = upload([["Order", "Tracking number", "Carrier", "Recipient"], [order.number, "1Z1", "UPS", "Ada L."]])
    stored = ShipmentUpload.objects.extra(select={"raw": "content"}).values_list("raw", flat=True).get()
    row = UploadRow.objects.values().get()

    assert b"Ada" not in bytes(stored)
    assert b"Ada" in uploaded.content
    assert "Ada" not in str(row)
    ship(uploaded)
    assert ShipmentUpload.objects.get().content is None


def test_wrong_columns_are_put_right_and_every_row_is_checked_anew():
    (order,) = make_orders(1)
    uploaded = upload([["Foo", "Order", "Tracking"], ["x", "y", "1Z1"], [order.number, "z", "1Z2"]])
    assert uploaded.columns == ["", "order", "tracking"]
    assert outcomes(uploaded) == [("refused", "There is no order y."), ("refused", "There is no order z.")]
    with pytest.raises(UploadNotReady):
        start_shipping(upload_id=uploaded.pk, now=NOW)

    change_columns(upload=uploaded, columns=["order", "", "tracking"], default_carrier=" usps ", now=NOW)

    assert outcomes(uploaded) == [("refused", "There is no order x."), ("ready", "")]
    ship(uploaded)
    assert [(row.order_id, row.carrier_code) for row in Shipment.objects.all()] == [(order.pk, "USPS")]


def test_a_file_without_a_column_that_is_needed_waits_to_be_told_which_it_is():
    uploaded = upload([["Foo", "Bar"], ["x", "y"]])

    assert (uploaded.state, uploaded.columns, uploaded.rows_read) == ("checked", ["", ""], 0)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (["order", "order", "tracking"], "column_twice"),
        (["order", "", ""], "column_missing"),
        (["", "", "tracking"], "column_missing"),
        (["nonsense", "", ""], "column_missing"),
    ],
)
def test_columns_that_cannot_be_are_refused_and_change_nothing(columns, code):
    (order,) = make_orders(1)
    uploaded = upload([["Order", "Foo", "Tracking"], [order.number, "", "1Z1"]])

    with pytest.raises(TableRefused) as refused:
        change_columns(upload=uploaded, columns=columns, default_carrier="UPS", now=NOW)

    assert refused.value.code == code
    uploaded.refresh_from_db()
    assert (uploaded.columns, uploaded.default_carrier, uploaded.rows.count()) == (["order", "", "tracking"], "", 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7\n\x00\x01", "no_table"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nendobj\n", "no_table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no_table"),
        (b"just some words\nand more of them\n", "no_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
        (b"PK\x03\x04 and nothing else", "no_table"),
        (b'order,tracking\n1,"never closed\n', "no_table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_not_kept(content, code):
    with pytest.raises(TableRefused) as refused:
        upload(io.BytesIO(content))

    assert (refused.value.code, str(refused.value) != "") == (code, True)
    assert not ShipmentUpload.objects.exists()


def test_a_file_handed_in_twice_ships_nothing_twice():
    first, second = make_orders(2)
    rows = [["Order", "SKU", "Quantity", "Carrier", "Tracking"], [first.number, "SKU-2", "1", "UPS", "1Z1"]]
    rows.append([second.number, "", "", "UPS", "1Z2"])
    checked_before = upload(rows)
    ship(upload(rows))

    ship(checked_before)
    again = upload(rows)

    known = [("already", "This package is recorded already.")] * 2
    assert (outcomes(checked_before), outcomes(again)) == (known, known)
    assert Shipment.objects.count() == 2
    assert uploads.earlier_upload(again).pk > checked_before.pk
    with pytest.raises(UploadNotReady):
        start_shipping(upload_id=again.pk, now=NOW)


def test_a_package_that_is_recorded_without_a_row_of_its_own_is_not_said_to_be_done():
    (order,) = make_orders(1)
    headings = ["Order", "SKU", "Quantity", "Carrier", "Tracking"]
    first = [headings, [order.number, "SKU-1", "1", "UPS", "1Z1"]]
    second = [headings, [order.number, "SKU-1", "1", "UPS", "1Z1"], [order.number, "SKU-2", "1", "UPS", "1Z1"]]
    later = [headings, [order.number, "SKU-2", "1", "UPS", "1Z1"]]
    checked_before = upload(later)
    ship(upload(first))

    ship(checked_before)

    done = ("already", "This package is recorded already.")
    left = (
        "refused",
        "This package is recorded already, without SKU-2. Ship what is left from the order's own page.",
    )
    assert (outcomes(checked_before), outcomes(upload(second))) == ([left], [done, left])
    assert Shipment.objects.count() == 1


def test_what_is_refused_only_now_stops_no_other():
    first, second = make_orders(2)
    rows = [["Order", "Carrier", "Tracking"], [first.number, "UPS", "1Z1"], [second.number, "UPS", "1Z2"]]
    uploaded = upload(rows)
    for line in first.lines.all():
        line.quantity_canceled = line.quantity
        line.save()

    ship(uploaded)

    assert outcomes(uploaded) == [("refused", "Choose at least one item to ship."), ("shipped", "")]
    assert (uploaded.state, uploaded.finished_at) == ("done", NOW)


def test_a_package_that_fails_for_a_reason_nobody_expected_stops_no_other(monkeypatch, caplog):
    first, second = make_orders(2)
    uploaded = upload([["Order", "Carrier", "Tracking"], [first.number, "UPS", "1Z1"], [second.number, "UPS", "1Z2"]])
    record_shipment = upload_shipping.record_shipment

    def fail_for_the_first(*, order_id, **arguments):
        shipment = record_shipment(order_id=order_id, **arguments)
        if order_id == first.pk:
            raise KeyError("unforeseen")
        return shipment

    monkeypatch.setattr(upload_shipping, "record_shipment", fail_for_the_first)

    ship(uploaded)

    assert outcomes(uploaded) == [
        ("refused", "Something went wrong here. Try this one again later."),
        ("shipped", ""),
    ]
    assert uploaded.state == "done"
    assert list(Shipment.objects.values_list("order_id", flat=True)) == [second.pk]
    assert [record.exc_info[0] for record in caplog.records] == [KeyError]


def test_a_long_file_is_checked_and_shipped_in_portions_that_go_on_where_they_ended(monkeypatch):
    monkeypatch.setattr(uploads, "PORTION", 2)
    monkeypatch.setattr(upload_shipping, "ROWS_AT_ONCE", 2)
    orders = make_orders(5)
    rows = [["Order", "Carrier", "Tracking"], *([order.number, "UPS", f"1Z{order.pk}"] for order in orders)]

    uploaded = upload(xlsx_file(rows))
    assert (uploaded.state, uploaded.rows_read) == ("reading", 2)
    read_upload(upload_id=uploaded.pk, now=NOW)
    read_upload(upload_id=uploaded.pk, now=NOW)  # rung twice
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.rows_read) == ("checked", 5)
    assert [row.number for row in uploaded.rows.all()] == [2, 3, 4, 5, 6]

    start_shipping(upload_id=uploaded.pk, now=NOW)
    assert [ship_portion(upload_id=uploaded.pk, clock=lambda: NOW) for _ in range(3)] == [True, True, False]
    carry_out_upload(uploaded.pk)
    assert Shipment.objects.count() == 5


def test_a_file_that_cannot_be_read_to_its_end_ships_nothing(monkeypatch):
    monkeypatch.setattr(uploads, "PORTION", 1)
    monkeypatch.setattr(uploads, "LOOKED_AT", 2)
    first, second = make_orders(2)
    broken = f'order,carrier,tracking\n{first.number},UPS,1Z1\n{second.number},UPS,"never closed\n'

    uploaded = upload(io.BytesIO(broken.encode()))
    read_upload(upload_id=uploaded.pk, now=NOW)

    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.content, uploaded.rows.count()) == ("refused", None, 0)
    assert "quotation mark is not closed" in uploaded.refusal


def test_a_file_whose_job_was_lost_is_taken_up_by_the_sweep(monkeypatch):
    monkeypatch.setattr("commerce_orders.tasks.timezone.now", lambda: NOW + timedelta(minutes=3))
    (order,) = make_orders(1)
    uploaded = upload([["Order", "Carrier", "Tracking"], [order.number, "UPS", "1Z1"]])
    start_shipping(upload_id=uploaded.pk, now=NOW)
    assert unfinished_uploads(before=NOW - timedelta(seconds=1)) == []

    carry_out_unfinished_uploads()

    uploaded.refresh_from_db()
    assert (uploaded.state, Shipment.objects.count()) == ("done", 1)


def test_files_are_forgotten_after_a_day_and_reports_after_ninety():
    (order,) = make_orders(1)
    uploaded = upload([["Order", "Tracking"], [order.number, "1Z1"]])

    forget_uploads(now=NOW + timedelta(hours=23))
    uploaded.refresh_from_db()
    assert uploaded.content
    forget_uploads(now=NOW + timedelta(hours=25))
    uploaded.refresh_from_db()
    assert (uploaded.content, uploaded.may_be_mapped) == (None, False)
    forget_uploads(now=NOW + timedelta(days=91))
    assert not ShipmentUpload.objects.exists()
