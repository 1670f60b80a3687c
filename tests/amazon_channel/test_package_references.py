"""References of packages: digits that one order never sees twice, whatever our own keys do."""

from datetime import datetime, timedelta

import pytest

from amazon_channel.models import ShipmentConfirmation
from amazon_channel.services.package_references import new_reference
from tests.amazon_channel.shipping import ship
from tests.factories import NOW, make_amazon_order

pytestmark = pytest.mark.django_db


def test_a_reference_is_the_second_in_which_it_is_given():
    order = make_amazon_order()

    assert new_reference(order, now=NOW) == "28950400"
    assert new_reference(order, now=NOW + timedelta(seconds=1)) == "28950401"
    assert int(new_reference(order, now=datetime(2080, 1, 1, tzinfo=NOW.tzinfo))) < 2**31


@pytest.mark.parametrize("year", [1999, 2025])
def test_a_clock_that_is_far_behind_gives_none_that_people_use(year):
    assert new_reference(make_amazon_order(), now=NOW.replace(year=year)) == "1000000"


def test_what_amazon_shows_is_taken():
    order = make_amazon_order(payload={"packages": [{"packageReferenceId": "28950400"}, {"packageReferenceId": None}]})

    assert new_reference(order, now=NOW) == "28950401"


@pytest.mark.parametrize("payload", [{"packages": None}, {"packages": "x"}, {"packages": ["x"]}, [], {}])
def test_a_payload_without_packages_takes_none(payload):
    assert new_reference(make_amazon_order(payload=payload), now=NOW) == "28950400"


def test_two_packages_of_one_second_differ(shop):
    order_id = shop.place(quantities=(1, 1))
    shop.pull()
    for sku in ("SKU-1", "SKU-2"):
        ship(order_id, quantities={sku: 1})

    references = set(ShipmentConfirmation.objects.values_list("package_reference_id", flat=True))
    assert len(references) == 2
