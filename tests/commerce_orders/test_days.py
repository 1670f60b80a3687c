"""What a day is: on every clock the moments of one local date, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db.models import Case, Q, Value, When
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commerce_orders.days import start_of_day, within_days

zones = st.sampled_from(sorted(available_timezones()))
moments = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2020–2034
NO_MIDNIGHT = datetime(2026, 4, 23, 22, 0, tzinfo=UTC)  # 01:00 in Cairo, a second after 23:59:59
AN_HOUR_TWICE = datetime(2026, 10, 29, 21, 0, tzinfo=UTC)  # 23:00 in Cairo, again after 23:59:59
MIDNIGHT_TWICE = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)  # 00:00 in Havana, again after 00:59:59
BERLIN, TOKYO = Q(account=1), Q(account=2)
MARCH_3 = date(2026, 3, 3)


@settings(deadline=None)
@given(moment=moments, zone=zones)
@example(moment=NO_MIDNIGHT, zone="Africa/Cairo")
@example(moment=AN_HOUR_TWICE, zone="Africa/Cairo")
@example(moment=MIDNIGHT_TWICE, zone="America/Havana")
def test_a_moment_is_in_the_day_that_its_clock_shows(moment, zone):
    day = moment.astimezone(ZoneInfo(zone)).date()

    assert start_of_day(day, zone) <= moment < start_of_day(day + timedelta(days=1), zone)


def test_a_day_that_a_clock_left_out_has_no_moment():
    days = [date(2011, 12, number) for number in (29, 30, 31)]

    left, left_out, following = (start_of_day(day, "Pacific/Apia") for day in days)

    assert left < left_out == following


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_the_first_day_of_all_begins(zone):
    assert start_of_day(date.min, zone).year == 1


@pytest.mark.parametrize("zones", [(), ("UTC",), ("Europe/Berlin", "Europe/Paris")])
def test_days_that_are_the_same_everywhere_are_one_range(zones):
    offset = timedelta(hours=1 if len(zones) == 2 else 0)
    clocks = dict(zip(zones, (BERLIN, TOKYO), strict=False))

    found = within_days("placed_at", MARCH_3, MARCH_3, clocks=clocks)

    start = datetime(2026, 3, 3, tzinfo=UTC) - offset
    assert found == Q(placed_at__gte=start, placed_at__lt=start + timedelta(days=1))


def test_days_that_differ_are_one_range_around_the_bounds_of_each_row():
    berlin, tokyo = datetime(2026, 3, 2, 23, tzinfo=UTC), datetime(2026, 3, 2, 15, tzinfo=UTC)

    found = within_days("placed_at", MARCH_3, None, clocks={"Europe/Berlin": BERLIN, "Asia/Tokyo": TOKYO})

    own = Case(When(BERLIN, then=Value(berlin)), default=Value(tokyo))
    assert found == Q(placed_at__gte=tokyo) & Q(placed_at__gte=own)


def test_no_day_comes_after_the_last():
    assert within_days("placed_at", None, date.max, clocks={"Asia/Tokyo": TOKYO, "UTC": BERLIN}) == Q()
