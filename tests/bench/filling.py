"""A database as large as a busy merchant's: some hundred orders of the local Amazon, imported and then copied.

It is filled once and kept: ``bench_pages`` on PostgreSQL, a file under ``build`` on SQLite.
"""

import sys
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.utils import timezone

from amazon_channel.models import AmazonOrder, AmazonOrderItem, SellerAccount, ShipmentConfirmation
from amazon_channel.services.order_days import COUNTED_NIGHTLY, recount_days
from commerce_orders.models import (
    NumberSequence,
    Order,
    OrderEvent,
    OrderLine,
    Product,
    Reservation,
    Shipment,
    ShipmentLine,
)
from customers.models import Contact, Customer
from tests.bench.copying import STRIDE, Copies, copy_rows, padded

DAY = 86_400.0
YEARS_SECONDS = 2 * 365 * DAY
OPEN_SHARE = 0.02  # of all orders, what is pending or still to ship
PROBLEM_ROWS = 1_500
PRODUCTS = 20_000
COPIED = (
    Contact, Customer, Order, OrderLine, OrderEvent, Shipment, ShipmentLine, AmazonOrder, AmazonOrderItem,
    ShipmentConfirmation, Reservation,
)  # fmt: skip
ACCOUNTS = (
    ("Northwind US", "na", "ATVPDKIKX0DER", "USD", "America/Los_Angeles"),
    ("Northwind Outlet", "na", "ATVPDKIKX0DER", "USD", "America/New_York"),
    ("Nordwind DE", "eu", "A1PA6795UKMFR9", "EUR", "Europe/Berlin"),
    ("Nordwind FR", "eu", "A13V1IB3VIYZZH", "EUR", "Europe/Paris"),
    ("Northwind UK", "eu", "A1F83G8C2ARO7P", "GBP", "Europe/London"),
    ("北風", "fe", "A1VC38T7YXB528", "JPY", "Asia/Tokyo"),
)
ENDED = (
    {"count": 320, "status": "SHIPPED"},
    {"count": 20, "status": "CANCELLED"},
)
OPEN = (
    {"count": 60, "status": "UNSHIPPED"},
    {"count": 6, "status": "PARTIALLY_SHIPPED"},
    {"count": 10, "status": "PENDING"},
)


def fill(url: str, orders: int) -> None:
    """Fill an empty, migrated database; ``url`` is the local Amazon's."""
    started = time.perf_counter()
    accounts = _make_accounts()
    _make_products()
    _import(url, ENDED, accounts[0], age=3 * DAY)
    ended = {model: _last(model) for model in COPIED}
    _import(url, OPEN, accounts[0], age=0.5 * DAY)
    last = {model: _last(model) for model in COPIED}
    open_count = _rows(AmazonOrder, ended[AmazonOrder], last[AmazonOrder])
    open_copies = int(orders * OPEN_SHARE / open_count)
    ended_copies = int(orders * (1 - OPEN_SHARE) / _rows(AmazonOrder, 0, ended[AmazonOrder]))
    with _unchecked_references():
        for model in COPIED:
            copies = Copies(1, ended[model], 1, ended_copies, YEARS_SECONDS / ended_copies)
            copy_rows(model, copies, copied=COPIED, columns=_columns(model, accounts))
            copies = Copies(ended[model] + 1, last[model], ended_copies + 1, open_copies, 2 * DAY / open_copies)
            copy_rows(model, copies, copied=COPIED, columns=_columns(model, accounts))
            print(f"{time.perf_counter() - started:6.0f} s  {model._meta.verbose_name_plural}", file=sys.stderr)  # noqa: T201
    _spoil()
    _finish()


def _make_accounts() -> list[SellerAccount]:
    from tests.factories import make_account

    now, accounts = timezone.now(), []
    for name, region, marketplace, _currency, zone in ACCOUNTS:
        account = make_account(name=name, region=region, marketplaces=(marketplace,))
        account.time_zone = zone
        account.save()
        account.order_settings.customer_creation = "create"
        account.order_settings.save()
        account.pull_state.succeeded_at = account.pull_state.pulled_at = account.pull_state.cursor = now
        account.pull_state.save()
        accounts.append(account)
    User.objects.create_superuser("bench", password=None)
    return accounts


def _make_products() -> None:
    from amazon_channel.simulator.catalogue import CATALOGUE

    now = timezone.now()
    skus = [product.sku for product in CATALOGUE] + [f"BENCH-{number:06d}" for number in range(PRODUCTS)]
    Product.objects.bulk_create(
        [Product(sku=sku, name=f"Product {sku}", quantity=1_000_000, updated_at=now) for sku in skus], batch_size=1000
    )


