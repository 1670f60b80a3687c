"""The catalogue in the browser admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commerce_orders.models import Order, Product, ProductFile, SkuAlias
from commerce_orders.services.product_files import forget_files
from commerce_orders.services.stock import settle_orders
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.product_files import csv_file, xlsx_file
from tests.commerce_orders.stocked import make_alias, make_product, stock
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

PRODUCTS = "/admin/commerce_orders/product/"
VIEW, ADD, CHANGE = (f"commerce_orders.{action}_product" for action in ("view", "add", "change"))
HEADER = ["sku", "name", "quantity", "active"]


@pytest.fixture
def keeper(sign_in: SignIn) -> Client:
    return sign_in(VIEW, ADD, CHANGE, "commerce_orders.view_order")


def shown(client: Client, query: str = "") -> list[tuple[str, int, int]]:
    """SKU, on hand and reserved of each row."""
    rows = client.get(PRODUCTS + query).context["cl"].result_list
    return [(row.sku, row.quantity, row.reserved) for row in rows]


def words(response) -> str:
    return " ".join(response.content.decode().split())


def taken_in() -> Order:
    take_in(make_draft())
    order = Order.objects.get()
    settle_orders([order.pk], now=NOW)
    return order


def test_the_list_says_what_is_there_and_what_is_promised(keeper):
    taken_in()
    make_product("SKU-2", 1)
    make_product("A", 5)

    assert shown(keeper) == [("A", 5, 0), ("SKU-2", 1, 2)]
    assert '<span class="bo-pill bo-danger"><bdi>-1</bdi></span>' in words(keeper.get(PRODUCTS))


def test_products_are_found_by_sku_and_by_alias(keeper):
    make_alias(make_product("MINE"), "THEIRS")
    make_product("OTHER")

    assert [row[0] for row in shown(keeper, "?q=MINE")] == ["MINE"]
    assert [row[0] for row in shown(keeper, "?q=+THEIRS+")] == ["MINE"]
    assert shown(keeper, "?q=MIN") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(keeper, rows, django_assert_num_queries):
    for number in range(rows):
        make_product(f"SKU-{number}")
    with django_assert_num_queries(6):
        keeper.get(PRODUCTS)


def test_a_product_is_added(keeper):
    order = taken_in()

    response = keeper.post(
        f"{PRODUCTS}add/", {"sku": "SKU-1", "name": "One", "quantity": 4, "is_active": "on"}, follow=True
    )

    assert "Product added. Open orders with its SKU have it now." in words(response)
    assert (stock("SKU-1"), order.lines.get(sku="SKU-1").product.sku) == ((4, 1), "SKU-1")
    assert LogEntry.objects.get().object_repr == "SKU-1"


def test_a_sku_that_is_taken_is_said_beside_it(keeper):
    make_product("SKU-1")

    response = keeper.post(f"{PRODUCTS}add/", {"sku": "SKU-1", "quantity": 4})

    assert response.context["form"].errors["sku"] == ["There is a product with the SKU SKU-1 already."]
    assert stock("SKU-1") == (10, 0)


def change(client, product, **values):
    form = {"name": product.name, "quantity": product.quantity, "quantity_seen": product.quantity, "is_active": "on"}
    return client.post(f"{PRODUCTS}{product.pk}/change/", form | values, follow=True)


def test_a_count_by_hand_leaves_its_trace(keeper):
    product = make_product()

    response = change(keeper, product, quantity=12)

    assert "Product saved." in words(response)
    assert stock() == (12, 0)
    assert [(entry.user.username, entry.change_message) for entry in LogEntry.objects.all()] == [("dana", "10 → 12")]
    assert "10 → 12" in words(response)


def test_a_count_of_units_that_have_left_meanwhile_is_refused(keeper):
    product = make_product()
    Product.objects.update(quantity=9)

    response = change(keeper, product, quantity=12)

    assert response.context["form"].errors["quantity"] == ["The quantity on hand is now 9, not 10. Count again."]
    assert (stock(), LogEntry.objects.count()) == ((9, 0), 0)


def test_saving_what_is_there_changes_and_logs_nothing(keeper):
    change(keeper, make_product())

    assert LogEntry.objects.count() == 0


def test_the_page_names_the_orders_that_wait(keeper):
    order = taken_in()
    product = make_product("SKU-2")

    text = words(keeper.get(f"{PRODUCTS}{product.pk}/change/"))

    assert f'href="/admin/commerce_orders/order/{order.pk}/change/"' in text
    assert "<dt>Reserved</dt><dd>2</dd>" in text
    assert '<dd class="bo-total">8</dd>' in text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(keeper, rows, django_assert_num_queries):
    for serial in range(rows):
        take_in(make_draft(serial))
    product = make_product("SKU-2")
    ContentType.objects.get_for_model(Product)  # looked up once in a process, for the history of the page
    with django_assert_num_queries(10):
        keeper.get(f"{PRODUCTS}{product.pk}/change/")


def test_aliases_are_added_and_removed(keeper):
    order, product = taken_in(), make_product("MINE")

    added = keeper.post(f"{PRODUCTS}{product.pk}/aliases/", {"channel": "amazon", "sku": "SKU-2"}, follow=True)
    assert "Alias added. Open orders with this SKU have the product now." in words(added)
    assert stock("MINE") == (10, 2)

    alias = SkuAlias.objects.get()
    removed = keeper.post(f"{PRODUCTS}{product.pk}/aliases/{alias.pk}/remove/", follow=True)
    assert "Alias removed. Open lines with this SKU are unmatched again." in words(removed)
    assert (stock("MINE"), order.lines.filter(product=None).count()) == ((10, 0), 2)
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("id")] == [
        "Added SKU alias “SKU-2”.",
        "Deleted SKU alias “SKU-2”.",
    ]


def test_an_alias_of_another_product_is_not_removed_from_here(keeper):
    make_alias(make_product("MINE"), "SKU-2")
    other = make_product("OTHER")

    assert keeper.post(f"{PRODUCTS}{other.pk}/aliases/{SkuAlias.objects.get().pk}/remove/").status_code == 404
    assert SkuAlias.objects.count() == 1


def test_an_unmatched_line_leads_to_its_mapping_and_back(keeper):
    order = make_amazon_order(quantities=(3,)).commerce_order
    make_product("MINE")
    page = f"/admin/commerce_orders/order/{order.pk}/change/"
    link = f"{PRODUCTS}map/?channel=amazon&amp;sku=SKU-1&amp;order={order.pk}"
    assert f'<a href="{link}">Map this SKU</a>' in words(keeper.get(page))
    assert "Unmatched" in words(keeper.get(page))

    mapped = {"channel": "amazon", "sku": "SKU-1", "product": "MINE"}
    response = keeper.post(link.replace("&amp;", "&"), mapped, follow=True)

    assert response.redirect_chain == [(page, 302)]
    assert "Unmatched" not in words(response)
    assert "MINE" in words(response)
    assert stock("MINE") == (10, 3)


def test_a_product_that_is_not_there_is_not_mapped_to(keeper):
    response = keeper.post(f"{PRODUCTS}map/", {"channel": "amazon", "sku": "SKU-1", "product": "NONE"})

    assert response.context["form"].errors["product"] == ["There is no product with the SKU NONE."]
    assert SkuAlias.objects.count() == 0


def test_who_may_only_look_finds_no_form(sign_in):
    product = make_product()
    client = sign_in(VIEW)

    text = words(client.get(f"{PRODUCTS}{product.pk}/change/"))

    assert "<form" not in text.split('id="product"')[1].split("</main>")[0].split('id="changes"')[0].split("<footer")[0]
    assert change(client, product, quantity=12).status_code == 403
    assert stock() == (10, 0)


# Files


def upload(client, file, name="products.csv"):
    return client.post(f"{PRODUCTS}import/", {"file": SimpleUploadedFile(name, file.getvalue())})


@pytest.mark.parametrize("make_file", [csv_file, xlsx_file])
def test_a_file_is_checked_first_and_then_imported(keeper, make_file):
    make_product("MUG", 5, name="Mug")
    file = make_file([HEADER, ["MUG", "Mug", 7, "yes"], ["CUP", "Cup", 2, "yes"]])

    checked = words(upload(keeper, file))
    assert ("1 created" in checked, "1 updated" in checked, "0 refused" in checked) == (True, True, True)
    assert (Product.objects.count(), stock("MUG")) == (1, (5, 0))

    imported = keeper.post(f"{PRODUCTS}import/", {"import": "yes"}, follow=True)
    assert "Products imported." in words(imported)
    assert (stock("MUG"), stock("CUP"), ProductFile.objects.count()) == ((7, 0), (2, 0), 0)

    again = words(keeper.post(f"{PRODUCTS}import/", {"import": "yes"}))
    assert "The checked file is no longer there. Choose it again." in again


def test_a_file_with_a_wrong_row_shows_it_and_cannot_be_imported(keeper):
    response = upload(keeper, csv_file([HEADER, ["CUP", "Cup", 2, "yes"], ["MUG", "Mug", "many", "yes"]]))

    text = words(response)
    assert "quantity: <bdi>“many” is not a whole number from 0 to 999999999.</bdi>" in text
    assert 'name="import"' not in text
    keeper.post(f"{PRODUCTS}import/", {"import": "yes"})
    assert Product.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "The file is empty."),
        (b"name\nMug\n", "The first row must name the column sku. Columns are: sku, name, quantity, active."),
        (b"x" * (10 * 2**20 + 1), "The file is larger than 10 MB. Split it."),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(keeper, content, refusal):
    response = keeper.post(f"{PRODUCTS}import/", {"file": SimpleUploadedFile("products.csv", content)})

    assert response.context["form"].errors["file"] == [refusal]
    assert ProductFile.objects.count() == 0


def test_nobody_imports_what_another_has_checked(keeper, sign_in):
    upload(keeper, csv_file([HEADER, ["CUP", "Cup", 2, "yes"]]))

    sign_in(VIEW, ADD, CHANGE, username="eve").post(f"{PRODUCTS}import/", {"import": "yes"})

    assert (Product.objects.count(), ProductFile.objects.count()) == (0, 1)


def test_a_file_that_is_never_imported_is_forgotten(keeper):
    upload(keeper, csv_file([HEADER, ["CUP", "Cup", 2, "yes"]]))

    assert forget_files(older_than=NOW) == 0
    assert forget_files(older_than=NOW + timedelta(seconds=1)) == 1
