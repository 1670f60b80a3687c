"""A page of Amazon's orders becomes rows: mirror, contacts, Commerce orders, confirmations, in one transaction.

The number of SQL statements does not depend on the number of orders. An unchanged page costs one SELECT.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DataError, OperationalError, transaction

from amazon_channel.mapping.orders import UnreadableOrder, Version, identify, public_part, read_order
from amazon_channel.models import AmazonOrder, OrderSettings, SellerAccount
from amazon_channel.services.batch import Batch, PageResult
from amazon_channel.services.leases import LeaseLost, lock_account
from amazon_channel.services.quarantine import MOST_KILLS, Watch
from amazon_channel.services.versions import Reading, is_news
from amazon_channel.states import Problem
from commerce_orders.wording import wording
from project.checkpoints import checkpoint

logger = logging.getLogger(__name__)

UNSTORABLE = (DataError, OverflowError, TypeError, ValueError)  # the database's word for it, or Python's
DECIDED_AT_ONCE = 100


def store_page(
    *,
    account: SellerAccount,
    orders: Sequence[Any],
    now: datetime,
    check: Callable[[], None] | None = None,
    watch: Watch | None = None,
) -> PageResult:
    """Store what is new in ``orders``, as Amazon sent them; whatever they are, nothing is lost.

    ``check`` runs first in the transaction and raises when the caller's lease is gone; without one the account is
    locked. An older version never replaces a newer one. An order that cannot be stored becomes a problem and does
    not stop the others: then the page's orders are stored one by one. With a ``watch`` they are so from the start, and
    the one that kills its workers is set aside.
    """
    result = PageResult(seen=len(orders))
    versions = newest_of_each(orders)
    known = {
        order_id: (last_updated_at, content_hash)
        for order_id, last_updated_at, content_hash in AmazonOrder.objects.filter(
            account=account, amazon_order_id__in=versions
        ).values_list("amazon_order_id", "last_updated_at", "content_hash")
    }
    news = [(raw, version) for order_id, (version, raw) in versions.items() if is_news(version, known.get(order_id))]
    result.unchanged = len(versions) - len(news)
    if news:
        result.add(_Storing(account, now=now, check=check, watch=watch).store(news))
    return result


def decide_again(
    *,
    account: SellerAccount,
    now: datetime,
    check: Callable[[], None] | None = None,
    watch: Watch | None = None,
) -> PageResult:
    """Work out anew what becomes of the orders marked ``is_to_decide``, from what is stored of them.

    ``check`` and ``watch`` as in ``store_page``.
    """
    result = PageResult()
    marked = AmazonOrder.objects.filter(account=account, is_to_decide=True).order_by("pk")
    while rows := list(marked[:DECIDED_AT_ONCE]):
        stored = [(row.payload, Version(row.amazon_order_id, row.last_updated_at, row.content_hash)) for row in rows]
        kept = {row.amazon_order_id: row.stored_at for row in rows}
        result.add(_Storing(account, now=now, check=check, watch=watch, kept=kept).store(stored))
    return result


class _Storing:
    """All at once, once more where only the database failed, then one by one; each in a transaction of its own.

    With a ``watch`` one by one from the start.
    """

    def __init__(
        self,
        account: SellerAccount,
        *,
        now: datetime,
        check: Callable[[], None] | None,
        watch: Watch | None,
        kept: Mapping[str, datetime] | None = None,
    ) -> None:
        self._account = account
        self._now = now
        self._check = check or partial(lock_account, account)
        self._watch = watch
        self._kept = kept

    def store(self, versions: Sequence[tuple[Any, Version]]) -> PageResult:
        if self._watch:
            return self._store_watched(versions, self._watch)
        return self._store_together([read_order(raw, version) for raw, version in versions])

    def _store_together(self, readings: Sequence[Reading]) -> PageResult:
        try:
            with suppress(OperationalError):  # a deadlock or a connection that was cut: none of the orders' fault
                return self._transact(readings)
            return self._transact(readings)
        except LeaseLost:
            raise
        except Exception:  # whatever one order makes our code or the database raise must not stop the others
            logger.exception(
                "Orders of account %s could not be stored at once; they are taken one by one", self._account.pk
            )
        result = PageResult()
        for reading in readings:
            result.add(self._store_alone(reading))
        return result

    def _store_watched(self, versions: Sequence[tuple[Any, Version]], watch: Watch) -> PageResult:
        result = PageResult()
        for raw, version in versions:
            order_id = version.amazon_order_id
            if watch.is_killer(order_id):
                result.add(self._set_aside(raw, version))
            else:
                watch.begin(order_id)
                result.add(self._store_together([read_order(raw, version)]))
            watch.acquit(order_id)
        watch.end()
        return result

    def _set_aside(self, raw: Any, version: Version) -> PageResult:
        """Keep the version that kills, so that only another one, or staff, has it stored again."""
        logger.error("Order %s is set aside: workers died while they stored it", version.amazon_order_id)
        return self._keep(
            UnreadableOrder(
                amazon_order_id=version.amazon_order_id,
                last_updated_at=version.last_updated_at,
                content_hash=version.content_hash,
                payload=public_part(raw),
                reason=wording("%(count)s workers died while they stored it", count=MOST_KILLS),
                problem=Problem.KILLED_WORKER,
            )
        )

    def _transact(self, readings: Sequence[Reading]) -> PageResult:
        with transaction.atomic():
            self._check()
            # Read behind the lock: whoever changes the settings takes it too, and then looks at what was stored.
            settings = OrderSettings.objects.get(account=self._account)
            result = Batch(account=self._account, settings=settings, now=self._now).store(readings, kept=self._kept)
            checkpoint("CP_BEFORE_COMMIT")
        checkpoint("CP_AFTER_COMMIT")
        return result

    def _store_alone(self, reading: Reading) -> PageResult:
        try:
            return self._transact([reading])
        except LeaseLost:
            raise
        except Exception as error:
            logger.exception("Order %s could not be stored", reading.amazon_order_id)
            return self._keep(
                UnreadableOrder(
                    amazon_order_id=reading.amazon_order_id,
                    last_updated_at=None,
                    content_hash="",  # no version is equal to it, so that this one is tried again
                    payload=reading.payload,
                    reason=type(error).__name__,
                    problem=Problem.NOT_STORED,
                )
            )

    def _keep(self, order: UnreadableOrder) -> PageResult:
        try:
            return self._transact([order])
        except UNSTORABLE:  # what cannot be written is in the payload
            return self._transact([replace(order, payload={})])


def newest_of_each(orders: Sequence[Any]) -> dict[str, tuple[Version, Any]]:
    """A page can hold an order twice, when it changed while Amazon put the page together."""
    newest: dict[str, tuple[Version, Any]] = {}
    for raw in orders:
        version = identify(raw)
        earlier = newest.get(version.amazon_order_id)
        if earlier is None or is_news(version, (earlier[0].last_updated_at, earlier[0].content_hash)):
            newest[version.amazon_order_id] = (version, raw)
    return newest
