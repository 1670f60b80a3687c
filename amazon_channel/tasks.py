"""Doors for the workers: ids in, one service call. An account that was switched off, or is gone, needs nothing."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from amazon_channel.models import (
    CancellationRequest,
    OrderAudit,
    Reconciliation,
    SellerAccount,
    ShipmentConfirmation,
)
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.services.alerts import mail_alerts, notice_alerts
from amazon_channel.services.cancellations import push
from amazon_channel.services.connection_tests import TestRunning, accounts_to_test, run_test
from amazon_channel.services.leases import PullRunning
from amazon_channel.services.order_days import COUNTED_NIGHTLY, count_touched_days, recount_days
from amazon_channel.services.pull import pull_orders
from amazon_channel.services.pull_runs import prune_runs
from amazon_channel.services.push_returns import push_and_return
from amazon_channel.services.reconciliation.audits import audit_orders
from amazon_channel.services.reconciliation.nights import accounts_due_for_the_night
from amazon_channel.services.reconciliation.runs import (
    ReconciliationRunning,
    open_nightly,
    prune_reconciliations,
)
from amazon_channel.services.reconciliation.walk import go_on
from amazon_channel.services.store import decide_again
from project import jobs

STRETCH = timedelta(minutes=2)  # of one job, well within its time limit
# A worker that takes longer than QUEUE_TIMEOUT is killed; one page may take Amazon a minute and a half.
TIME_LIMIT = timedelta(seconds=settings.QUEUE_TIMEOUT * 2 / 3)


def pull_due_accounts() -> None:
    """Ring once for each account whose last pull is long enough ago."""
    for account_id in due_for_pull().values_list("pk", flat=True):
        jobs.ring("amazon_channel.tasks.pull_account_if_due", account_id)


def pull_account_if_due(account_id: int) -> None:
    """While the queue is behind, a sweep rings again and again; one pull is enough."""
    if due_for_pull().filter(pk=account_id).exists():
        pull_account(account_id)


def pull_account(account_id: int) -> None:
    if account := active_account(account_id):
        with suppress(PullRunning):  # then the other worker does what this job asks for
            run = pull_orders(account=account, time_limit=TIME_LIMIT)
            if run.error_code == "time_up":
                jobs.ring("amazon_channel.tasks.pull_account", account_id)


def push_due_accounts() -> None:
    """Find due confirmations whose doorbell was lost, or whose time has come."""
    due = ShipmentConfirmation.objects.to_work_on(timezone.now()).order_by().values("amazon_order__account")
    for account_id in SellerAccount.objects.active().filter(pk__in=due).values_list("pk", flat=True):
        jobs.ring("amazon_channel.tasks.push_account", account_id)


def push_account(account_id: int) -> None:
    if account := active_account(account_id):
        push_and_return(account=account)


def reconcile_due_accounts() -> None:
    """Begin the nights that have come, and find the reconciliations and audits that are to be gone on with."""
    now = timezone.now()
    for account_id in accounts_due_for_the_night(now):
        if account := active_account(account_id):
            open_nightly(account=account, now=now)
    walking = Reconciliation.objects.due(now).order_by().values("account")
    asking = OrderAudit.objects.filter(not_before__lte=now).order_by().values("account")
    for account_id in walking.union(asking).values_list("account", flat=True):
        jobs.ring("amazon_channel.tasks.reconcile_account", account_id)


def reconcile_account(account_id: int) -> None:
    """Go on with what the account has unfinished; what is not done within one job is found by the next sweep."""
    if not (account := active_account(account_id)):
        return
    for run in Reconciliation.objects.due(timezone.now()).filter(account=account):
        with suppress(ReconciliationRunning):
            go_on(run=run, account=account, stretch=STRETCH)
    audit_orders(account=account)


def prune_old_reconciliations() -> None:
    prune_reconciliations(now=timezone.now())


def push_due_cancellations() -> None:
    """Find cancellations to send or to ask about whose doorbell was lost, or whose time has come."""
    due = CancellationRequest.objects.to_work_on(timezone.now()).order_by().values("amazon_order__account")
    for account_id in SellerAccount.objects.active().filter(pk__in=due).values_list("pk", flat=True):
        jobs.ring("amazon_channel.tasks.push_cancellations", account_id)


def push_cancellations(account_id: int) -> None:
    if account := active_account(account_id):
        push.push_cancellations(account=account)


def decide_orders_again(account_id: int) -> None:
    if account := active_account(account_id):
        decide_again(account=account, now=timezone.now())


def test_connection(account_id: int) -> None:
    """Also of an account that is switched off: that is how one is mended before it is switched on."""
    if account := SellerAccount.objects.select_related("store").filter(pk=account_id).first():
        with suppress(TestRunning):
            run_test(account=account, clock=timezone.now)


def test_waiting_connections() -> None:
    """Find tests whose doorbell was lost, or whose worker died."""
    for account_id in accounts_to_test(timezone.now()):
        jobs.ring("amazon_channel.tasks.test_connection", account_id)


def watch_accounts() -> None:
    """Begin and end alerts, then mail what nobody was told."""
    notice_alerts(now=timezone.now())
    mail_alerts(clock=timezone.now)


def prune_sync_runs() -> None:
    prune_runs(now=timezone.now())


def count_order_days() -> None:
    count_touched_days(now=timezone.now())


def recount_recent_days() -> None:
    """Ring once for each account, switched off or not: its past is on the charts."""
    for account_id in SellerAccount.objects.order_by("pk").values_list("pk", flat=True):
        jobs.ring("amazon_channel.tasks.recount_account_days", account_id)


def recount_account_days(account_id: int) -> None:
    account = SellerAccount.objects.defer("encrypted_credentials").filter(pk=account_id).first()
    if account is not None:
        recount_days(account=account, since=(timezone.now() - COUNTED_NIGHTLY).date())


def due_for_pull() -> SellerAccountQuerySet:
    every = timedelta(seconds=settings.AMAZON_PULL_SECONDS)
    return SellerAccount.objects.due_for_pull(timezone.now(), every=every)


def active_account(account_id: int) -> SellerAccount | None:
    return SellerAccount.objects.active().select_related("store").filter(pk=account_id).first()
