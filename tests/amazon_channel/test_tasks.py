"""The workers' doors: what is rung for, and what is left alone."""

import pytest
from django_q.models import OrmQ

from amazon_channel import tasks
from amazon_channel.models import AmazonOrder, CancellationRequest, OrderSettings, SellerAccount, SyncRun
from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.models import Order
from tests.amazon_channel.canceling import cancel, only_request
from tests.amazon_channel.shipping import only_confirmation, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def searches(shop):
    return len(shop.amazon.log(operation="searchOrders"))


def test_three_rings_of_the_sweep_are_one_pull(shop):
    for _ in range(3):
        tasks.pull_account_if_due(shop.account.pk)

    assert searches(shop) == 1


def test_staff_may_pull_at_once(shop):
    tasks.pull_account(shop.account.pk)
    tasks.pull_account(shop.account.pk)

    assert searches(shop) == 2


def test_an_account_that_was_switched_off_is_neither_pulled_nor_pushed(shop):
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    SellerAccount.objects.update(is_active=False)
    shop.amazon.clear_log()

    tasks.pull_account(shop.account.pk)
    tasks.push_account(shop.account.pk)
    tasks.decide_orders_again(shop.account.pk)

    assert shop.amazon.log() == []
    assert only_confirmation().state == "waiting"


def test_the_sweep_rings_for_cancellations_whose_doorbell_was_lost(shop):
    order_id = shop.place()
    shop.pull()
    cancel(order_id)
    OrmQ.objects.all().delete()

    tasks.push_due_cancellations()

    (job,) = OrmQ.objects.all()
    assert job.task["args"] == ("amazon_channel.tasks.push_cancellations", shop.account.pk)
    tasks.push_cancellations(shop.account.pk)
    assert only_request().state == "sent"
    OrmQ.objects.all().delete()
    tasks.push_due_cancellations()
    assert not OrmQ.objects.exists()  # the feed is asked about later
    CancellationRequest.objects.update(not_before=NOW)
    tasks.push_due_cancellations()
    assert OrmQ.objects.count() == 1
    SellerAccount.objects.update(is_active=False)
    tasks.push_cancellations(shop.account.pk)
    assert only_request().state == "sent"


def test_an_account_that_is_gone_needs_nothing(shop):
    tasks.pull_account(shop.account.pk + 1)
    tasks.push_account(shop.account.pk + 1)

    assert shop.amazon.log() == []


def test_orders_are_decided_about_again_without_asking_amazon(shop):
    OrderSettings.objects.update(import_orders="disabled")
    waiting = shop.place()
    shop.place(status="SHIPPED")
    shop.pull()
    shop.amazon.clear_log()

    change_order_settings(account=shop.account, changes={"import_orders": "enabled"}, actor="dana", now=NOW)
    tasks.decide_orders_again(shop.account.pk)

    assert Order.objects.get().channel_order_id == waiting
    assert Order.objects.get().contact.details.buyer_email
    assert shop.amazon.log() == []
    assert not AmazonOrder.objects.filter(is_to_decide=True).exists()


def test_a_run_whose_worker_died_does_not_stay_running(shop):
    SyncRun.objects.create(account=shop.account, started_at=NOW)

    shop.pull()

    outcomes = SyncRun.objects.order_by("pk").values_list("outcome", "error_code")
    assert list(outcomes) == [(SyncRun.Outcome.FAILED, "lease_lost"), (SyncRun.Outcome.DONE, "")]
