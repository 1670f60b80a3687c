"""Reading single orders again: those that lack details, and those that staff ask for."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from amazon_channel.gateway.client import AmazonGateway
from amazon_channel.gateway.errors import AmazonError, AmazonProtocolError, AmazonRejected
from amazon_channel.mapping.drafts import Waiting, missing_parts
from amazon_channel.models import AmazonOrder, PullState, SellerAccount
from amazon_channel.services.batch import PageResult
from amazon_channel.services.budgets import GET_ORDER, Budget
from amazon_channel.services.mirror import READINGS_BEFORE_PROBLEM, missing_details, next_reading_at
from amazon_channel.services.problem_news import tell_of_problem
from amazon_channel.services.quarantine import Watch
from amazon_channel.services.store import store_page
from customers.models import PersonalDetails
from project import jobs

MOST_AT_ONCE = 20
NOT_ABOUT_THE_ORDER = frozenset({"throttled", "unreachable"})
DENIED = "access_denied"  # of one order: the account's own would have denied its list just before
READ_NO_LONGER_AFTER = timedelta(days=30)


def read_order_again(
    *,
    account: SellerAccount,
    gateway: AmazonGateway,
    amazon_order_id: str,
    now: datetime,
    check: Callable[[], None] | None = None,
    watch: Watch | None = None,
    keep: float = 0,
    store: Callable[..., PageResult] = store_page,
) -> PageResult:
    """Fetch one order and ``store`` it if it is news.

    ``check`` and ``watch`` as in ``store_page``, ``keep`` as in ``Budget.spend``.

    Raises ``AmazonError``.
    """
    budget = Budget(account, GET_ORDER)
    with budget.spending(lambda: now, keep=keep):
        order, rate = gateway.get_order(amazon_order_id)
    budget.learn(rate, now)
    return store(account=account, orders=[order], now=now, check=check, watch=watch)


def read_waiting_orders(
    *,
    account: SellerAccount,
    gateway: AmazonGateway,
    now: datetime,
    check: Callable[[], None],
    watch: Watch | None = None,
) -> PageResult:
    """Ask once more for the orders that lack details, those that wait longest first, at most 20.

    Details can arrive without the order counting as changed. What still lacks them, or cannot be read, is asked for
    at growing intervals. Raises the ``AmazonError``s that concern the whole account; what one order makes Amazon say
    does not stop the others, nor come first again. Where others have used the budget up, the rest waits for the next
    time.
    """
    result = PageResult()
    waiting = AmazonOrder.objects.filter(account=account).due_for_reading(now).order_by("read_again_at")
    for row in waiting[:MOST_AT_ONCE]:
        try:
            read = read_order_again(
                account=account,
                gateway=gateway,
                amazon_order_id=row.amazon_order_id,
                now=now,
                check=check,
                watch=watch,
            )
        except AmazonError as error:
            if error.code == "budget_empty":
                break
            if error.code in NOT_ABOUT_THE_ORDER:
                raise
            _wait_longer(row, now=now)
            if not isinstance(error, AmazonRejected | AmazonProtocolError) and error.code != DENIED:
                raise
            continue
        result.add(read)
        if not read.updated:
            _wait_longer(row, now=now)
    result.seen = result.unchanged = 0  # seen in the search already
    return result


def have_order_read(*, order: AmazonOrder, now: datetime) -> None:
    """Have Amazon asked for this order at the next pull, and decide again about it even if it is the same."""
    AmazonOrder.objects.filter(pk=order.pk).update(content_hash="", read_again_at=now, readings=0)
    jobs.ring("amazon_channel.tasks.pull_account", order.account_id)


def retry_orders(*, orders: Sequence[AmazonOrder], now: datetime) -> int:
    """Have those of ``orders`` that still have a problem taken up anew; how many.

    A worker decides about them from the data that is kept, as after a fix of this program or another setting, and
    then asks Amazon for those that this does not heal, even if nothing changed there. The rows say so; the jobs may
    be lost.
    """
    accounts = sorted({order.account_id for order in orders})
    with transaction.atomic():
        # A page that is being stored would else take the mark off again.
        list(PullState.objects.select_for_update().filter(account__in=accounts).order_by("account"))
        marked = AmazonOrder.objects.with_problem().filter(pk__in=[order.pk for order in orders])
        retried = marked.update(content_hash="", is_to_decide=True, read_again_at=now)
        for account_id in accounts:
            jobs.ring("amazon_channel.tasks.pull_account", account_id)
    return retried


def _wait_longer(row: AmazonOrder, *, now: datetime) -> None:
    row.readings += 1
    row.read_again_at = next_reading_at(row.readings, now)
    if now - row.first_seen_at > READ_NO_LONGER_AFTER:
        row.read_again_at = None
    waiting = _missing_of(row)
    is_new = bool(row.readings >= READINGS_BEFORE_PROBLEM and waiting.missing and not row.problem_code)
    if is_new:
        held = missing_details(waiting)
        row.problem_code, row.problem_detail, row.problem_since = held.problem, held.detail, now
    with transaction.atomic():
        row.save(update_fields=["readings", "read_again_at", "problem_code", "problem_detail", "problem_since"])
        if is_new:
            tell_of_problem(row, now=now)


def _missing_of(row: AmazonOrder) -> Waiting:
    return Waiting(
        missing_parts(
            row.contact.details if row.contact else PersonalDetails(),
            has_prices=row.grand_total is not None or row.is_replacement,
            has_items=row.units_ordered > 0,
            is_fulfilled_by_amazon=row.is_fulfilled_by_amazon,
        )
    )
