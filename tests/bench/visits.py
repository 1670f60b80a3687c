"""Asking for pages as staff and systems do, each time for other orders, and how long the answers take."""

import itertools
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.admin.filters import TABS
from amazon_channel.models import AmazonOrder, AmazonOrderItem, SellerAccount
from commerce_orders.models import ApiToken, Order, Product
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import create_token
from customers.models import Customer
from tests.bench.writes import writes

AMAZON, COMMERCE = "/admin/amazon_channel/amazonorder/", "/admin/commerce_orders/order/"
SAMPLES = 40
Addresses = Iterator[str]


def visit_pages(*, repeat: int, only: str = "") -> dict[str, dict[str, Any]]:
    staff, system = Client(), Client(headers={"Authorization": f"Bearer {_token()}"})
    staff.force_login(User.objects.get(username="bench"))
    results = {}
    for name, addresses in pages().items():
        if only.lower() in name.lower():
            client = system if name.startswith("REST") else staff
            results[name] = measure(lambda client=client, addresses=addresses: client.get(next(addresses)), repeat)
    for name, write in writes(system).items():
        if only.lower() in name.lower():
            results[name] = measure(write, repeat)
    return results


def measure(ask: Callable[[], Any], repeat: int) -> dict[str, Any]:
    """The first request fills caches of Python's, and counts the queries; it is not timed.

    ``python`` and ``database`` are what each took of a processor, which tells a busy machine from a slow page.
    """
    with CaptureQueriesContext(connection) as captured:
        ask()
        queries = len(captured)
    seconds, processor, before_all = [], [], _database_seconds()
    for _ in range(repeat):
        started, before = time.perf_counter(), time.process_time()
        response = ask()
        _ = response.content
        seconds.append(time.perf_counter() - started)
        processor.append(time.process_time() - before)
    ranked = sorted(seconds)
    database = (_database_seconds() - before_all) / len(seconds)
    return {
        "p50": 1000 * statistics.median(ranked),
        "p95": 1000 * ranked[max(0, round(0.95 * len(ranked)) - 1)],
        "python": 1000 * statistics.median(processor),
        "database": 1000 * database,
        "queries": queries,
        "kib": len(response.content) / 1024,
        "per_second": len(seconds) / sum(seconds),
        "status": response.status_code,
    }


