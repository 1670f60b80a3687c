import argparse
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.models import SellerAccount, SyncRun
from amazon_channel.services.leases import PullRunning
from amazon_channel.services.pull import pull_orders
from commerce_orders.command import JsonCommand, Report


def read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time such as 2026-11-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; end it with Z for UTC")
    return moment


class Command(JsonCommand):
    help = "Read what changed at Amazon since the cursor, now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every active account.")
        parser.add_argument(
            "--since", type=read_moment, metavar="ISO8601", help="Read from this time instead of the cursor."
        )

    def report(self, *, account: str | None, since: datetime | None, **_options: Any) -> Report:
        results = [self._pull(each, since) for each in chosen_accounts(account)]
        return Report(
            data=results,
            text="\n".join(self._line(result) for result in results),
            all_done=all(result["error"] is None for result in results),
        )

    def _pull(self, account: SellerAccount, since: datetime | None) -> dict[str, Any]:
        try:
            run = pull_orders(account=account, since=since)
        except PullRunning:
            run = SyncRun(
                account=account, error_code="running", error_detail=_("Another worker reads this account now.")
            )
        error = {"code": run.error_code, "detail": run.error_detail} if run.error_code else None
        return {"account": account.pk, **run.counts(), "cursor": run.cursor, "error": error}

    @staticmethod
    def _line(result: dict[str, Any]) -> str:
        line = _("Account %(account)s: %(seen)s seen, %(created)s new, %(updated)s changed, %(problems)s problems.")
        error = result["error"]
        return line % result + (f" {error['code']}: {error['detail']}" if error else "")
