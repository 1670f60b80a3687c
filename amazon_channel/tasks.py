"""Doors for the workers: ids in, one service call. An account that was switched off, or is gone, needs nothing."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.services.leases import PullRunning
from amazon_channel.services.pull import pull_orders
from amazon_channel.services.push import push_shipments
from amazon_channel.services.runs import prune_runs
from amazon_channel.services.store import decide_again
from project import jobs


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
            pull_orders(account=account)


def push_due_accounts() -> None:
    """Find due confirmations whose doorbell was lost, or whose time has come."""
    for account_id in SellerAccount.objects.active().with_work_to_push(timezone.now()).values_list("pk", flat=True):
        jobs.ring("amazon_channel.tasks.push_account", account_id)


def push_account(account_id: int) -> None:
    if account := active_account(account_id):
        push_shipments(account=account)


def decide_orders_again(account_id: int) -> None:
    if account := active_account(account_id):
        decide_again(account=account, now=timezone.now())


def prune_sync_runs() -> None:
    prune_runs(now=timezone.now())


def due_for_pull() -> SellerAccountQuerySet:
    every = timedelta(seconds=settings.AMAZON_PULL_SECONDS)
    return SellerAccount.objects.due_for_pull(timezone.now(), every=every)


def active_account(account_id: int) -> SellerAccount | None:
    return SellerAccount.objects.active().select_related("store").filter(pk=account_id).first()
