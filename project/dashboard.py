"""The first page: what is to be done, and whether the data is fresh."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.admin.budgets import AccountBudgets, budgets_of
from amazon_channel.admin.completeness import Completeness, completeness_of
from amazon_channel.admin.pills import account_state
from amazon_channel.gateway.errors import advice_for
from amazon_channel.models import Alert, SellerAccount
from amazon_channel.queries import WorkCounts, count_work
from amazon_channel.standing import advice_on
from commerce_orders.admin.problems import count_in_words, count_visible, page_address, visible_sources
from commerce_orders.presentation.pills import pill

ACCOUNTS_SHOWN = 50
ALERTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with the list that it counts; ``tone`` is "", "watch" or "alarm"."""

    title: str
    count: int | str
    note: str
    link: str
    tone: str = ""


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    may_see_accounts = request.user.has_perm("amazon_channel.view_selleraccount")
    accounts = list(_accounts()) if may_see_accounts else []
    may_see_completeness = request.user.has_perm("amazon_channel.view_syncrun")
    completeness = completeness_of(accounts, now=now) if may_see_completeness else {}
    budgets = budgets_of(accounts, now=now)
    tiles = order_tiles(count_work(now)) if request.user.has_perm("amazon_channel.view_amazonorder") else []
    if visible_sources(request.user):
        tiles.append(problems_tile(sum(count_visible(request).values())))
    return context | {
        "alerts": [alert_notice(alert) for alert in running_alerts()] if may_see_accounts else [],
        "tiles": tiles,
        "accounts": [
            _account_row(account, completeness.get(account.pk), budgets[account.pk], now) for account in accounts
        ],
        "may_see_completeness": may_see_completeness,
        "now": now,
        "is_new": not (accounts or SellerAccount.objects.exists()),
        "may_connect": request.user.has_perm("amazon_channel.add_selleraccount"),
        "may_see_accounts": may_see_accounts,
    }


def order_tiles(work: WorkCounts) -> list[Tile]:
    orders = reverse("admin:amazon_channel_amazonorder_changelist")
    return [
        Tile(
            _("Late"),
            work.late,
            _("Ship-by has passed"),
            f"{orders}?work=late",
            "alarm" if work.late else "",
        ),
        Tile(
            _("To ship today"), work.today, _("Ship-by is today"), f"{orders}?work=today", "watch" if work.today else ""
        ),
        Tile(_("To ship in all"), work.to_ship, _("Fulfilled by you"), f"{orders}?work=to_ship"),
        # These are on no list: Amazon has not verified the payment yet.
        Tile(_("Pending at Amazon"), work.pending, _("Listed once Amazon has verified them"), ""),
    ]


def running_alerts() -> list[Alert]:
    alerts = Alert.objects.running().select_related("account").defer("account__encrypted_credentials")
    return list(alerts.order_by("-since")[:ALERTS_SHOWN])


def alert_notice(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert,
        "what": alert.get_kind_display(),
        "advice": advice_on(alert.kind, alert.account.error_code),
        "link": page_address(alert.kind),
    }


def problems_tile(count: int) -> Tile:
    return Tile(
        _("Problems"),
        count_in_words(count),
        _("What needs a person"),
        reverse("admin:problems"),
        "alarm" if count else "",
    )


def _accounts() -> Any:
    accounts = SellerAccount.objects.select_related("pull_state").defer("encrypted_credentials")
    # Those with an error come first, so that none is beyond the end of a long list.
    return accounts.order_by("-error_code", "name")[:ACCOUNTS_SHOWN]


def _account_row(
    account: SellerAccount, completeness: Completeness | None, budgets: AccountBudgets, now: Any
) -> dict[str, Any]:
    tone, words = account_state(account, now=now)
    return {
        "account": account,
        "state": pill(words, tone),
        "link": reverse("admin:amazon_channel_selleraccount_change", args=[account.pk]),
        "completeness": completeness,
        "budgets": budgets,
        "is_complete": completeness.state(now) if completeness else "",
        "advice": advice_for(account.error_code) or account.error_detail,
    }
