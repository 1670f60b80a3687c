import pytest

from commerce_orders.models import NumberSequence
from commerce_orders.services.numbers import take_order_numbers

pytestmark = pytest.mark.django_db


def test_numbers_begin_at_nine_digits_and_go_on():
    assert take_order_numbers(2) == ["100000001", "100000002"]
    assert take_order_numbers(1) == ["100000003"]
    assert take_order_numbers(0) == []
    assert take_order_numbers(1) == ["100000004"]


def test_numbers_go_on_from_where_the_series_stands():
    NumberSequence.objects.create(name="orders", next_value=7)
    assert take_order_numbers(2) == ["7", "8"]
