import httpx
import pytest


def test_refresh_token_gives_an_opaque_bearer_token(caller):
    reply = caller.log_in().json()
    assert reply["access_token"].startswith("Atza|")
    assert {name: reply[name] for name in ("token_type", "expires_in", "refresh_token")} == {
        "token_type": "bearer",
        "expires_in": 3600,
        "refresh_token": "Atzr|demo",
    }


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"refresh_token": "Atzr|stolen"}, 400, "invalid_grant"),
        ({"client_id": "amzn1.someone"}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_login_refuses_with_the_error_of_the_standard(caller, form, status, error):
    reply = caller.log_in(**form)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert reply.json()["error_description"]


def test_login_without_readable_form_is_an_invalid_request(caller):
    reply = caller.http.post("/auth/o2/token", content=b"\xff\xfe")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_grantless_token_opens_no_seller_operation(caller):
    reply = caller.log_in(grant_type="client_credentials", scope="sellingpartnerapi::notifications")
    assert "refresh_token" not in reply.json()
    assert _refusal(caller.search()) == ""


def test_token_expires_after_its_lifetime_and_a_new_one_works(caller):
    caller.simulator.set_clock(advance_seconds=3599)
    assert caller.search().status_code == 200
    caller.simulator.set_clock(advance_seconds=1)
    assert _refusal(caller.search()) == "The access token you provided has expired."
    caller.log_in()
    assert caller.search().status_code == 200


def test_missing_and_forged_tokens_are_refused(caller):
    caller.headers = {}
    assert _refusal(caller.search()) == "Access token is missing in the request header."
    caller.headers = {"x-amz-access-token": "Atza|forged"}
    assert _refusal(caller.search()) == "The access token you provided is revoked, malformed or invalid."


def test_seller_who_removed_the_application_is_shut(caller):
    caller.simulator.add_seller(authorised=False)
    assert _refusal(caller.search()) == "The access token you provided is revoked, malformed or invalid."
    assert caller.log_in().json()["error"] == "invalid_grant"


def test_each_seller_sees_only_their_own_orders(caller):
    caller.simulator.add_seller(id="A2OTHER", refresh_token="Atzr|other", marketplace_ids=["ATVPDKIKX0DER"])
    [mine] = caller.simulator.create_orders()
    [theirs] = caller.simulator.create_orders(seller="A2OTHER")
    assert caller.search_ids() == [mine]
    caller.log_in(refresh_token="Atzr|other")
    assert caller.search_ids() == [theirs]
    assert caller.get(f"/orders/2026-01-01/orders/{mine}").status_code == 404


def _refusal(response: httpx.Response) -> str:
    """The details of Amazon's 403."""
    [error] = response.json()["errors"]
    assert response.status_code == 403
    assert (error["code"], error["message"]) == ("Unauthorized", "Access to requested resource is denied.")
    return error["details"]
