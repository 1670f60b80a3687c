"""Accounts whose orders are not proven complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from amazon_channel.gateway.errors import advice_for
from amazon_channel.models import Reconciliation
from amazon_channel.models.reconciliation import ReconciliationQuerySet
from amazon_channel.services.reconciliation.runs import MOST_DAYS, ask_for_reconciliation
from commerce_orders.problems import Link, Problem

FAILED, DIFFERENCES = "reconciliation_failed", "differences_open"
NAMES = {
    FAILED: gettext_lazy("Orders could not be compared with Amazon"),
    DIFFERENCES: gettext_lazy("Amazon's orders and ours differ"),
}
ADVICE = {
    FAILED: gettext_lazy("Nothing to do if the next night succeeds; compare again now to be sure sooner."),
    DIFFERENCES: gettext_lazy(
        "Look at the differences that are open, and look those orders up in Seller Central. They are compared again "
        "every night."
    ),
}


class ReconciliationProblems:
    code = "amazon_reconciliations"
    view_permission = "amazon_channel.view_syncrun"
    retry_permission = "amazon_channel.sync_selleraccount"

    def reasons(self) -> Mapping[str, str | Promise]:
        return NAMES

    def rows(self, reason: str, *, now: datetime, account: str = "") -> ReconciliationQuerySet:
        wanting = Reconciliation.objects.wanting().latest_of_accounts().filter(account__is_active=True)
        failed = Reconciliation.Outcome.FAILED
        rows = wanting.filter(outcome=failed) if reason == FAILED else wanting.exclude(outcome=failed)
        rows = rows.select_related("account").defer("place", "account__encrypted_credentials")
        return rows.filter(account=int(account)) if account else rows

    def rows_of_all(self, *, now: datetime) -> list[ReconciliationQuerySet]:
        return [self.rows(reason, now=now) for reason in self.reasons()]

    def since(self, reason: str) -> str:
        return "finished_at"

    def describe(self, rows: Sequence[Reconciliation], *, reason: str, now: datetime) -> list[Problem]:
        return [self._describe(run, reason) for run in rows]

    def retry(self, rows: Sequence[Reconciliation], *, reason: str, actor: str, now: datetime) -> int:
        for run in rows:
            days = min((now - run.since) // timedelta(days=1) + 1, MOST_DAYS)
            ask_for_reconciliation(account=run.account, days=days, asked_by=actor, now=now)
        return len(rows)

    def _describe(self, run: Reconciliation, reason: str) -> Problem:
        assert run.finished_at is not None
        open_ones = ngettext("%(count)s difference open", "%(count)s differences open", run.unsettled)
        account = run.account
        return Problem(
            key=run.pk,
            reason=reason,
            since=run.finished_at,
            what=str(NAMES[reason]),
            detail=open_ones % {"count": run.unsettled} if run.unsettled else "",
            words=str(run.error_detail),
            advice=advice_for(run.error_code) or str(ADVICE[reason]),
            about=(
                Link(
                    account.name,
                    reverse("admin:amazon_channel_reconciliation_account", args=[account.pk]),
                    self.view_permission,
                ),
            ),
            account=account.name,
            zone=account.time_zone,
        )
