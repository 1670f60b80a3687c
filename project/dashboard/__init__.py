"""The first page: what is to be done, whether the data is fresh, and how the trade goes."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from amazon_channel.models import AmazonOrder, SellerAccount
from project.dashboard.accounts import account_rows, alert_notices, shown_accounts
from project.dashboard.tiles import order_tiles, reason_links
from project.dashboard.trade import View, trade_charts

VIEW_ORDERS = "amazon_channel.view_amazonorder"
VIEW_ACCOUNTS = "amazon_channel.view_selleraccount"


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    now, may = timezone.now(), request.user.has_perm
    accounts = shown_accounts() if may(VIEW_ACCOUNTS) else []
    is_new = not (accounts or SellerAccount.objects.exists())
    view = View.of(request.GET)
    charts = trade_charts(view, now=now) if may(VIEW_ORDERS) and not is_new else []
    is_empty = may(VIEW_ORDERS) and not is_new and not charts
    return context | {
        "now": now,
        "is_new": is_new,
        "may_connect": may("amazon_channel.add_selleraccount"),
        "alerts": alert_notices() if may(VIEW_ACCOUNTS) else [],
        "tiles": order_tiles(now) if may(VIEW_ORDERS) and not is_new else [],
        "reasons": reason_links(request),
        "accounts": account_rows(accounts, user=request.user, now=now),
        "may_see_completeness": may("amazon_channel.view_syncrun"),
        "view": view,
        "charts": charts,
        "is_empty": is_empty,
        "is_before_first_pull": is_empty and not AmazonOrder.objects.exists(),
    }
