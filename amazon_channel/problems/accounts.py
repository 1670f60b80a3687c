"""Seller accounts whose orders do not come in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amazon_channel.gateway.errors import advice_for
from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.services.accounts import retry_accounts
from amazon_channel.standing import accounts_behind, accounts_stalled, accounts_with_error
from commerce_orders.presentation.moments import format_age
from commerce_orders.problems import Link, Problem

ERROR, STALLED, BEHIND = "account_error", "account_stalled", "account_behind"
ROWS = {ERROR: accounts_with_error, STALLED: accounts_stalled, BEHIND: accounts_behind}
NAMES = {
    ERROR: gettext_lazy("Calls to Amazon fail for an account"),
    STALLED: gettext_lazy("An account is not read any more"),
    BEHIND: gettext_lazy("An account is read, but not up to now"),
}
ADVICE = {
    STALLED: gettext_lazy(
        "Look whether the workers run and what the account's last pulls say. Nothing is lost: the next good pull "
        "brings everything."
    ),
    BEHIND: gettext_lazy(
        "Pulls go well and do not reach the present: a long backlog, or more orders than Amazon's rate lets through. "
        "See the backlog on the account's page; look into Seller Central for orders that are due."
    ),
}
VIEW_ACCOUNTS = "amazon_channel.view_selleraccount"


class AccountProblems:
    code = "amazon_accounts"
    view_permission = VIEW_ACCOUNTS
    retry_permission = "amazon_channel.sync_selleraccount"

    def reasons(self) -> Mapping[str, str | Promise]:
        return NAMES

    def rows(self, reason: str, *, now: datetime, account: str = "") -> SellerAccountQuerySet:
        accounts = ROWS[reason](now).select_related("pull_state").defer("encrypted_credentials")
        return accounts.filter(pk=int(account)) if account else accounts

    def since(self, reason: str) -> str:
        return {ERROR: "error_since", STALLED: "good_until", BEHIND: "read_until"}[reason]

    def describe(self, rows: Sequence[SellerAccount], *, reason: str, now: datetime) -> list[Problem]:
        return [self._describe(account, reason, now=now) for account in rows]

    def retry(self, rows: Sequence[SellerAccount], *, reason: str, actor: str, now: datetime) -> int:
        return retry_accounts(accounts=rows)

    def _describe(self, account: SellerAccount, reason: str, *, now: datetime) -> Problem:
        since: datetime = getattr(account, self.since(reason))
        state = account.pull_state
        return Problem(
            key=account.pk,
            reason=reason,
            since=since,
            what=str(NAMES[reason]),
            detail="" if reason == ERROR else _("Read up to %(age)s.") % {"age": format_age(since, now=now)},
            words=account.error_detail,
            advice=(advice_for(account.error_code) or "") if reason == ERROR else str(ADVICE[reason]),
            about=(
                Link(
                    account.name,
                    reverse("admin:amazon_channel_selleraccount_change", args=[account.pk]),
                    VIEW_ACCOUNTS,
                ),
            ),
            account=account.name,
            zone=account.time_zone,
            is_being_retried=state.leased_until is not None and state.leased_until > now,
        )
