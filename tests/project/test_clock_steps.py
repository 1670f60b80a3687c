"""A clock that was ahead and is set back: nothing waits until it is there again."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ, Schedule

from amazon_channel.models import PullState, SellerAccount, ShipmentConfirmation
from amazon_channel.standing import accounts_stalled
from project import jobs
from project.clock_steps import WAITED_FOR
from tests.amazon_channel.problems import make_confirmation
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVERY = timedelta(minutes=3)


@pytest.fixture(autouse=True)
def scheduled():
    """As the workers leave it at ``NOW``, whose clock is right."""
    for schedule in Schedule.objects.all():
        schedule.next_run = NOW + timedelta(minutes=schedule.minutes)
        schedule.save()
    OrmQ.objects.all().delete()


def be_ahead(by):
    Schedule.objects.update(next_run=models.F("next_run") + by)


def next_runs():
    return dict(Schedule.objects.values_list("name", "next_run"))


def test_after_an_hour_back_schedules_are_due_as_they_would_have_been():
    before = next_runs()
    be_ahead(HOUR)

    assert jobs.follow_clock(now=NOW) == HOUR

    assert next_runs() == before
    assert jobs.follow_clock(now=NOW) is None  # another worker, a moment later
    assert next_runs() == before


@pytest.mark.parametrize("by", [timedelta(0), timedelta(minutes=5), timedelta(minutes=10), -HOUR])
def test_clocks_that_differ_a_little_or_went_forward_change_nothing(by):
    be_ahead(by)
    before = next_runs()

    assert jobs.follow_clock(now=NOW) is None
    assert next_runs() == before


def test_an_account_that_was_pulled_in_the_future_is_pulled_again_soon():
    account = make_account()
    ahead = NOW + HOUR
    PullState.objects.update(pulled_at=ahead, succeeded_at=ahead, leased_until=ahead, not_before=ahead)
    be_ahead(HOUR)
    assert not SellerAccount.objects.due_for_pull(NOW + 30 * MINUTE, every=EVERY).exists()

    jobs.follow_clock(now=NOW)

    assert list(SellerAccount.objects.due_for_pull(NOW + EVERY, every=EVERY)) == [account]
    assert list(accounts_stalled(NOW + 16 * MINUTE)) == [account]


def test_a_shipment_that_was_put_off_in_the_future_is_sent_soon():
    confirmation = make_confirmation("waiting")
    ShipmentConfirmation.objects.update(not_before=NOW + HOUR + MINUTE)
    settled = make_confirmation("waiting", order=make_amazon_order())
    ShipmentConfirmation.objects.filter(pk=settled.pk).update(not_before=NOW)
    be_ahead(HOUR)

    jobs.follow_clock(now=NOW)

    confirmation.refresh_from_db()
    settled.refresh_from_db()
    assert (confirmation.not_before, settled.not_before) == (NOW + MINUTE, NOW)


def test_a_job_that_was_to_ring_later_rings_as_much_later():
    jobs.ring_later("amazon_channel.tasks.push_account", 1, wait=MINUTE)
    OrmQ.objects.update(lock=NOW + HOUR + MINUTE)
    be_ahead(HOUR)

    jobs.follow_clock(now=NOW)

    assert OrmQ.objects.get().lock == NOW + MINUTE


def test_whoever_empties_the_queue_looks_at_the_clock():
    """Sweeps cannot: they are what stands still."""
    Schedule.objects.update(next_run=timezone.now() + timedelta(days=365))
    jobs.ring("amazon_channel.tasks.watch_accounts")

    assert len(get_broker().dequeue()) == 1

    assert max(next_runs().values()) < timezone.now() + timedelta(days=2)


def test_every_column_that_something_waits_for_is_named():
    waits = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.get_fields()
        if isinstance(column, models.DateTimeField) and column.name in {"not_before", "leased_until", "claimed_until"}
    }

    named = {f"{label}.{column}" for label, columns in WAITED_FOR.items() for column in columns}
    assert waits <= named
    for name in named:
        label, _, column = name.rpartition(".")
        assert isinstance(apps.get_model(label)._meta.get_field(column), models.DateTimeField)
