from django.contrib.admin.models import LogEntry

from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import create_token, find_token
from tests.factories import NOW, make_account
from tests.staff import SignIn

TOKENS = "/admin/commerce_orders/apitoken/"
MANAGE = ("commerce_orders.view_apitoken", "commerce_orders.add_apitoken", "commerce_orders.change_apitoken")


def test_a_new_token_is_shown_once_and_works(sign_in: SignIn) -> None:
    client = sign_in(*MANAGE)

    response = client.post(f"{TOKENS}add/", {"name": "Warehouse", "scopes": ["orders:read"], "expires_at": ""})

    text = response.context["text"]
    token = ApiToken.objects.get()
    assert find_token(text) == token
    assert (token.name, token.scopes, token.expires_at, token.created_at) == ("Warehouse", ["orders:read"], None, NOW)
    assert f'<code class="bo-secret">{text}</code>' in response.content.decode()
    assert text not in client.get(f"{TOKENS}{token.pk}/change/").content.decode()
    assert LogEntry.objects.get().object_repr == "Warehouse"


def test_a_taken_name_is_refused_at_its_field(sign_in: SignIn, clock: object) -> None:
    create_token(name="Warehouse", scopes=["orders:read"], now=NOW)

    response = sign_in(*MANAGE).post(f"{TOKENS}add/", {"name": "Warehouse", "scopes": ["orders:read"]})

    assert response.context["form"].errors["name"] == ["There is already a token with the name Warehouse."]
    assert ApiToken.objects.count() == 1


def test_a_revoked_token_is_refused_from_now_on(sign_in: SignIn) -> None:
    token, _text = create_token(name="Warehouse", scopes=["orders:read"], now=NOW)

    response = sign_in(*MANAGE).post(f"{TOKENS}{token.pk}/revoke/", follow=True)

    assert "Whoever uses it is refused from now on." in response.content.decode()
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_revoking_needs_its_own_permission(sign_in: SignIn) -> None:
    token, _text = create_token(name="Warehouse", scopes=["orders:read"], now=NOW)
    client = sign_in("commerce_orders.view_apitoken")

    assert client.post(f"{TOKENS}{token.pk}/revoke/").status_code == 403
    assert client.get(f"{TOKENS}add/").status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


def test_the_list_takes_a_constant_number_of_queries(sign_in: SignIn, django_assert_num_queries) -> None:
    client = sign_in("commerce_orders.view_apitoken")
    for rows in (1, 2):
        create_token(name=f"System {rows}", scopes=["orders:read"], now=NOW)
        with django_assert_num_queries(6):
            page = client.get(TOKENS)
        assert page.context["cl"].result_count == rows


def test_nobody_gives_a_token_more_of_buyers_data_than_they_may_see(sign_in: SignIn) -> None:
    asked_for = {"name": "ERP", "scopes": ["customers:read"], "expires_at": ""}

    refused = sign_in(*MANAGE).post(f"{TOKENS}add/", asked_for)
    assert "scopes" in refused.context["form"].errors
    assert not ApiToken.objects.exists()

    sign_in(*MANAGE, "customers.view_personal_data", username="mia").post(f"{TOKENS}add/", asked_for)
    assert ApiToken.objects.get().scopes == ["customers:read"]


def test_a_token_is_limited_to_the_stores_that_are_chosen(sign_in: SignIn) -> None:
    account = make_account(name="First")
    make_account(name="Second")
    client = sign_in(*MANAGE)
    asked_for = {"name": "ERP", "scopes": ["orders:read"], "accounts": [f"amazon:{account.pk}"], "expires_at": ""}

    response = client.post(f"{TOKENS}add/", asked_for)

    assert ApiToken.objects.get().accounts == [f"amazon:{account.pk}"]
    assert "<dt>Stores</dt><dd><bdi>First</bdi></dd>" in response.content.decode()
    refused = client.post(f"{TOKENS}add/", asked_for | {"name": "Hooks", "scopes": ["webhooks:write"]})
    assert list(refused.context["form"].errors) == ["scopes"]
