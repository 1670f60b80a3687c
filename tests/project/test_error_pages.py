import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce_orders.models import OrderEvent
from tests.factories import make_amazon_order, make_contact
from tests.staff import SignIn

GERMAN = {"accept-language": "de"}


def alert(response) -> str:
    (words,) = re.findall(r'role="alert">(?:<p>)?(.*?)</p>', response.content.decode())
    return str(words)


def test_what_is_not_there_is_said_in_the_readers_language(admin_client: Client) -> None:
    response = admin_client.get("/admin/commerce_orders/order/999/change/", headers=GERMAN)

    assert response.status_code == 404
    assert alert(response) == "Diese Seite gibt es nicht, oder was sie zeigte, wurde gelöscht."


def test_what_is_not_permitted_is_said_in_the_readers_language(sign_in: SignIn) -> None:
    response = sign_in().get("/admin/commerce_orders/order/", headers=GERMAN)

    assert response.status_code == 403
    assert alert(response).startswith("Ihre Berechtigungen umfassen das nicht.")


@pytest.mark.django_db
def test_a_form_of_before_the_last_log_in_leads_back_to_its_page() -> None:
    order = make_amazon_order().commerce_order
    assert order
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("dana"))
    page = f"/admin/commerce_orders/order/{order.pk}/"

    response = client.post(f"{page}note/", {"text": "Packed", "csrfmiddlewaretoken": "a" * 64}, headers=GERMAN)

    assert response.status_code == 403
    assert alert(response).startswith("Diese Seite wurde vor der letzten Anmeldung geöffnet.")
    assert f'<a class="bo-button" href="{page}">' in response.content.decode()
    assert not OrderEvent.objects.filter(kind="note").exists()


def test_a_fault_is_said_in_the_readers_language(admin_client: Client, settings: Any) -> None:
    order = make_amazon_order(contact=make_contact())
    settings.FIELD_ENCRYPTION_KEYS = [b"x" * 32]
    admin_client.raise_request_exception = False

    response = admin_client.post(f"/admin/amazon_channel/amazonorder/{order.pk}/reveal/", headers=GERMAN)

    assert response.status_code == 500
    assert alert(response).startswith("Der Fehler steht im Protokoll.")
    assert 'href="/admin/"' in response.content.decode()


@pytest.mark.django_db
def test_other_parts_of_the_site_keep_their_own(client: Client) -> None:
    assert client.get("/nowhere/").status_code == 404
    assert "back_office" not in client.get("/nowhere/").content.decode()
