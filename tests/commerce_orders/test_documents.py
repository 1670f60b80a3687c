"""Packing slips and pick lists, read back from the PDF."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from PIL import Image

from amazon_channel.models import DocumentSettings
from amazon_channel.services.document_settings import change_document_settings
from commerce_orders import pdf
from commerce_orders.documents import barcode_address, picked_items
from commerce_orders.models import DocumentJob, DocumentPart, Order, OrderLine
from commerce_orders.services import documents
from commerce_orders.services.documents import (
    DocumentsRefused,
    forget_documents,
    print_packing_slips,
    print_pick_list,
    print_portion,
    start_packing_slips,
    take_document,
)
from customers.models import Contact, PersonalDataAccess, PersonalDetails, PostalAddress
from tests.commerce_orders.printing import fonts, needs_pango, sizes, texts
from tests.commerce_orders.uploaded import make_orders
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = [pytest.mark.django_db, needs_pango]

HOSTILE = "<script>alert(1)</script><img src=https://evil.example/x.png><img src=file:///etc/passwd>"
ADDRESSES = {
    "US": ("Ada Lovelace", "1 Main Street", "Seattle", "Noto-Sans"),
    "CN": ("王小明", "朝阳区建国路93号", "北京市", "Noto-Sans-CJK-SC"),
    "JP": ("山田 太郎", "千代田区千代田1-1", "東京都", "Noto-Sans-CJK-JP"),
    "KR": ("홍길동", "강남구 테헤란로 1", "서울특별시", "Noto-Sans-CJK-KR"),
    "AE": ("Ahmed", "1 Sheikh Zayed Rd", "دبي", "Noto-Sans-Arabic"),
    "GR": ("Ελένη", "Οδός 1", "Αθήνα", "Noto-Sans"),
}


@pytest.fixture
def packer(db) -> User:
    return User.objects.create_user("dana")


def make_contact(country="US", *, gift_messages=None, **changes):
    name, line, city, _font = ADDRESSES[country]
    address = PostalAddress(**{"name": name, "lines": (line,), "city": city, "country_code": country} | changes)
    details = PersonalDetails(buyer_name=name, address=address, gift_messages=gift_messages or {})
    contact = Contact(origin="amazon", created_at=NOW).fill(details)
    contact.save()
    return contact


def make_order(country="US", **columns):
    order = make_amazon_order(contact=make_contact(country), **columns).commerce_order
    assert order
    return order


def slips(orders, user):
    return print_packing_slips(order_ids=[order.pk for order in orders], user=user, now=NOW)


def test_addresses_of_any_script_come_out_in_fonts_of_our_own(packer):
    account = make_account()
    orders = [make_order(country, account=account) for country in ADDRESSES]

    printed = slips(orders, packer)

    pages = texts(printed)
    assert len(pages) == len(ADDRESSES)
    for page, order, (name, line, city, _font) in zip(pages, orders, ADDRESSES.values(), strict=True):
        assert order.number in page
        for part in (name, line):
            assert "".join(part.split()) in page
        if city != "دبي":  # which a PDF holds in the order and the forms that it is drawn in
            assert city in page
    assert {font for *_parts, font in ADDRESSES.values()} <= fonts(printed)
    assert not any("DejaVu" in font or "Liberation" in font for font in fonts(printed))


def test_language_paper_and_logo_are_those_of_the_account(packer):
    logo = io.BytesIO()
    Image.new("RGB", (300, 100), "red").save(logo, "PNG")
    logo.seek(0)
    us, german = (
        make_account(name="Northwind"),
        make_account(name="Nordwind", region="eu", marketplaces=("A1PA6795UKMFR9",)),
    )
    change_document_settings(account=us, language="en", page_size="letter", logo=logo)
    orders = [make_order(account=us), make_order(account=german)]

    printed = slips(orders, packer)

    assert sizes(printed) == [(216, 279), (210, 297)]
    assert "Packingslip" in texts(printed)[0]
    assert b"/Image" in printed
    assert "SoldbyNorthwind" in texts(printed)[0]
    assert DocumentSettings.objects.count() == 1


def test_a_slip_has_the_items_that_are_expected_and_the_gift_message(packer):
    order = make_order()
    first, second = order.lines.all()
    OrderLine.objects.filter(pk=first.pk).update(quantity_canceled=1)
    contact = order.contact
    contact.fill(PersonalDetails(gift_messages={second.channel_line_id: "生日快乐! Happy birthday"}))
    contact.save()

    (page,) = texts(slips([order], packer))

    assert "2Product2SKU-2" in page
    assert "SKU-1" not in page
    assert "Giftmessage生日快乐!Happybirthday" in page
    assert "Noaddressisstoredforthisorder." in page


def test_hostile_text_is_text_and_nothing_is_fetched(packer, caplog):
    order = make_order()
    order.lines.update(name=HOSTILE)

    (page,) = texts(slips([order], packer))

    assert "<script>alert(1)</script>" in page
    assert caplog.records == []
    html = '<img src="https://evil.example/x.png"><img src="file:///etc/passwd">'
    pdf.render_pdf(html)
    assert [record.getMessage().rpartition(": ")[0].count("disallowed protocol") for record in caplog.records] == [1, 1]


def test_what_no_font_can_draw_is_not_in_the_log(packer, caplog):
    cuneiform = "\U00012000\U00012001"
    order = make_amazon_order(contact=make_contact(name=f"{cuneiform} Lovelace")).commerce_order

    (page,) = texts(slips([order], packer))

    assert "Packingslip" in page
    assert caplog.records == []


def test_every_slip_leaves_a_row_that_says_who_saw_the_address(packer):
    orders = [make_order(), make_order()]

    slips(orders, packer)

    rows = PersonalDataAccess.objects.order_by("id").values_list("actor", "user", "purpose", "contact", "contacts_seen")
    assert list(rows) == [("dana", packer.pk, "packing_slip", order.contact_id, 1) for order in orders]


def test_a_pick_list_adds_up_what_is_left_and_names_nobody(packer):
    first, second = make_orders(2)
    OrderLine.objects.filter(order=second, sku="SKU-1").update(quantity_shipped=1)

    (page,) = texts(print_pick_list(order_ids=[first.pk, second.pk], now=NOW))

    assert [(item.sku, item.quantity, list(item.orders)) for item in picked_items([first, second])] == [
        ("SKU-1", 1, [(first.number, 1)]),
        ("SKU-2", 4, [(first.number, 2), (second.number, 2)]),
    ]
    assert f"4SKU-2Product2{first.number}×2,{second.number}×2" in page
    assert "Ada" not in page
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("number", ["100000042", "111-0000001-0000001", "A b/c"])
def test_a_barcode_is_made_of_any_order_number(number):
    assert barcode_address(number).startswith("data:image/svg+xml;base64,")


def test_a_number_that_no_barcode_holds_goes_without():
    assert barcode_address("订单-1") == ""


def test_many_slips_are_made_by_a_worker_in_portions_and_thrown_away_when_taken(packer, monkeypatch):
    monkeypatch.setattr(documents, "AT_ONCE", 2)
    orders = make_orders(3)
    job = start_packing_slips(order_ids=[order.pk for order in orders], user=packer, now=NOW)
    with pytest.raises(DocumentsRefused):
        take_document(job=job, now=NOW)

    assert [print_portion(job_id=job.pk, now=NOW) for _ in range(3)] == [True, False, False]
    stored = DocumentPart.objects.extra(select={"raw": "content"}).values_list("raw", flat=True)
    assert not any(bytes(content).startswith(b"%PDF") for content in stored)
    job.refresh_from_db()
    pages = texts(take_document(job=job, now=NOW))

    assert [order.number in page for order, page in zip(orders, pages, strict=True)] == [True] * 3
    assert not DocumentPart.objects.exists()
    with pytest.raises(DocumentsRefused):
        take_document(job=job, now=NOW)


def test_slips_that_nobody_takes_are_thrown_away_within_the_hour(packer):
    (order,) = make_orders(1)
    job = start_packing_slips(order_ids=[order.pk], user=packer, now=NOW)
    print_portion(job_id=job.pk, now=NOW)

    forget_documents(now=NOW + timedelta(minutes=59))
    assert DocumentPart.objects.count() == 1
    forget_documents(now=NOW + timedelta(minutes=61))
    assert not DocumentPart.objects.exists()
    forget_documents(now=NOW + timedelta(hours=3))
    assert not DocumentJob.objects.exists()


def test_too_many_slips_at_once_are_refused(packer):
    with pytest.raises(DocumentsRefused):
        start_packing_slips(order_ids=range(501), user=packer, now=NOW)
    assert not DocumentJob.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_styles_of_many_orders_take_one_query(rows, django_assert_num_queries):
    orders = list(Order.objects.filter(pk__in=[order.pk for order in make_orders(rows)]))

    with django_assert_num_queries(1):
        documents.document_styles(orders)
