"""Connecting seller accounts, and changing them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from amazon_channel.marketplaces import MARKETPLACES, marketplaces_in
from amazon_channel.models import OrderSettings, PullState, ReadingWindow, SellerAccount
from amazon_channel.models.accounts import MERCHANT_TOKEN, Credentials, Region
from commerce_orders.models import Store
from project import jobs
from project.audit import COMMAND, SECRET, record_change
from project.models import Area, AuditEntry

FIRST_STORE = "Main store"


class AccountInvalid(Exception):
    """An account cannot be stored like this; ``field`` is what to change."""

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class NameTaken(AccountInvalid):
    """Another account has this name."""


def connect_account(
    *,
    name: str,
    region: str,
    marketplaces: Sequence[str],
    credentials: Credentials,
    now: datetime,
    store: Store | None = None,
    merchant_token: str = "",
    actor: str = COMMAND,
) -> SellerAccount:
    """Store a seller account with default order settings. Does not call Amazon. Raises ``AccountInvalid``."""
    _check_name(name, own=None)
    _check_merchant_token(merchant_token)
    _check_marketplaces(region, marketplaces)
    _check_credentials(credentials)
    _check_seller(credentials, marketplaces, merchant_token=merchant_token, own=None)
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
        record_change(
            area=Area.ACCOUNT,
            action=AuditEntry.Action.ADDED,
            subject=account.name,
            subject_id=account.pk,
            actor=actor,
            now=now,
            changes={"region": ("", region), "marketplaces": ([], account.marketplaces)},
        )
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
    actor: str = COMMAND,
    now: datetime,
) -> SellerAccount:
    """Change what is given and leave the rest. Raises ``AccountInvalid`` and changes nothing.

    A marketplace that is added is read from the beginning, for which a pull under way loses its lease. What is left to
    be read of earlier searches is read with their own marketplaces, which Amazon demands with a pagination token.
    """
    adds_marketplaces = marketplaces is not None and not set(marketplaces) <= set(account.marketplaces)
    if name is not None:
        _check_name(name, own=account)
    if marketplaces is not None:
        _check_marketplaces(account.region, marketplaces)
    if credentials is not None:
        _check_credentials(credentials)
    if time_zone is not None and time_zone not in available_timezones():
        raise AccountInvalid(_("This time zone is not known."), field="time_zone")
    if merchant_token is not None:
        _check_merchant_token(merchant_token)
    if credentials is not None or adds_marketplaces or merchant_token:
        _check_seller(
            credentials or account.credentials,
            marketplaces or account.marketplaces,
            merchant_token=account.merchant_token if merchant_token is None else merchant_token,
            own=account,
        )
    given = {
        "name": name.strip() if name else None,
        "marketplaces": list(marketplaces) if marketplaces else None,
        "credentials": credentials,
        "time_zone": time_zone,
        "merchant_token": merchant_token,
        "is_active": is_active,
        "store": store,
    }
    changed = {attribute: value for attribute, value in given.items() if value is not None}
    before = _facts(account)
    for attribute, value in changed.items():
        setattr(account, attribute, value)
    columns = ["encrypted_credentials" if attribute == "credentials" else attribute for attribute in changed]
    with transaction.atomic():
        account.save(update_fields=columns)
        _record_changes(account, before, has_new_secrets=credentials is not None, actor=actor, now=now)
        if account.time_zone != before["time_zone"]:  # its days begin and end at other moments now
            jobs.ring("amazon_channel.tasks.recount_account_days", account.pk)
        if adds_marketplaces:
            PullState.objects.filter(account=account).update(
                cursor=None, read_to=None, fence=F("fence") + 1, leased_until=None
            )
            ReadingWindow.objects.filter(account=account, holds_cursor=True).delete()
    return account


def _facts(account: SellerAccount) -> dict[str, Any]:
    """What the record of changes may tell of an account, by column."""
    return {
        "name": account.name,
        "marketplaces": [MARKETPLACES[place].name for place in account.marketplaces if place in MARKETPLACES],
        "store": account.store.name,
        "time_zone": account.time_zone,
        "merchant_token": account.merchant_token,
        "is_active": account.is_active,
    }


def _record_changes(
    account: SellerAccount, before: Mapping[str, Any], *, has_new_secrets: bool, actor: str, now: datetime
) -> None:
    after = _facts(account)
    changes = {name: (value, after[name]) for name, value in before.items() if value != after[name]}
    if has_new_secrets:
        changes["encrypted_credentials"] = SECRET
    if changes:
        record_change(
            area=Area.ACCOUNT,
            action=AuditEntry.Action.CHANGED,
            subject=account.name,
            subject_id=account.pk,
            actor=actor,
            now=now,
            changes=changes,
        )


def _check_name(name: str, *, own: SellerAccount | None) -> None:
    if not name.strip():
        raise AccountInvalid(_("Enter a name for the account."), field="name")
    others = SellerAccount.objects.exclude(pk=own.pk) if own else SellerAccount.objects.all()
    if others.filter(name=name.strip()).exists():
        raise NameTaken(_("There is an account with this name already."), field="name")


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
            raise AccountInvalid(_("Client ID, client secret and refresh token are all required."), field=field)


def _check_seller(
    credentials: Credentials, marketplaces: Sequence[str], *, merchant_token: str, own: SellerAccount | None
) -> None:
    """One seller under two names would have each order twice.

    Amazon gives a refresh token, and a merchant token, to one seller. The accounts' own are compared as they are, since
    there are at most some thousands: a hash beside them would be one more secret to keep in step with each change of
    key.
    """
    others = SellerAccount.objects.exclude(pk=own.pk) if own else SellerAccount.objects.all()
    for other in others.only("name", "marketplaces", "merchant_token", "encrypted_credentials"):
        has_same_refresh_token = compare_digest(
            other.credentials.refresh_token.encode("utf-8", "replace"),
            credentials.refresh_token.encode("utf-8", "replace"),
        )
        is_same = has_same_refresh_token or bool(merchant_token and merchant_token == other.merchant_token)
        if is_same and set(other.marketplaces) & set(marketplaces):
            raise AccountInvalid(
                _("The account “%(name)s” reads the orders of this seller already. Choose other marketplaces.")
                % {"name": other.name},
                field="refresh_token" if has_same_refresh_token else "merchant_token",
            )
