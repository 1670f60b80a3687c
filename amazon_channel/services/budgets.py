"""Amazon's rates as budgets: one token bucket per account and operation, shared by all workers.

Source of the default bursts: Amazon, "Usage Plans and Rate Limits" and the Orders and Sellers models. The rate is
what Amazon states in ``x-amzn-RateLimit-Limit``; until it has, nothing is held back and a 429 tells.
"""

from datetime import datetime, timedelta

from django.db import transaction

from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.models import RateBudget, SellerAccount

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


class Budget:
    """The bucket of one operation, as one run sees it."""

    def __init__(self, account: SellerAccount, operation: str) -> None:
        self._key = {"account": account, "operation": operation}
        self._operation = operation
        self._rate = RateBudget.objects.filter(**self._key).values_list("rate", flat=True).first()

    def spend(self, now: datetime, *, keep: float = 0) -> None:
        """Take one call out, or raise ``AmazonTransient`` with the seconds until there is one.

        ``keep`` calls stay in the bucket, for work that is more urgent than the caller's.
        """
        if self._rate is None or self._rate >= UNBINDING_RATE:
            return
        with transaction.atomic():
            bucket = RateBudget.objects.select_for_update().get(**self._key)
            tokens = _refilled(bucket, BURSTS[self._operation], now)
            if tokens < 1 + keep:
                raise AmazonTransient(
                    "budget_empty",
                    "Amazon's budget for this call is used up",
                    retry_after=(1 + keep - tokens) / bucket.rate,
                )
            bucket.tokens, bucket.refilled_at = tokens - 1, max(now, bucket.refilled_at)
            bucket.save(update_fields=["tokens", "refilled_at"])

    def learn(self, rate: float | None, now: datetime) -> None:
        """Follow the rate that Amazon stated; it may change with the seller's business."""
        if rate is None or rate == self._rate:
            return
        self._rate = rate
        RateBudget.objects.update_or_create(
            **self._key,
            defaults={"rate": rate},
            create_defaults={"rate": rate, "tokens": BURSTS[self._operation] - 1, "refilled_at": now},
        )

    def exhaust(self, now: datetime) -> float:
        """Amazon refused a call: the bucket is empty. Returns the seconds until one may succeed."""
        if self._rate is not None:
            RateBudget.objects.filter(**self._key).update(tokens=0.0, refilled_at=now)
        return 1 / (self._rate or RATES[self._operation])


def _refilled(bucket: RateBudget, burst: float, now: datetime) -> float:
    # A clock that went back must not empty the bucket.
    elapsed = max((now - bucket.refilled_at) / timedelta(seconds=1), 0.0)
    return min(burst, bucket.tokens + elapsed * bucket.rate)
