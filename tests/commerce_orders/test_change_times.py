from datetime import timedelta

import pytest
from django.db import connection

from commerce_orders.models import Order
from commerce_orders.services.change_times import STEP, change_time, settled_until
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_first_change_has_the_time_of_the_clock() -> None:
    assert change_time(NOW) == NOW
    assert settled_until() is None


@pytest.mark.parametrize("behind", [timedelta(0), STEP, timedelta(hours=1)])
def test_change_whose_clock_is_behind_comes_after_what_is_listed(behind: timedelta) -> None:
    take_in(make_draft(1))
    take_in(make_draft(2), now=NOW - behind)
    take_in(make_draft(3), now=NOW - behind)
    times = list(Order.objects.order_by("pk").values_list("updated_at", flat=True))
    assert times == [NOW, NOW + STEP, NOW + 2 * STEP]
    assert list(Order.objects.order_by("pk").values_list("created_at", flat=True)) == [NOW, NOW - behind, NOW - behind]


def test_all_is_settled_while_nobody_writes() -> None:
    take_in(make_draft(1))
    assert settled_until() == (None if connection.vendor == "sqlite" else NOW)
