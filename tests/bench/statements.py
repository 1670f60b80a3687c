"""SQL statements per page of 100 orders, counted on the stored orders themselves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.gateway.client import AmazonGateway, Window
from amazon_channel.models import SellerAccount
from amazon_channel.services.store import store_page


def statements_per_page(account: SellerAccount) -> dict[str, int]:
    """Counts for a page that is new, changed and unchanged; transaction control is left out."""
    gateway = AmazonGateway(account.credentials, region=account.region)
    window = Window(timezone.now() - timedelta(days=30), tuple(account.marketplaces))
    orders = list(gateway.search_orders(window).orders)
    changed = [order | {"lastUpdatedTime": timezone.now().isoformat()} for order in orders]
    new = [order | {"orderId": f"NEW-{order['orderId']}"} for order in changed]

    def store(page: list[Any]) -> None:
        store_page(account=account, orders=page, now=timezone.now())

    return {
        "statements_unchanged": _count(lambda: store(orders)),
        "statements_changed": _count(lambda: store(changed)),
        "statements_new": _count(lambda: store(new)),
    }


def _count(work: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(control) for query in captured)
