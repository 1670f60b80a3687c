"""How each seller account stands: read up to when, how complete, with how much of Amazon's budget left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from amazon_channel.admin.budgets import budgets_of
from amazon_channel.admin.completeness import completeness_of
from amazon_channel.admin.pills import account_state
from amazon_channel.gateway.errors import advice_for
from amazon_channel.models import Alert, SellerAccount
from amazon_channel.standing import advice_on
from commerce_orders.admin.problems import page_address
from commerce_orders.presentation.pills import pill

ACCOUNTS_SHOWN = 50
ALERTS_SHOWN = 5


def shown_accounts() -> list[SellerAccount]:
    accounts = SellerAccount.objects.select_related("pull_state").defer("encrypted_credentials")
    # Those with an error come first, so that none is beyond the end of a long list.
    return list(accounts.order_by("-error_code", "name")[:ACCOUNTS_SHOWN])


def account_rows(
    accounts: Sequence[SellerAccount], *, user: User | AnonymousUser, now: datetime
) -> list[dict[str, Any]]:
    if not accounts:
        return []
    completeness = completeness_of(accounts, now=now) if user.has_perm("amazon_channel.view_syncrun") else {}
    budgets = budgets_of(accounts, now=now)
    rows = []
    for account in accounts:
        tone, words = account_state(account, now=now)
        compared = completeness.get(account.pk)
        rows.append(
            {
                "account": account,
                "state": pill(words, tone),
                "link": reverse("admin:amazon_channel_selleraccount_change", args=[account.pk]),
                "completeness": compared,
                "is_complete": compared.state(now) if compared else "",
                "budgets": budgets[account.pk],
                "advice": advice_for(account.error_code) or account.error_detail,
            }
        )
    return rows


def alert_notices() -> list[dict[str, Any]]:
    """What runs longest is no longer news, so the newest are shown."""
    alerts = Alert.objects.running().select_related("account").defer("account__encrypted_credentials")
    return [
        {
            "alert": alert,
            "what": alert.get_kind_display(),
            "advice": advice_on(alert.kind, alert.account.error_code),
            "link": page_address(alert.kind),
        }
        for alert in alerts.order_by("-since")[:ALERTS_SHOWN]
    ]
