from datetime import timedelta

import pytest
from django.test import Client

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Cancellation, ProblemRetry
from tests.amazon_channel.problems import make_cancellation, make_confirmation, make_held_order, set_standing
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

PAGE, RETRY = "/admin/problems/", "/admin/problems/retry/"
VIEW, CHANGE = "amazon_channel.view_amazonorder", "amazon_channel.change_amazonorder"
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(VIEW, CHANGE, "commerce_orders.view_order")


def test_without_problems_the_page_says_what_would_be_here(desk: Client) -> None:
    assert "No problems." in desk.get(PAGE).content.decode()


def test_reasons_are_counted_and_the_first_is_open(desk: Client) -> None:
    make_held_order()
    make_held_order()
    make_confirmation("rejected")

    context = desk.get(PAGE).context

    assert [(tab.code, tab.count, tab.is_open) for tab in context["tabs"]] == [
        ("shipment_refused", "1", True),
        ("does_not_add_up", "2", False),
    ]
    assert desk.get(context["tabs"][1].link).context["label"] == "The amounts do not add up"


def test_a_row_links_both_orders_and_shows_amazons_words_escaped(desk: Client) -> None:
    order = make_amazon_order()
    make_confirmation("rejected", order=order, error_detail=HOSTILE)

    text = desk.get(PAGE).content.decode()

    assert f'href="/admin/amazon_channel/amazonorder/{order.pk}/change/"' in text
    assert f'href="/admin/commerce_orders/order/{order.commerce_order_id}/change/"' in text
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;\u202e</bdi>" in text
    assert HOSTILE not in text


def test_pages_lead_to_older_rows_and_back(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commerce_orders.admin.problems.SHOWN_AT_ONCE", 2)
    keys = [make_held_order(since=NOW - timedelta(minutes=age)).pk for age in range(3)]

    first = desk.get(PAGE).context
    second = desk.get(first["older"]).context

    assert [problem.key for problem, _links in first["problems"]] == keys[:2]
    assert [problem.key for problem, _links in second["problems"]] == keys[2:]
    assert (second["older"], second["newest"]) == ("", "/admin/problems/?reason=does_not_add_up")


@pytest.mark.parametrize(
    "query",
    [
        "reason=made_up",
        "reason=unreadable&behind=nonsense",
        "reason=unreadable&behind=,",
        "reason=unreadable&behind=2026-11-20T12:00:00,5",
        "reason=unreadable&behind=0001-01-01T00:00:00%2B14:00,5",
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(desk: Client, query: str) -> None:
    assert desk.get(f"{PAGE}?{query}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(desk: Client, rows: int, django_assert_num_queries) -> None:
    for _ in range(rows):
        make_held_order()

    # Session, user, its permissions (2); counts; rows; last retries.
    with django_assert_num_queries(7):
        desk.get(PAGE)


def test_one_button_tries_its_row_again_whatever_is_ticked(desk: Client) -> None:
    first, second = make_held_order(), make_held_order()

    form = {"reason": "does_not_add_up", "one": first.pk, "key": [second.pk]}
    response = desk.post(RETRY, form, follow=True)

    assert response.redirect_chain == [("/admin/problems/?reason=does_not_add_up", 302)]
    text = response.content.decode()
    assert "1 problem is being tried again." in text
    assert "Being tried again" in text
    assert list(AmazonOrder.objects.filter(is_to_decide=True)) == [first]


def test_chosen_rows_are_tried_again_and_it_is_written_down(desk: Client) -> None:
    chosen = [make_held_order().pk for _ in range(2)]
    make_held_order()

    response = desk.post(RETRY, {"reason": "does_not_add_up", "key": chosen}, follow=True)

    assert "2 problems are being tried again." in response.content.decode()
    retry = ProblemRetry.objects.get()
    assert (retry.actor, retry.chosen, retry.retried) == ("dana", chosen, 2)
    assert [(label, row) for row, label in response.context["retries"]] == [("The amounts do not add up", retry)]


def test_all_of_a_reason_are_left_to_a_worker(desk: Client) -> None:
    make_held_order()

    response = desk.post(RETRY, {"reason": "does_not_add_up", "all": "1"}, follow=True)

    assert "All of them are being tried again in the background." in response.content.decode()
    retry = ProblemRetry.objects.get()
    assert (retry.actor, retry.chosen, retry.finished_at) == ("dana", [], None)


@pytest.mark.parametrize(
    ("key", "answer"),
    [("", "Choose at least one problem."), ("x", "Choose at least one"), ("999", "Nothing to try again")],
)
def test_nothing_that_can_be_tried_again_is_said_so(desk: Client, key: str, answer: str) -> None:
    make_held_order()

    assert answer in desk.post(RETRY, {"reason": "does_not_add_up", "key": key}, follow=True).content.decode()
    assert not AmazonOrder.objects.filter(is_to_decide=True).exists()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_retrying_leads_to_no_foreign_place(desk: Client, address: str) -> None:
    response = desk.post(RETRY, {"reason": "unreadable", "one": "1", "next": address})

    assert response.headers["Location"] == "/admin/problems/?reason=unreadable"


def test_who_may_only_look_finds_no_buttons_and_is_refused(sign_in: SignIn) -> None:
    order = make_held_order()
    viewer = sign_in(VIEW)

    text = viewer.get(PAGE).content.decode()
    assert order.amazon_order_id in text
    assert "Try again" not in text
    assert viewer.post(RETRY, {"reason": "does_not_add_up", "one": order.pk}).status_code == 403
    assert (AmazonOrder.objects.get().is_to_decide, ProblemRetry.objects.count()) == (False, 0)


def test_asking_for_a_cancellation_anew_needs_what_asking_for_it_needs(sign_in: SignIn) -> None:
    request = make_cancellation("refused")
    retry = {"reason": "cancellation_refused", "one": request.pk}
    without = sign_in(VIEW, "amazon_channel.change_amazonorder", username="mo")

    assert without.post(RETRY, retry).status_code == 403
    assert Cancellation.objects.filter(state="requested").count() == 0
    assert sign_in(VIEW, "commerce_orders.cancel_order").post(RETRY, retry).status_code == 302
    assert Cancellation.objects.filter(state="requested").count() == 1


def test_each_sees_the_problems_of_what_they_may_see(sign_in: SignIn) -> None:
    make_held_order()
    set_standing(make_account(), error_code="authorization_revoked", error_since=NOW, error_detail="invalid_grant")

    assert [tab.code for tab in sign_in(VIEW).get(PAGE).context["tabs"]] == ["does_not_add_up"]
    accounts = sign_in("amazon_channel.view_selleraccount", username="mo")
    assert [tab.code for tab in accounts.get(PAGE).context["tabs"]] == ["account_error"]
    assert accounts.get(f"{PAGE}?reason=does_not_add_up").status_code == 404
    assert sign_in(username="nobody").get(PAGE).status_code == 403


def test_only_a_post_tries_again(desk: Client) -> None:
    assert desk.get(RETRY).status_code == 405
    assert desk.post(RETRY, {"reason": "made_up"}).status_code == 404


def test_the_sidebar_counts_the_problems_that_one_may_see(sign_in: SignIn) -> None:
    make_held_order()
    make_confirmation("rejected")

    def badges(client: Client) -> list[object]:
        groups = client.get("/admin/").context["sidebar_navigation"]
        return [item.get("badge") for group in groups for item in group["items"] if item["title"] == "Problems"]

    assert badges(sign_in(VIEW)) == ["2"]
    assert badges(sign_in("amazon_channel.view_selleraccount", username="mo")) == [None]
    assert badges(sign_in(username="nobody")) == []