def _import(url: str, wishes: tuple[dict[str, Any], ...], account: SellerAccount, *, age: float) -> None:
    import httpx

    from amazon_channel.services.pull import pull_orders

    for wish in wishes:
        request = {"marketplace_id": "ATVPDKIKX0DER", "age_seconds": age, **wish}
        httpx.post(f"{url}/_sim/orders", json=request, timeout=600).raise_for_status()
    pull_orders(account=account, since=timezone.now() - timedelta(seconds=age) - timedelta(days=1))


def _last(model: type[models.Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _rows(model: type[models.Model], after: int, until: int) -> int:
    return model._default_manager.filter(pk__gt=after, pk__lte=until).count()


def _columns(model: type[models.Model], accounts: list[SellerAccount]) -> dict[str, str]:
    """What differs between the copies of a row beside keys and times."""

    def by_account(values: list[Any]) -> str:
        cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(values))
        return f"CASE k % {len(values)} {cases} END"

    def numbered(column: str) -> str:
        """An Amazon number keeps its beginning and its end, and takes the copy's number between them."""
        return f"substr({column}, 1, 4) || {padded('k', 7)} || substr({column}, 12)"

    key = f"id + k * {STRIDE}"
    of_account = by_account([account.pk for account in accounts])
    reference = by_account([f"'{account.reference}'" for account in accounts])
    currency = by_account([f"'{currency}'" for _name, _region, _place, currency, _zone in ACCOUNTS])
    in_currency = f"CASE WHEN currency = '' THEN '' ELSE {currency} END"
    of_channel = {"channel_account": reference, "channel_order_id": numbered("channel_order_id")}

    def hashed(column: str) -> str:
        """A hundred copies of a buyer are of one name; the others have names of their own."""
        return f"CASE WHEN {column} = '' OR k % 100 = 0 THEN {column} ELSE {padded(key, 32)} END"

    return {
        Contact: {"email_index": hashed("email_index"), "name_index": hashed("name_index")},
        Customer: {"number": f"'C-' || {padded(key, 12)}", "email_index": padded(key, 32)},
        Order: {"number": padded(key, 12), "currency": in_currency, **of_channel},
        AmazonOrder: {
            "account_id": of_account,
            "amazon_order_id": numbered("amazon_order_id"),
            "marketplace_id": by_account([f"'{place}'" for _name, _region, place, _currency, _zone in ACCOUNTS]),
            "currency": in_currency,
        },
        Shipment: {"tracking_number": f"tracking_number || {padded('k', 7)}"},
        Reservation: of_channel,
    }.get(model, {})


class _unchecked_references:
    """Every reference leads to a row that is copied too; to look each one up would double the time."""

    def __enter__(self) -> None:
        if connection.vendor == "postgresql":
            self._execute("SET session_replication_role = replica", "SET synchronous_commit = off")
        else:
            self._execute("PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF")

    def __exit__(self, *_: object) -> None:
        if connection.vendor == "postgresql":
            self._execute("SET session_replication_role = DEFAULT", "SET synchronous_commit = on")
        else:
            self._execute("PRAGMA foreign_keys = ON", "PRAGMA synchronous = NORMAL")

    @staticmethod
    def _execute(*statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _spoil() -> None:
    """Some refused shipments, and some problems of every kind."""
    newest = list(ShipmentConfirmation.objects.order_by("-pk").values_list("pk", flat=True)[:PROBLEM_ROWS])
    now = timezone.now()
    ShipmentConfirmation.objects.filter(pk__in=newest[::3]).update(
        state="rejected", confirmed_at=None, refused_at=now, error_code="InvalidInput", error_detail="The carrier."
    )
    ShipmentConfirmation.objects.filter(pk__in=newest[1::3]).update(state="sent", confirmed_at=None, sent_at=now)
    some = AmazonOrder.objects.to_ship().order_by("pk").values_list("pk", flat=True)[:PROBLEM_ROWS]
    AmazonOrder.objects.filter(pk__in=list(some)[::2]).update(
        problem_code="does_not_add_up", problem_detail="Amazon states 30.00.", problem_since=now
    )


def _finish() -> None:
    for account in SellerAccount.objects.all():
        recount_days(account=account, since=(timezone.now() - COUNTED_NIGHTLY).date())
    NumberSequence.objects.update(next_value=10**12)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in COPIED:
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            cursor.execute("VACUUM ANALYZE")
