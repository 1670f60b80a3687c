"""What the demo finds in its database: people, a seller account, an API token."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.utils.text import slugify

from amazon_channel.marketplaces import marketplaces_in
from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import Credentials
from amazon_channel.services.accounts import connect_account
from amazon_channel.simulator import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import create_token

NAME = "demo"
ACCOUNT_NAMES = {
    "na": "Demo store, North America",
    "eu": "Demo store, Europe",
    "fe": "Demo store, Far East",
}
CREDENTIALS = Credentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token=REFRESH_TOKEN)


class RealAccountsPresent(Exception):
    """The database serves real sellers, whose secrets must not reach a simulator."""


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """How to get in: account ids by region; users, the all-powerful one first, with one password for all."""

    accounts: dict[str, int]
    users: tuple[str, ...]
    password: str
    token: str


def prepare_demo(*, now: datetime) -> DemoAccess:
    """Migrate, and make or refresh everything the demo needs; what is there stays. Raises ``RealAccountsPresent``.

    The token is a new one at each start, since its text is stored nowhere.
    """
    call_command("migrate", interactive=False, verbosity=0)
    password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(12)
    with transaction.atomic():
        accounts = {account.region: account.pk for account in demo_accounts(now=now)}
        ApiToken.objects.filter(name=NAME).delete()
        _, token = create_token(name=NAME, scopes=Scope.values, now=now)
        return DemoAccess(accounts=accounts, users=demo_users(password), password=password, token=token)


def demo_accounts(*, now: datetime) -> list[SellerAccount]:
    """One account for each of Amazon's regions: the simulated seller sells everywhere."""
    accounts = list(SellerAccount.objects.order_by("pk"))
    if any(account.credentials.client_id != CLIENT_ID for account in accounts):
        raise RealAccountsPresent
    return accounts or [
        connect_account(
            name=name,
            region=region,
            marketplaces=[marketplace.id for marketplace in marketplaces_in(region)],
            credentials=CREDENTIALS,
            now=now,
        )
        for region, name in ACCOUNT_NAMES.items()
    ]


def demo_users(password: str) -> tuple[str, ...]:
    users = [demo_user(NAME, password, is_superuser=True)]
    for group in Group.objects.order_by("name"):
        name = f"{NAME}-{slugify(group.name)}"
        users.append(demo_user(name, password, group=group))
    return tuple(users)


def demo_user(name: str, password: str, *, group: Group | None = None, is_superuser: bool = False) -> str:
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.is_staff, user.is_active, user.is_superuser = True, True, is_superuser
    if not user.check_password(password):  # a new hash would end the sessions of the last demo
        user.set_password(password)
    user.save()
    user.groups.set([group] if group else [])
    return name
