"""Times on the clocks of sellers: every zone, also where an hour comes twice or never."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given, settings
from hypothesis import strategies as st

from amazon_channel.gateway.client import iso
from commerce_orders.presentation.moments import deadline_words
from commerce_orders.presentation.pills import Tone
from project.moments import format_moment

zones = st.sampled_from(sorted(available_timezones()))
moments = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2020–2034
TWICE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time
NEVER = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 in Berlin, where 02:30 never was
LEAP_DAY = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
YEAR_END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@settings(deadline=None)
@given(moment=moments, zone=zones)
@example(moment=TWICE, zone="Europe/Berlin")
@example(moment=TWICE + timedelta(hours=1), zone="Europe/Berlin")
@example(moment=NEVER, zone="Europe/Berlin")
@example(moment=LEAP_DAY, zone="Pacific/Apia")
@example(moment=YEAR_END, zone="Pacific/Kiritimati")
def test_a_moment_is_the_same_on_every_clock(moment, zone):
    local = moment.astimezone(ZoneInfo(zone))

    assert f'datetime="{moment.isoformat()}"' in format_moment(moment, zone)
    assert iso(local) == iso(moment) == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    assert format_moment(local, zone).partition(">")[2] == format_moment(moment, zone).partition(">")[2]


@settings(deadline=None)
@given(now=moments, zone=zones, ahead=st.timedeltas(timedelta(0), timedelta(days=400)))
@example(now=TWICE, zone="Europe/Berlin", ahead=timedelta(hours=1))
@example(now=YEAR_END, zone="America/New_York", ahead=timedelta(seconds=1))
def test_days_end_at_midnight_of_the_seller(now, zone, ahead):
    deadline = now + ahead
    today: date = now.astimezone(ZoneInfo(zone)).date()

    tone, _words = deadline_words(deadline, zone=zone, now=now)

    days = (deadline.astimezone(ZoneInfo(zone)).date() - today).days
    assert tone == {0: Tone.WARNING, 1: Tone.INFO}.get(days, Tone.NEUTRAL)
