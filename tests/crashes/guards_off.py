"""The controls: what each guard is good for shows in a process that works without it."""

import itertools
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from amazon_channel.models import CancellationRequest, PullState, ShipmentConfirmation
from amazon_channel.services import leases, page_reader, push, store
from amazon_channel.services.cancellations import sending
from commerce_orders.services import intake


def move_the_cursor_first() -> None:
    """Rule 3 broken: the cursor is moved before the page is stored."""
    store_page = page_reader.store_page

    def store_behind_the_cursor(*, account: Any, **options: Any) -> Any:
        PullState.objects.filter(account=account).update(cursor=timezone.now())
        return store_page(account=account, **options)

    page_reader.store_page = store_behind_the_cursor


def store_without_a_transaction() -> None:
    """Rule 5 broken: each statement of a page is a transaction of its own."""
    for module in (store, intake):
        module.transaction = SimpleNamespace(atomic=nullcontext)
    leases.Lease.check = lambda self: None
    intake.take_order_numbers = _numbers


def send_under_a_new_reference() -> None:
    """Rule 6 broken: whoever does not know what became of a package sends it as a new one."""
    package_of = push.package_of
    serial = itertools.count(int(timezone.now().timestamp()) % 1_000_000 * 5 + 2_000_000)
    push.package_of = lambda confirmation, units: replace(
        package_of(confirmation, units), package_reference_id=str(next(serial))
    )


def skip_the_fence() -> None:
    """Whoever comes back after its lease was taken over goes on as if nothing had happened."""
    leases.Lease.states = lambda self: PullState.objects.filter(account=self.account)


def write_outcomes_of_others() -> None:
    """Whoever sent a package writes down its outcome, though another worker has taken it over since."""
    push.Push._write = lambda self, confirmation, kind, *, reason="", **columns: bool(
        ShipmentConfirmation.objects.filter(pk=confirmation.pk).update(**columns)
    )


def write_down_feeds_of_others() -> None:
    """Whoever made a feed writes down its number, though another worker has asked again and been answered since."""

    def sent(self: Any, requests: Any, feed_id: str) -> int:
        return CancellationRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
            state="sent", feed_id=feed_id, sent_at=timezone.now()
        )

    sending.CancellationSending._sent = sent


def _numbers(count: int) -> list[str]:
    first = int(timezone.now().timestamp())
    return [str(first + offset) for offset in range(count)]
