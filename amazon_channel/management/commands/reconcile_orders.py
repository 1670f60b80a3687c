import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.models import OrderAudit, Reconciliation
from amazon_channel.services.reconciliation.runs import (
    NIGHTLY_DAYS,
    ReconciliationRunning,
    WindowRefused,
    check_days,
)
from amazon_channel.services.reconciliation.walk import reconcile_orders
from commerce_orders.command import CommandRefused, JsonCommand, Report

ASKED_BY = "reconcile_orders"


def read_days(text: str) -> int:
    try:
        return check_days(int(text))
    except (ValueError, WindowRefused) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not possible: choose from 1 to 730 days") from error


class Command(JsonCommand):
    help = "Compare the orders that Amazon lists with those stored here, and repair the differences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Id or name.")
        parser.add_argument(
            "--days",
            type=read_days,
            default=NIGHTLY_DAYS,
            metavar="N",
            help="Orders of the last N days, from 1 to 730; %(default)s without it.",
        )

    def report(self, *, account: str, days: int, **_options: Any) -> Report:
        try:
            run = reconcile_orders(account=chosen_accounts(account)[0], days=days, asked_by=ASKED_BY)
        except ReconciliationRunning as error:
            raise CommandRefused("running", _("Another worker reconciles this account now.")) from error
        data = self._document_of(run)
        return Report(data=data, text="\n".join(self._lines(data)), all_done=run.is_complete and not run.unsettled)

    @staticmethod
    def _document_of(run: Reconciliation) -> dict[str, Any]:
        differences = run.differences.order_by("id").values(
            "amazon_order_id", "kind", "amazon_version", "stored_version", "is_repaired", "reason"
        )
        error = {"code": run.error_code, "detail": run.error_detail} if run.error_code else None
        return {
            "account": run.account_id,
            "since": run.since,
            "until": run.until,
            "complete": run.is_complete,
            "amazon": run.amazon,
            "stored": run.stored,
            "missing": run.missing,
            "stale": run.stale,
            "extra": run.extra,
            "repaired": run.repaired,
            "pages": run.pages,
            "api_calls": run.api_calls,
            "still_to_ask_for": OrderAudit.objects.filter(account=run.account_id).count(),
            "differences": [
                {"repaired" if name == "is_repaired" else name: value for name, value in row.items()}
                for row in differences
            ],
            "error": error,
        }

    @staticmethod
    def _lines(data: dict[str, Any]) -> list[str]:
        counted = _("Amazon lists %(amazon)s, we held %(stored)s: %(missing)s missing, %(stale)s stale.")
        lines = [counted % data, _("%(repaired)s repaired.") % data]
        for row in data["differences"]:
            if not row["repaired"]:
                lines.append(f"{row['amazon_order_id']}: {row['kind']}, {row['reason']}")
        if data["error"]:
            lines.append(f"{data['error']['code']}: {data['error']['detail']}")
        elif not data["complete"]:
            lines.append(_("Not finished; it goes on by itself."))
        return lines
