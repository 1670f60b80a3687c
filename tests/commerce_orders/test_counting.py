"""Looking for rows by keys, few or many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce_orders import counting
from commerce_orders.counting import among, count_each, count_lists
from commerce_orders.models import Product
from tests.commerce_orders.stocked import make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("named_at_most", [0, 1, 2, 3])
def test_rows_among_keys_are_the_same_however_they_are_asked_for(monkeypatch, named_at_most):
    monkeypatch.setattr(counting, "NAMED_AT_MOST", named_at_most)
    first, second, third = (make_product(sku) for sku in ("A", "B", "C"))
    keys = Product.objects.filter(pk=first.pk).order_by().values("pk")
    keys = keys.union(Product.objects.exclude(pk=third.pk).order_by().values("pk"), all=True)

    assert list(among(Product.objects.order_by("-pk"), keys)) == [second, first]
    assert list(among(Product.objects.filter(sku="C"), keys)) == []


def test_few_keys_are_named_one_by_one():
    product = make_product("A")

    with CaptureQueriesContext(connection) as captured:
        found = list(among(Product.objects.all(), Product.objects.filter(sku="A").values("pk")))

    assert found == [product]
    assert len(captured) == 2
    assert captured[1]["sql"].count("SELECT") == 1


def test_each_list_is_counted_up_to_its_own_limit():
    for sku in "ABC":
        make_product(sku)
    rows = {"all": Product.objects.all(), "few": Product.objects.all(), "none": Product.objects.none()}

    assert count_each(rows, at_most={"all": 5, "few": 2, "none": 9}) == {"all": 3, "few": 2, "none": 0}
    assert count_each(rows, at_most=2) == {"all": 2, "few": 2, "none": 0}
    assert count_each({}, at_most=2) == {}


def test_a_list_longer_than_its_limit_is_not_counted_again_for_a_minute(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(counting, "monotonic", lambda: clock[0])
    for sku in "ABC":
        make_product(sku)
    rows = {"long": Product.objects.all(), "short": Product.objects.all()}
    limits = {"long": 2, "short": 9}

    assert count_lists("products", rows, at_most=limits) == {"long": 2, "short": 3}
    Product.objects.exclude(sku="A").delete()
    clock[0] += 59
    assert count_lists("products", rows, at_most=limits) == {"long": 2, "short": 1}
    assert count_lists("other products", rows, at_most=limits) == {"long": 1, "short": 1}
    clock[0] += 1
    assert count_lists("products", rows, at_most=limits) == {"long": 1, "short": 1}
