import importlib

import pytest
from django.test import Client

from commerce_orders import pdf
from commerce_orders.models import DocumentJob, Order
from commerce_orders.services.documents import print_portion
from customers.models import PersonalDataAccess
from tests.commerce_orders.printing import needs_pango, texts
from tests.commerce_orders.uploaded import make_orders
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

AMAZON, COMMERCE = "/admin/amazon_channel/amazonorder/", "/admin/commerce_orders/order/"
PACKER = ("amazon_channel.view_amazonorder", "commerce_orders.view_order", "customers.view_personal_data")


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in(*PACKER)


@needs_pango
@pytest.mark.parametrize("place", [AMAZON, COMMERCE])
def test_slips_of_selected_orders_are_printed_from_either_list(packer: Client, place: str) -> None:
    orders = make_orders(2)
    keys = [order.pk if place == COMMERCE else order.amazon_order.pk for order in orders]

    response = packer.post(place, {"action": "print_slips", "_selected_action": keys})

    assert response.headers["Content-Type"] == "application/pdf"
    assert [order.number in page for order, page in zip(orders, texts(response.content), strict=True)] == [True, True]
    assert PersonalDataAccess.objects.filter(purpose="packing_slip").count() == 2


@needs_pango
def test_a_pick_list_needs_no_right_to_see_buyers(sign_in: SignIn) -> None:
    client = sign_in("commerce_orders.view_order")
    (order,) = make_orders(1)

    listed = client.post(f"{COMMERCE}print/", {"kind": "pick_list", "order": order.pk})
    slip = client.post(f"{COMMERCE}print/", {"kind": "packing_slips", "order": order.pk})
    action = client.post(COMMERCE, {"action": "print_slips", "_selected_action": [order.pk]})

    assert "SKU-2" in texts(listed.content)[0]
    assert slip.status_code == 403
    assert action.headers.get("Content-Type") != "application/pdf"
    assert not PersonalDataAccess.objects.exists()


@needs_pango
def test_many_slips_show_their_progress_and_are_taken_once(
    packer: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce_orders.admin.documents.AT_ONCE", 1)
    orders = make_orders(2)

    page = packer.post(
        f"{COMMERCE}print/", {"kind": "packing_slips", "order": [order.pk for order in orders]}, follow=True
    )
    job = DocumentJob.objects.get()
    assert "0 of 2 are created." in page.content.decode()
    print_portion(job_id=job.pk, now=NOW)
    address = f"{COMMERCE}documents/{job.pk}/"

    assert "The PDF is ready." in packer.get(address).content.decode()
    assert sign_in(*PACKER, username="eve").post(address).status_code == 404
    assert len(texts(packer.post(address).content)) == 2
    assert "have already been downloaded or deleted" in packer.post(address, follow=True).content.decode()


def test_where_pango_is_missing_the_page_says_what_to_install(packer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    (order,) = make_orders(1)

    def missing(name: str) -> object:
        raise OSError("cannot load library 'libpango-1.0-0'")

    pdf._weasyprint.cache_clear()
    with monkeypatch.context() as broken:
        broken.setattr(importlib, "import_module", missing)
        response = packer.post(f"{COMMERCE}print/", {"kind": "packing_slips", "order": order.pk})

    shown = packer.get(response.headers["Location"], follow=True).content.decode()
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in shown
    assert not PersonalDataAccess.objects.exists()


@pytest.mark.parametrize("data", [{}, {"kind": "nonsense", "order": "1"}, {"kind": "pick_list", "order": "x"}])
def test_a_document_that_there_is_not_is_not_found(packer: Client, data: dict[str, str]) -> None:
    assert packer.post(f"{COMMERCE}print/", data).status_code == 404


def test_orders_without_a_commerce_order_print_nothing(packer: Client) -> None:
    order = make_amazon_order(with_commerce_order=False)

    shown = packer.post(AMAZON, {"action": "print_slips", "_selected_action": [order.pk]}, follow=True)

    assert "None of these has a Commerce order yet" in shown.content.decode()
    assert not Order.objects.exists()
