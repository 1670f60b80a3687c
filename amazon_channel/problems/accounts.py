"""Seller accounts whose orders do not come in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.services.account_errors import retry_accounts
from amazon_channel.standing import SINCE, accounts_standing, advice_on
from amazon_channel.states import Standing
from commerce_orders.presentation.moments import format_age
from commerce_orders.problems import Link, Problem

READING = frozenset({Standing.STALLED, Standing.BEHIND})
VIEW_ACCOUNTS = "amazon_channel.view_selleraccount"


class AccountProblems:
    code = "amazon_accounts"
    view_permission = VIEW_ACCOUNTS
    retry_permission = "amazon_channel.sync_selleraccount"

    def reasons(self) -> Mapping[str, str | Promise]:
        return {kind.value: kind.label for kind in Standing}

    def rows(self, reason: str, *, now: datetime, account: str = "") -> SellerAccountQuerySet:
        accounts = accounts_standing(Standing(reason), now)
        return accounts.filter(pk=int(account)) if account else accounts

    def rows_of_all(self, *, now: datetime) -> list[SellerAccountQuerySet]:
        return [self.rows(reason, now=now) for reason in self.reasons()]

    def since(self, reason: str) -> str:
        return SINCE[Standing(reason)]

    def describe(self, rows: Sequence[SellerAccount], *, reason: str, now: datetime) -> list[Problem]:
        return [self._describe(account, reason, now=now) for account in rows]

    def retry(self, rows: Sequence[SellerAccount], *, reason: str, actor: str, now: datetime) -> int:
        return retry_accounts(accounts=rows, now=now)

    def _describe(self, account: SellerAccount, reason: str, *, now: datetime) -> Problem:
        since: datetime = getattr(account, self.since(reason))
        state = account.pull_state
        return Problem(
            key=account.pk,
            reason=reason,
            since=since,
            what=str(Standing(reason).label),
            detail=_("Read up to %(age)s.") % {"age": format_age(since, now=now)} if reason in READING else "",
            words=str(account.error_detail),
            advice=advice_on(reason, account.error_code),
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
