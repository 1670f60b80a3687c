"""Views and columns of the lists, by the list of Commerce orders."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from commerce_orders.models import ColumnChoice, SavedView
from tests.factories import make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/commerce_orders/order/"
VIEW = "commerce_orders.view_order"
LIST = "commerce_orders.order"


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in(VIEW)


def save(client: Client, name: str, query: str) -> str:
    """What the page says to it."""
    response = client.post(f"{ORDERS}views/", {"name": name, "list": query})
    return [str(message) for message in get_messages(response.wsgi_request)][-1]


def test_view_is_saved_and_leads_back_to_what_was_seen(viewer: Client) -> None:
    response = viewer.post(f"{ORDERS}views/", {"name": "  My   late ones ", "list": "work=late&sort=-due&p=3"})

    assert response.headers["Location"] == f"{ORDERS}?work=late&sort=-due&p=3"
    view = SavedView.objects.get()
    assert (view.user.username, view.list_name, view.name, view.query) == (
        "dana",
        LIST,
        "My late ones",
        "work=late&sort=-due",
    )
    text = viewer.get(f"{ORDERS}?sort=-due&work=late").content.decode()
    assert '<a class="bo-link" href="?work=late&amp;sort=-due" aria-current="page"><bdi>My late ones</bdi></a>' in text


def test_view_keeps_no_search_which_may_name_a_buyer(viewer: Client) -> None:
    save(viewer, "Ada's", "q=Ada+Lovelace&open=1&status=processing")

    assert SavedView.objects.get().query == "status=processing"


def test_view_saved_under_the_same_name_takes_the_place_of_the_old_one(viewer: Client) -> None:
    save(viewer, "Mine", "work=late")
    save(viewer, "Mine", "work=complete")

    assert SavedView.objects.get().query == "work=complete"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("   ", "Give the view a name."),
        ("x" * 61, "A name has at most 60 ordinary characters."),
        ("a\x00b", "A name has at most 60 ordinary characters."),
    ],
)
def test_view_with_a_name_that_cannot_be_is_refused(viewer: Client, name: str, words: str) -> None:
    assert save(viewer, name, "work=late") == words
    assert not SavedView.objects.exists()


def test_views_of_one_person_are_at_most_fifty(viewer: Client, sign_in: SignIn) -> None:
    save(viewer, "first", "work=late")
    owner = SavedView.objects.get().user
    SavedView.objects.bulk_create(
        SavedView(user=owner, list_name=LIST, name=f"View {number}", query="") for number in range(49)
    )

    assert save(viewer, "one more", "") == "There are 50 views already. Delete one first."
    assert save(viewer, "first", "work=complete") == "Saved as “first”."


def test_default_view_opens_the_list_and_another_one_takes_its_place(viewer: Client) -> None:
    save(viewer, "A", "work=late")
    save(viewer, "B", "work=complete")
    a, b = SavedView.objects.order_by("name")
    for view in (a, b):
        viewer.post(f"{ORDERS}views/{view.pk}/", {"do": "default", "list": ""})

    assert list(SavedView.objects.filter(is_default=True)) == [b]
    assert viewer.get(ORDERS).headers["Location"] == f"{ORDERS}?work=complete"
    assert viewer.get(f"{ORDERS}?work=all").status_code == 200

    viewer.post(f"{ORDERS}views/{b.pk}/", {"do": "usual", "list": ""})
    assert viewer.get(ORDERS).status_code == 200


def test_view_is_renamed_and_deleted(viewer: Client) -> None:
    save(viewer, "A", "work=late")
    save(viewer, "B", "work=late")
    a, b = SavedView.objects.order_by("name")

    viewer.post(f"{ORDERS}views/{a.pk}/", {"do": "rename", "name": "B", "list": ""})
    assert SavedView.objects.filter(name="A").exists()
    viewer.post(f"{ORDERS}views/{a.pk}/", {"do": "rename", "name": "C", "list": ""})
    viewer.post(f"{ORDERS}views/{b.pk}/", {"do": "delete", "list": ""})

    assert list(SavedView.objects.values_list("name", flat=True)) == ["C"]


def test_views_of_others_are_neither_seen_nor_changed(viewer: Client, sign_in: SignIn) -> None:
    save(viewer, "Danas", "work=late")
    view = SavedView.objects.get()
    other = sign_in(VIEW, username="lee")

    assert "Danas" not in other.get(ORDERS).content.decode()
    assert other.post(f"{ORDERS}views/{view.pk}/", {"do": "delete", "list": ""}).status_code == 404
    assert SavedView.objects.exists()


def test_who_may_not_see_the_list_keeps_nothing(sign_in: SignIn) -> None:
    client = sign_in("customers.view_customer")

    assert client.post(f"{ORDERS}views/", {"name": "A", "list": ""}).status_code == 403
    assert client.post(f"{ORDERS}columns/", {"column": "state", "list": ""}).status_code == 403
    assert not SavedView.objects.exists()
    assert not ColumnChoice.objects.exists()


def test_columns_are_chosen_per_person_and_by_address(viewer: Client, sign_in: SignIn) -> None:
    make_amazon_order()

    def shown(client: Client, query: str = "") -> list[str]:
        return [heading.column.name for heading in client.get(f"{ORDERS}{query}").context["headings"]]

    usual = shown(viewer)
    response = viewer.post(
        f"{ORDERS}columns/", {"column": ["total", "order_number", "nonsense"], "list": "work=late&columns=due"}
    )

    assert response.headers["Location"] == f"{ORDERS}?work=late"
    assert shown(viewer) == ["order_number", "total"]
    assert shown(viewer, "?columns=due,came_in") == ["due", "came_in"]
    assert shown(sign_in(VIEW, username="lee")) == usual
    viewer.post(f"{ORDERS}columns/", {"usual": "yes", "column": ["total"], "list": ""})
    assert shown(viewer) == usual
    assert not ColumnChoice.objects.exists()


def test_hostile_name_of_a_view_is_escaped(viewer: Client) -> None:
    save(viewer, "<script>alert(1)</script>", "work=late&status=%22%3E%3Cscript%3E")

    text = viewer.get(ORDERS).content.decode()

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
