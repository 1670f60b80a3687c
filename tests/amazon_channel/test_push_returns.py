"""A backlog of confirmations leaves at Amazon's rate, without a worker that waits."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from amazon_channel.models import RateBudget, ShipmentConfirmation
from amazon_channel.services.push_returns import push_and_return
from commerce_orders.models import Order
from project import jobs
from tests.amazon_channel.shipping import confirmations_at_amazon, ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(shop):
    """Eighty packages that Amazon must hear of."""
    shop.amazon.create_orders(
        count=80, status="UNSHIPPED", fulfilled_by="MERCHANT", marketplace_id="ATVPDKIKX0DER", features=[]
    )
    shop.pull()
    for order_id in Order.objects.values_list("channel_order_id", flat=True):
        ship(order_id)
    OrmQ.objects.all().delete()
    shop.amazon.set_options(rate_scale=1)
    return shop


def waiting():
    return ShipmentConfirmation.objects.filter(state="waiting").count()


def seconds_until_sent(shop):
    """Let one worker do every job when it is due; the simulated seconds until the last confirmation is out."""
    start, passed = timezone.now(), 0.0
    push_and_return(account=shop.account, clock=lambda: start)
    while waiting():
        (job,) = OrmQ.objects.all()
        wait = RateBudget.objects.get(operation="confirmShipment").resumes_at - start
        assert job.task["args"] == ("amazon_channel.tasks.push_account", shop.account.pk)
        job.delete()
        step = wait / timedelta(seconds=1) + 0.2 - passed  # and a little for the queue
        shop.amazon.set_clock(advance_seconds=step)
        passed += step
        moment = start + timedelta(seconds=passed)
        push_and_return(account=shop.account, clock=lambda moment=moment: moment)
    return passed


def test_confirmations_leave_at_nine_tenths_of_amazons_rate_or_more(shipped):
    seconds = seconds_until_sent(shipped)

    allowed = (80 - 10) / 2  # a burst at once, then two a second
    assert allowed <= seconds <= allowed / 0.9 + 2.6  # and at most one round more for the last
    statuses = [status for _reference, status in confirmations_at_amazon(shipped)]
    assert statuses == [204] * 80
    assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"sent"}


def test_the_sweep_alone_would_send_a_burst_a_minute(shipped):
    """The control: what one run sends, without the job that comes back."""
    now = timezone.now()

    push_and_return(account=shipped.account, clock=lambda: now)

    assert waiting() == 70


def test_many_runs_at_an_empty_budget_leave_one_job(shipped):
    now = timezone.now()

    for _ in range(5):
        push_and_return(account=shipped.account, clock=lambda: now)

    assert OrmQ.objects.count() == 1


def test_nothing_comes_back_for_what_is_done(shipped):
    ShipmentConfirmation.objects.filter(pk__gt=ShipmentConfirmation.objects.order_by("pk")[4].pk).delete()

    push_and_return(account=shipped.account)

    assert (waiting(), OrmQ.objects.count()) == (0, 0)


def test_a_late_job_is_not_delivered_before_its_time(db):
    OrmQ.objects.all().delete()
    jobs.ring_later("amazon_channel.tasks.push_account", 7, wait=timedelta(minutes=5))

    (job,) = OrmQ.objects.all()
    assert (job.task["func"], job.task["args"]) == (jobs.run, ("amazon_channel.tasks.push_account", 7))
    assert timedelta(minutes=4, seconds=50) < job.lock - timezone.now() <= timedelta(minutes=5)
    assert job.key == "orders"
