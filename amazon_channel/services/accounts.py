"""Connecting seller accounts, and telling how each stands."""

from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from amazon_channel.gateway.errors import AmazonError
from amazon_channel.marketplaces import MARKETPLACES, marketplaces_in
from amazon_channel.models import OrderSettings, PullState, ReadingWindow, SellerAccount
from amazon_channel.models.accounts import MERCHANT_TOKEN, Credentials, Region
from amazon_channel.services.access_tokens import open_gateway
from commerce_orders.models import Store
from project import jobs

FIRST_STORE = "Main store"


class AccountInvalid(Exception):
    """An account cannot be stored like this; ``field`` is what to change."""

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


def connect_account(
    *,
    name: str,
    region: str,
    marketplaces: Sequence[str],
    credentials: Credentials,
    now: datetime,
    store: Store | None = None,
    merchant_token: str = "",
) -> SellerAccount:
    """Store a seller account with default order settings. Does not call Amazon. Raises ``AccountInvalid``."""
    _check_name(name, own=None)
    _check_merchant_token(merchant_token)
    _check_marketplaces(region, marketplaces)
    _check_credentials(credentials)
    _check_seller(credentials, marketplaces, own=None)
    with transaction.atomic():
        account = SellerAccount(
            name=name.strip(),
            region=region,
            marketplaces=list(marketplaces),
            store=store or Store.objects.order_by("pk").first() or Store.objects.create(name=FIRST_STORE),
            time_zone=MARKETPLACES[marketplaces[0]].time_zone,
            merchant_token=merchant_token,
            created_at=now,
        )
        account.credentials = credentials
        account.save()
        OrderSettings.objects.create(account=account)
        PullState.objects.create(account=account)
    return account


def change_account(
    *,
    account: SellerAccount,
    name: str | None = None,
    marketplaces: Sequence[str] | None = None,
    credentials: Credentials | None = None,
    is_active: bool | None = None,
    store: Store | None = None,
    time_zone: str | None = None,
    merchant_token: str | None = None,
) -> SellerAccount:
    """Change what is given and leave the rest. Raises ``AccountInvalid`` and changes nothing.

    A marketplace that is added is read from the beginning, for which a pull under way loses its lease. What is left to
    be read of earlier searches is read with their own marketplaces, which Amazon demands with a pagination token.
    """
    changed = []
    adds_marketplaces = marketplaces is not None and not set(marketplaces) <= set(account.marketplaces)
    if name is not None:
        _check_name(name, own=account)
        account.name = name.strip()
        changed.append("name")
    if marketplaces is not None:
        _check_marketplaces(account.region, marketplaces)
        account.marketplaces = list(marketplaces)
        changed.append("marketplaces")
    if credentials is not None:
        _check_credentials(credentials)
        account.credentials = credentials
        changed.append("encrypted_credentials")
    if credentials is not None or adds_marketplaces:
        _check_seller(account.credentials, account.marketplaces, own=account)
    if time_zone is not None:
        if time_zone not in available_timezones():
            raise AccountInvalid(_("This time zone is not known."), field="time_zone")
        account.time_zone = time_zone
        changed.append("time_zone")
    if merchant_token is not None:
        _check_merchant_token(merchant_token)
        account.merchant_token = merchant_token
        changed.append("merchant_token")
    if is_active is not None:
        account.is_active = is_active
        changed.append("is_active")
    if store is not None:
        account.store = store
        changed.append("store")
    with transaction.atomic():
        account.save(update_fields=changed)
        if adds_marketplaces:
            PullState.objects.filter(account=account).update(
                cursor=None, read_to=None, fence=F("fence") + 1, leased_until=None
            )
            ReadingWindow.objects.filter(account=account, holds_cursor=True).delete()
    return account


def check_connection(*, account: SellerAccount, now: datetime) -> list[str]:
    """Ask Amazon which marketplaces the seller takes part in; their names. Raises ``AmazonError``.

    The outcome is kept on the account, so that everybody sees it.
    """
    gateway = open_gateway(account)
    try:
        participations = gateway.marketplace_participations()
    except AmazonError as error:
        record_error(account, error, now=now)
        raise
    clear_error(account)
    return [row.name for row in participations if row.is_participating]


def record_error(account: SellerAccount, error: AmazonError, *, now: datetime) -> None:
    """Show ``error`` on the account until a call succeeds; the time of the first one stays."""
    since = account.error_since if account.error_code == error.code else now
    account.error_code, account.error_detail, account.error_since = error.code, error.detail, since
    account.save(update_fields=["error_code", "error_detail", "error_since"])


def clear_error(account: SellerAccount) -> None:
    if account.error_code:
        account.error_code, account.error_detail, account.error_since = "", "", None
        account.save(update_fields=["error_code", "error_detail", "error_since"])


def retry_accounts(*, accounts: Sequence[SellerAccount]) -> int:
    """Have their orders read now, also where a pull was put off, and what is due be sent; how many.

    If a job is lost, the next sweep does it.
    """
    for account in accounts:
        PullState.objects.filter(account=account).update(not_before=None)
        jobs.ring("amazon_channel.tasks.pull_account", account.pk)
        jobs.ring("amazon_channel.tasks.push_account", account.pk)
    return len(accounts)


def _check_name(name: str, *, own: SellerAccount | None) -> None:
    if not name.strip():
        raise AccountInvalid(_("Enter a name for the account."), field="name")
    others = SellerAccount.objects.exclude(pk=own.pk) if own else SellerAccount.objects.all()
    if others.filter(name=name.strip()).exists():
        raise AccountInvalid(_("There is an account with this name already."), field="name")


def _check_merchant_token(merchant_token: str) -> None:
    if merchant_token and not MERCHANT_TOKEN.fullmatch(merchant_token):
        raise AccountInvalid(
            _("A merchant token is made of capital letters and digits, such as A1B2C3D4E5F6G7."), field="merchant_token"
        )


def _check_marketplaces(region: str, marketplaces: Sequence[str]) -> None:
    if region not in Region.values:
        raise AccountInvalid(
            _("The region must be one of: %(allowed)s.") % {"allowed": ", ".join(Region.values)}, field="region"
        )
    allowed = [marketplace.id for marketplace in marketplaces_in(region)]
    if not marketplaces or not set(marketplaces) <= set(allowed):
        raise AccountInvalid(
            _("Choose marketplaces of this region: %(allowed)s.") % {"allowed": ", ".join(allowed)},
            field="marketplaces",
        )


def _check_credentials(credentials: Credentials) -> None:
    for field in ("client_id", "client_secret", "refresh_token"):
        if not getattr(credentials, field).strip():
            raise AccountInvalid(_("Client id, client secret and refresh token are all needed."), field=field)


def _check_seller(credentials: Credentials, marketplaces: Sequence[str], *, own: SellerAccount | None) -> None:
    """One seller under two names would have each order twice.

    Amazon gives a refresh token to one seller. The accounts' own are compared as they are, since there are at most
    some thousands: a hash beside them would be one more secret to keep in step with each change of key.
    """
    others = SellerAccount.objects.exclude(pk=own.pk) if own else SellerAccount.objects.all()
    for other in others.only("name", "marketplaces", "encrypted_credentials"):
        is_same = compare_digest(
            other.credentials.refresh_token.encode("utf-8", "replace"),
            credentials.refresh_token.encode("utf-8", "replace"),
        )
        if is_same and set(other.marketplaces) & set(marketplaces):
            raise AccountInvalid(
                _("The account “%(name)s” reads the orders of this seller already. Choose other marketplaces.")
                % {"name": other.name},
                field="refresh_token",
            )