def _database_seconds() -> float:
    """The processor's time that our connection's process of a local PostgreSQL has taken; SQLite is in Python's."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    try:
        numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # on another machine, or not on Linux
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _token() -> str:
    ApiToken.objects.filter(name="bench").delete()
    return create_token(name="bench", scopes=list(Scope.values), now=timezone.now())[1]


def pages() -> dict[str, Addresses]:
    return {name: itertools.cycle([each] if isinstance(each, str) else each) for name, each in _admin().items()} | {
        f"REST {name}": itertools.cycle([each] if isinstance(each, str) else each) for name, each in _rest().items()
    }


def _sample(values: Any, form: Callable[[Any], str]) -> list[str]:
    """Addresses of rows from all over the table, found by key: a random order would sort all of it."""
    last = values.order_by("-pk").values_list("pk", flat=True).first()
    dice = random.Random(1)
    found = []
    while len(found) < SAMPLES:
        row = values.filter(pk__gte=dice.randint(1, last)).order_by("pk").first()
        found.append(form(row))
    return found


def _admin() -> dict[str, str | list[str]]:
    amazon, commerce = AmazonOrder.objects.defer("payload"), Order.objects.all()
    account = SellerAccount.objects.order_by("pk").values_list("pk", flat=True)[2]
    last_page = f"{AMAZON}?p=40"
    return {
        "Dashboard": "/admin/",
        "Dashboard, 90 days by account": "/admin/?days=90&by=account",
        "Amazon orders": AMAZON,
        "Amazon orders, last page": last_page,
        **{f"Amazon orders, {work}": f"{AMAZON}?work={work}" for work in TABS},
        **{
            f"Amazon orders, {status}": f"{AMAZON}?status={status}"
            for status in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE")
        },
        "Amazon orders, one account": f"{AMAZON}?account={account}",
        "Amazon orders, one account, to ship": f"{AMAZON}?account={account}&work=to_ship",
        "Amazon orders, one account, SHIPPED": f"{AMAZON}?account={account}&status=SHIPPED",
        "Amazon orders, FBA": f"{AMAZON}?fulfilled_by=AMAZON",
        "Amazon orders, merchant, late": f"{AMAZON}?fulfilled_by=MERCHANT&work=late",
        "Amazon orders, marketplace": f"{AMAZON}?marketplace=A1PA6795UKMFR9",
        "Amazon orders, bought in a week": f"{AMAZON}?purchased_at_from=2026-03-02&purchased_at_to=2026-03-08",
        "Amazon orders, ship by in a week": f"{AMAZON}?ship_by_from=2026-03-02&ship_by_to=2026-03-08",
        "Amazon orders, oldest first": f"{AMAZON}?sort=bought",
        "Amazon orders, by number": f"{AMAZON}?sort=number",
        "Amazon orders, to ship, by total": f"{AMAZON}?work=to_ship&sort=-total",
        "Amazon orders, Amazon number": _sample(amazon, lambda row: f"{AMAZON}?q={row.amazon_order_id}"),
        "Amazon orders, Commerce number": _sample(commerce, lambda row: f"{AMAZON}?q={row.number}"),
        "Amazon orders, SKU": _sample(AmazonOrderItem.objects.all(), lambda row: f"{AMAZON}?q={row.sku}"),
        "Amazon orders, SKU, to ship": _sample(
            AmazonOrderItem.objects.all(), lambda row: f"{AMAZON}?q={row.sku}&work=to_ship"
        ),
        "Amazon orders, buyer": _sample(
            amazon.filter(contact__isnull=False).select_related("contact"),
            lambda row: f"{AMAZON}?q={row.contact.details.display_name}",
        ),
        "Amazon orders, nothing found": f"{AMAZON}?q=999-9999999-9999999",
        "Amazon order": _sample(amazon, lambda row: f"{AMAZON}{row.pk}/change/"),
        "Amazon order, of a list": _sample(
            amazon, lambda row: f"{AMAZON}{row.pk}/change/?_changelist_filters=work%3Dshipped"
        ),
        "Shipping sheet": f"{AMAZON}ship/?work=to_ship",
        "Commerce orders": COMMERCE,
        "Commerce orders, last page": f"{COMMERCE}?p=40",
        **{
            f"Commerce orders, {status}": f"{COMMERCE}?status={status}"
            for status in ("pending", "processing", "partially_shipped", "complete", "canceled")
        },
        "Commerce orders, store": f"{COMMERCE}?store__id__exact=1",
        "Commerce orders, placed in a week": f"{COMMERCE}?placed_at_from=2026-03-02&placed_at_to=2026-03-08",
        "Commerce orders, ship by in a week": f"{COMMERCE}?ship_by_from=2026-03-02&ship_by_to=2026-03-08",
        "Commerce orders, number": _sample(commerce, lambda row: f"{COMMERCE}?q={row.number}"),
        "Commerce orders, SKU": _sample(AmazonOrderItem.objects.all(), lambda row: f"{COMMERCE}?q={row.sku}"),
        "Commerce order": _sample(commerce, lambda row: f"{COMMERCE}{row.pk}/change/"),
        "Problems": "/admin/problems/",
        "Problems, refused shipments": "/admin/problems/?reason=shipment_refused",
        "Problems, amounts": "/admin/problems/?reason=does_not_add_up",
        "Customers": "/admin/customers/customer/",
        "Customer": _sample(Customer.objects.all(), lambda row: f"/admin/customers/customer/{row.pk}/change/"),
        "Personal data access": "/admin/customers/personaldataaccess/",
        "Products": "/admin/commerce_orders/product/",
        "Products, search": "/admin/commerce_orders/product/?q=BENCH-000123",
        "Product": _sample(Product.objects.all(), lambda row: f"/admin/commerce_orders/product/{row.pk}/change/"),
        "Seller accounts": "/admin/amazon_channel/selleraccount/",
        "Seller account": f"/admin/amazon_channel/selleraccount/{account}/change/",
        "Completeness": "/admin/amazon_channel/reconciliation/",
        "Completeness of an account": f"/admin/amazon_channel/reconciliation/{account}/",
        "Order settings": "/admin/amazon_channel/ordersettings/",
        "API tokens": "/admin/commerce_orders/apitoken/",
    }


def _rest() -> dict[str, str | list[str]]:
    account = SellerAccount.objects.order_by("pk").values_list("pk", flat=True)[2]
    api = "/api/v1"
    return {
        "orders": f"{api}/orders/",
        "orders, 500 a page": f"{api}/orders/?page_size=500",
        "orders, to take over": f"{api}/orders/?acknowledged=false&status=processing",
        "orders, processing": f"{api}/orders/?status=processing",
        "orders, updated after": f"{api}/orders/?updated_after=2026-11-01T00:00:00Z",
        "orders, ship by before": f"{api}/orders/?status=processing&ship_by_before=2027-01-01T00:00:00Z",
        "order": _sample(Order.objects.all(), lambda row: f"{api}/orders/{row.number}/"),
        "shipments": _sample(Order.objects.all(), lambda row: f"{api}/orders/{row.number}/shipments/"),
        "order by channel number": _sample(
            Order.objects.all(), lambda row: f"{api}/orders/?channel_order_id={row.channel_order_id}"
        ),
        "Amazon orders": f"{api}/amazon/orders/",
        "Amazon orders, account": f"{api}/amazon/orders/?account={account}",
        "Amazon orders, SHIPPED": f"{api}/amazon/orders/?status=SHIPPED",
        "Amazon orders, UNSHIPPED": f"{api}/amazon/orders/?status=UNSHIPPED",
        "Amazon orders, FBA": f"{api}/amazon/orders/?fulfilled_by=AMAZON",
        "Amazon orders, problem": f"{api}/amazon/orders/?problem=true",
        "Amazon order": _sample(
            AmazonOrder.objects.defer("payload"), lambda row: f"{api}/amazon/orders/{row.amazon_order_id}/"
        ),
        "customers": f"{api}/customers/",
        "webhooks": f"{api}/webhooks/",
    }
