"""Amazon's rates as budgets: one token bucket per account and operation, shared by all workers.

Amazon counts per application and seller: accounts that read different marketplaces of one seller share one, too.

Source of the defaults: Amazon, "Usage Plans and Rate Limits" and the Orders and Sellers models. The rate is what Amazon
states in ``x-amzn-RateLimit-Limit``, and until it has, what it documents.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.models import AccessToken, RateBudget, SellerAccount
from commerce_orders.wording import wording

SEARCH_ORDERS = "searchOrders"
GET_ORDER = "getOrder"
CONFIRM_SHIPMENT = "confirmShipment"
CREATE_FEED_DOCUMENT = "createFeedDocument"
CREATE_FEED = "createFeed"
GET_FEED = "getFeed"
GET_FEED_DOCUMENT = "getFeedDocument"
BURSTS = {
    SEARCH_ORDERS: 20.0,
    GET_ORDER: 30.0,
    CONFIRM_SHIPMENT: 10.0,
    CREATE_FEED_DOCUMENT: 15.0,
    CREATE_FEED: 15.0,
    GET_FEED: 15.0,
    GET_FEED_DOCUMENT: 10.0,
}
RATES = {
    SEARCH_ORDERS: 0.0056,
    GET_ORDER: 0.5,
    CONFIRM_SHIPMENT: 2.0,
    CREATE_FEED_DOCUMENT: 0.5,
    CREATE_FEED: 0.0083,
    GET_FEED: 2.0,
    GET_FEED_DOCUMENT: 0.0222,
}
# At such a rate no worker can empty the bucket, and counting each call would only cost writes.
UNBINDING_RATE = 100.0
# Two calls can reach Amazon closer together than they left us; a bucket that fills a little slower than theirs makes
# up for it. Without this every call at an empty bucket is a race with the network.
REFILLED = 0.98
ROUNDING = 1e-5  # whoever comes back when he was told must not fail over the last microsecond
# After a refusal workers must not all come back at the same moment, and each further refusal doubles the wait.
JITTER = 0.25
LONGEST_WAIT = 60.0  # seconds, where Amazon's own interval is shorter
# Calls left to live reading by everything that can wait.
LIVE_RESERVE = 3.0


class Budget:
    """The bucket of one operation, as one run sees it."""

    def __init__(self, account: SellerAccount, operation: str) -> None:
        self._key = {"account_id": spending_accounts([account])[account.pk], "operation": operation}
        self._operation = operation
        self._burst = BURSTS[operation]
        self._rate: float | None = RateBudget.objects.filter(**self._key).values_list("rate", flat=True).first()
        self._refusals = 0

    @contextmanager
    def spending(self, clock: Callable[[], datetime], *, keep: float = 0) -> Iterator[None]:
        """``spend`` one call, which is made inside, ``heeding`` a refusal; an answer is the caller's to ``learn``."""
        self.spend(clock(), keep=keep)
        with self.heeding(clock):
            yield

    @contextmanager
    def heeding(self, clock: Callable[[], datetime]) -> Iterator[None]:
        """Where Amazon refuses the call inside as one too many, its error says when to try again."""
        try:
            yield
        except AmazonTransient as error:
            if error.code == "throttled":
                error.retry_after = self.exhaust(clock())
            raise

    def spend(self, now: datetime, *, keep: float = 0) -> None:
        """Take one call out, or raise ``AmazonTransient`` with the seconds until there is one.

        ``keep`` calls stay in the bucket, for work that is more urgent than the caller's.
        """
        if self._rate is not None and self._rate >= UNBINDING_RATE:
            return
        with transaction.atomic():
            bucket = self._lock(now)
            tokens = refilled(bucket, now)
            if tokens < 1 + keep - ROUNDING:
                raise AmazonTransient(
                    "budget_empty",
                    wording("Amazon's budget for this call is used up"),
                    retry_after=(1 + keep - tokens) / (bucket.rate * REFILLED),
                )
            bucket.tokens, bucket.refilled_at = tokens - 1, max(now, bucket.refilled_at)
            bucket.save(update_fields=["tokens", "refilled_at"])

    def learn(self, rate: float | None, now: datetime) -> None:
        """Amazon answered. Follow the rate that it stated; it may change with the seller's business."""
        columns: dict[str, float] = {}
        if rate is not None and rate != self._rate:
            columns["rate"] = self._rate = rate
        if self._refusals:
            columns["refusals"] = self._refusals = 0
        if columns:
            RateBudget.objects.filter(**self._key).update(**columns)

    def exhaust(self, now: datetime) -> float:
        """Amazon refused a call: nobody calls for a while. Returns the seconds until one may succeed."""
        with transaction.atomic():
            bucket = self._lock(now)
            self._refusals = bucket.refusals + 1
            interval = 1 / bucket.rate
            longest = max(LONGEST_WAIT, interval)
            wait = min(interval * 2 ** min(bucket.refusals, 10), longest) * random.uniform(1, 1 + JITTER)  # noqa: S311
            bucket.tokens, bucket.refilled_at = 1 - wait * bucket.rate * REFILLED, now
            bucket.refusals = self._refusals
            bucket.save(update_fields=["tokens", "refilled_at", "refusals"])
        return wait

    def book_return(self, now: datetime) -> timedelta | None:
        """In how much time to go on with work that the empty bucket stopped; ``None`` where somebody does already.

        By then half of a burst has come back, so that a few jobs bring everything out at Amazon's rate.
        """
        bucket = RateBudget.objects.get(**self._key)
        calls = max(self._burst / 2 - refilled(bucket, now), 1.0)
        wait = timedelta(seconds=calls / (bucket.rate * REFILLED))
        free = RateBudget.objects.filter(Q(resumes_at=None) | Q(resumes_at__lte=now), **self._key)
        return wait if free.update(resumes_at=now + wait) else None

    def _lock(self, now: datetime) -> RateBudget:
        """The bucket's row, locked to the end of the transaction; full at the first call."""
        row, _ = RateBudget.objects.select_for_update().get_or_create(
            **self._key, defaults={"rate": RATES[self._operation], "tokens": self._burst, "refilled_at": now}
        )
        self._rate, self._refusals = row.rate, row.refusals
        return row


def refilled(bucket: RateBudget, now: datetime) -> float:
    """Calls in the bucket now."""
    # A clock that went back must not empty the bucket.
    elapsed = max((now - bucket.refilled_at) / timedelta(seconds=1), 0.0)
    return min(BURSTS[bucket.operation], bucket.tokens + elapsed * bucket.rate * REFILLED)


def spending_accounts(accounts: Sequence[SellerAccount]) -> dict[int, int]:
    """From whose budget each of ``accounts`` spends, by key: the first one's with the same credentials.

    One statement. They are known by what their access tokens were made for: an account that never had one spends from
    its own.
    """
    made_for = AccessToken.objects.filter(account__in=accounts).exclude(made_for="").values("made_for")
    seller_of: dict[int, tuple[str, str]] = {}
    first: dict[tuple[str, str], int] = {}
    alike = AccessToken.objects.filter(made_for__in=made_for).order_by("account")
    for account_id, credentials, region in alike.values_list("account", "made_for", "account__region"):
        seller_of[account_id] = (credentials, region)
        first.setdefault((credentials, region), account_id)
    return {account.pk: first[seller_of[account.pk]] if account.pk in seller_of else account.pk for account in accounts}
